/**
 * What every synchronizer is made of: the relay that takes the updates of a name to its store, the turns in which they are
 * decided, the fold of the state, and the readers of changes. Hidden.
 *
 * <p>It uses the public package, which finds it by {@link io.strandline.sync.StateSyncProvider}, the interfaces of stores and
 * what stores share. No store uses it.
 */
@NullMarked
package io.strandline.sync.impl.relay;

import org.jspecify.annotations.NullMarked;
