package io.strandline.processing.projection.impl;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.processing.projection.ProjectionProvider;
import io.strandline.processing.projection.ProjectionStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Opens projections. */
public final class ProjectionOpening implements ProjectionProvider {

    @Override
    public <E> Future<Projection> open(
            Vertx vertx,
            Strandline log,
            @Nullable StateSync sync,
            EventCodec<E> codec,
            ProjectionStore<E> store,
            ProjectionOptions options) {
        return OpenProjection.open(vertx, log, sync, codec, store, options);
    }
}
