package io.strandline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineOptions;
import io.strandline.StrandlineProvider;
import io.strandline.spi.Engine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Opens a log by the engine that serves its address. */
public final class EngineOpening implements StrandlineProvider {

    @Override
    public Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        long begun = System.nanoTime();
        return Engine.of(address)
                .compose(engine -> engine.open(vertx, address, options))
                .onSuccess(log -> OpeningLine.write(log, address, OpeningLine.millisSince(begun)));
    }
}
