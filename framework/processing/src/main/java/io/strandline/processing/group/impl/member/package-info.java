/**
 * A member of a reader group: its session, the partitions that it holds, commits, meetings, and what implements
 * the public interfaces. Hidden.
 *
 * <p>The highest room of groups: it uses {@code feed}, {@code state} and the public package, and none of them uses
 * it.
 */
@NullMarked
package io.strandline.processing.group.impl.member;

import org.jspecify.annotations.NullMarked;
