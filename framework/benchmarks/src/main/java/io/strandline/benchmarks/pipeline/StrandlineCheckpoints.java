package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.CheckpointStatistics.Pauses;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * A {@link ChangingSum} with a checkpoint each second. The bytes are the mean of the checkpoints that were taken after the
 * warm-up. The latencies are the pauses of all cuts from the start of the pipeline on.
 */
public final class StrandlineCheckpoints implements Side {

    private static final long LOOK_MILLIS = 20;
    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        ChangingSum sum = ChangingSum.start(job, PipelineWork.CHECKPOINT_MILLIS);
        Sizes sizes = new Sizes(sum.running());
        sum.vertx().setTimer(job.warmUp().toMillis(), warm -> sizes.begin(sum.vertx()));
        Measurement measured = Window.measure(job, sum.load(), CpuTime.ofThisProcess());
        Awaited.await(sum.running().checkpoint()); // one at least, where they take longer than the window
        sizes.look();
        Pauses pauses = sum.running().statistics().pauses();
        return List.of(measured.withBytes(sizes.mean())
                .withLatencies(
                        pauses.medianNanos() / NANOS_PER_MILLI,
                        pauses.p99Nanos() / NANOS_PER_MILLI,
                        pauses.longestNanos() / NANOS_PER_MILLI));
    }

    /** The bytes of each checkpoint, as its statistics say until the next one is taken. */
    private static final class Sizes {

        private final RunningPipeline running;
        private long seen;
        private long checkpoints;
        private long bytes;

        Sizes(RunningPipeline running) {
            this.running = running;
        }

        /** The checkpoints of the warm-up, which have keys that change no more, do not count. */
        synchronized void begin(Vertx vertx) {
            seen = running.statistics().taken();
            vertx.setPeriodic(LOOK_MILLIS, look -> look());
        }

        /** Called often enough that no checkpoint is missed, from any thread. */
        synchronized void look() {
            CheckpointStatistics now = running.statistics();
            if (now.taken() > seen) {
                seen = now.taken();
                bytes += now.lastBytes();
                checkpoints++;
            }
        }

        synchronized double mean() {
            return bytes / (double) checkpoints;
        }
    }
}
