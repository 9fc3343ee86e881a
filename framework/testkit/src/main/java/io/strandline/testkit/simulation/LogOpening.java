package io.strandline.testkit.simulation;

import io.strandline.log.LogOptions;
import io.strandline.log.spi.Environment;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;

/** Opens the log that a {@link LogSimulation} runs. */
public interface LogOpening {

    /**
     * Opens the log over the disk of its environment.
     *
     * @param shards number of shards, the same every time
     * @param mustExist true if it was opened to its end before
     */
    Future<? extends LogPort> open(Environment environment, LogOptions options, int shards, boolean mustExist);
}
