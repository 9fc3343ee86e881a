package io.strandline.processing.process.impl;

import io.strandline.Strandline;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessClock;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessProvider;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Processes;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The door to this package. */
public final class ProcessOpening implements ProcessProvider {

    @Override
    public <S> Future<Processes<S>> open(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            Process<S> process,
            ProcessTargets targets,
            ProcessOptions options,
            ProcessClock clock) {
        return OpenProcesses.open(vertx, log, sync, process, targets, options, clock);
    }
}
