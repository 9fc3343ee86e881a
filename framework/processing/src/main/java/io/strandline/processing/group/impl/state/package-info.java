/**
 * The agreed state of a reader group: its updates, the decisions that make them, their bytes, and the store in which
 * all members agree. Hidden.
 *
 * <p>The lowest hidden room of groups: it uses the public package and the state synchronizer, and no clock, timer or
 * reader.
 */
@NullMarked
package io.strandline.processing.group.impl.state;

import org.jspecify.annotations.NullMarked;
