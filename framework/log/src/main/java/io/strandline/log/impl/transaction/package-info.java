/**
 * Transactions at their home shard, and the way of their parts into streams. It sees the shard as {@code HomeShard} and the
 * rest of the log as {@code PartTarget}. It may use {@code control} and {@code state}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.transaction;

import org.jspecify.annotations.NullMarked;
