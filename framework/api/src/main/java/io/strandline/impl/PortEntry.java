package io.strandline.impl;

import io.strandline.Strandline;
import io.strandline.spi.EntryPoint;
import io.strandline.spi.LogPort;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Puts the writers and readers of this package over a port. */
public final class PortEntry implements EntryPoint {

    @Override
    public Strandline over(Vertx vertx, LogPort port) {
        return new PortStrandline(vertx, port);
    }

    @Override
    public @Nullable LogPort portOf(Strandline log) {
        return log instanceof PortStrandline own ? own.port() : null;
    }
}
