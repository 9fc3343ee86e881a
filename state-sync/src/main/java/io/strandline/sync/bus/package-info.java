/**
 * A store reached over the Vert.x event bus: {@link io.strandline.sync.bus.RevisionEndpoint} in the one JVM that owns the
 * revisions, {@link io.strandline.sync.bus.BusRevisionStore} in the others.
 */
@NullMarked
package io.strandline.sync.bus;

import org.jspecify.annotations.NullMarked;
