package io.strandline.benchmarks.sync;

import io.strandline.json.JsonCodec;
import io.strandline.sync.StateModel;

/**
 * The shared state of a benchmark of news: when its writer called.
 *
 * <p>The clock is {@link System#nanoTime}, which on Linux reads the kernel's monotonic clock: one for all processes of a
 * machine. The benchmark checks that it is, and runs nowhere else.
 *
 * @param nanos the writer's clock at the call
 */
public record Stamp(long nanos) {

    static final StateModel<Stamp, Stamp> MODEL =
            StateModel.ofValue(new Stamp(0), JsonCodec.of("stamp", 1, Stamp.class));
}
