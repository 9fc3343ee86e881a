package io.strandline.processing.process;

import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Runs processes. The framework implements it, applications call {@link Processes#open}, which says what a call does and how it fails.
 */
public interface ProcessProvider {

    /** As {@link Processes#open}. */
    <S> Future<Processes<S>> open(Vertx vertx, StateSync sync, ProcessSetting<S> setting);
}
