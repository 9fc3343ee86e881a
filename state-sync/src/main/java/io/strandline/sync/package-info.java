/**
 * Shared state under optimistic revisions: {@link io.strandline.sync.StateSynchronizer} and what it is made with.
 *
 * <p>A state is a fold over its revisions, and every synchronizer of a name folds the same ones in the same order. Where
 * they are kept is a store's business: {@link io.strandline.sync.MemoryRevisionStore} for one JVM, the log store for what has to
 * last, the Hazelcast store for a cluster.
 */
@NullMarked
package io.strandline.sync;

import org.jspecify.annotations.NullMarked;
