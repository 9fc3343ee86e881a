package io.strandline.benchmarks.pipeline;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.PipelineOptions;
import io.vertx.core.Vertx;
import java.util.List;

/** Computes a running sum until its process is killed, and says when half of the source is read. */
public class StrandlineSumUntilKilled implements Side {

    static final String NAME = "restarted";
    static final String HALF = "HALF";

    private final PipelineOptions options;

    /** With checkpoints by time alone. */
    public StrandlineSumUntilKilled() {
        this(PipelineLoad.byTime(PipelineWork.CHECKPOINT_MILLIS));
    }

    private StrandlineSumUntilKilled(PipelineOptions options) {
        this.options = options;
    }

    /** With a bound on what a restart repeats. */
    public static final class Bounded extends StrandlineSumUntilKilled {
        public Bounded() {
            super(bounded());
        }
    }

    /** A checkpoint each second or earlier, and a bound on the steps after it. */
    static PipelineOptions bounded() {
        return PipelineLoad.byTime(PipelineWork.CHECKPOINT_MILLIS)
                .setCheckpointEvents(PipelineWork.BOUNDED_EVENTS)
                .setMaxReplayEvents(PipelineWork.MOST_REPEATED);
    }

    @Override
    public final List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        SharedProgress load = PipelineLoad.start(job, vertx, log, NAME, StrandlineSum::pipeline, options);
        load.awaitCompleted(job.events() / 2);
        System.out.println(HALF);
        load.failure().get();
        return List.of();
    }
}
