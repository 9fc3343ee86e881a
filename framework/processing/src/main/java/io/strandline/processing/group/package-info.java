/**
 * Reader groups: readers that share the partitions of one or several streams through a state synchronizer.
 *
 * <p>{@link io.strandline.processing.group.ReaderGroup} is the entry. Nobody coordinates: each reader looks at the shared
 * state ({@code GroupState}), decides by itself ({@code GroupDecisions}), and the synchronizer takes the decision only if it
 * was made on the newest state.
 */
@NullMarked
package io.strandline.processing.group;

import org.jspecify.annotations.NullMarked;
