package io.strandline.processing.process.impl;

import io.strandline.processing.process.ProcessStatistics;
import java.util.concurrent.atomic.LongAdder;

/** What one open process has done. Any thread may read. */
final class ProcessCounters {

    final LongAdder underWay = new LongAdder();
    final LongAdder openCommands = new LongAdder();
    final LongAdder pendingTimers = new LongAdder();
    final LongAdder accepted = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder foundExecuted = new LongAdder();
    final LongAdder fired = new LongAdder();
    final LongAdder putAside = new LongAdder();
    final LongAdder stepsRead = new LongAdder();

    ProcessStatistics read() {
        return new ProcessStatistics(
                underWay.sum(),
                openCommands.sum(),
                pendingTimers.sum(),
                accepted.sum(),
                rejected.sum(),
                foundExecuted.sum(),
                fired.sum(),
                putAside.sum(),
                stepsRead.sum());
    }
}
