package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.Seed;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import org.jspecify.annotations.Nullable;

/**
 * What all stages of a pipeline are started with.
 *
 * @param options checked, and changed by nobody
 * @param parking takes events that are passed over
 * @param budget of the states of all stages
 * @param seed where it begins if it has no checkpoint of its own, or null
 */
record StageLaunch(
        Strandline log,
        PipelineOptions options,
        CheckpointStore store,
        Parking parking,
        Ticker.TimeSource time,
        Start start,
        StateBudget budget,
        @Nullable Seed seed) {

    /** The same for one of them, which has its own view of the log. */
    StageLaunch of(Pipeline stage) {
        return new StageLaunch(PartLog.of(log, stage), options, store, parking, time, start, budget, seed);
    }
}
