package io.strandline.processing.process.impl;

import io.strandline.processing.process.ProcessProvider;
import io.strandline.processing.process.ProcessSetting;
import io.strandline.processing.process.Processes;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The door to this package. */
public final class ProcessOpening implements ProcessProvider {

    @Override
    public <S> Future<Processes<S>> open(Vertx vertx, StateSync sync, ProcessSetting<S> setting) {
        return OpenProcesses.open(vertx, sync, setting);
    }
}
