package io.strandline.processing.projection;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * Runs projections. The framework implements it, applications call {@link Projection#open}, which says what a call does and how it
 * fails.
 */
public interface ProjectionProvider {

    /**
     * As {@link Projection#open}.
     *
     * @param sync where the members agree, or null if this one reads all partitions
     */
    <E> Future<Projection> open(
            Vertx vertx,
            Strandline log,
            @Nullable StateSync sync,
            EventCodec<E> codec,
            ProjectionStore<E> store,
            ProjectionOptions options);
}
