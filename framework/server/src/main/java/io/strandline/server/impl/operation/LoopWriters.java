package io.strandline.server.impl.operation;

import io.vertx.core.internal.ContextInternal;

/** The context of one event loop, and the writers that are open there. */
record LoopWriters(ContextInternal context, StreamWriters writers) {}
