package io.strandline.processing.pipeline.impl;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.Draining.Standstill;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Has a pipeline do nothing while it is switched, at a position that it has processed everything before, and nothing after. */
interface Rest {

    /** Fails if the pipeline cannot come to rest as it is now. */
    Future<Void> require();

    /**
     * Completes with the position in each source when everything before it is durable in the sinks. After a failure the pipeline goes on.
     *
     * @param timeoutMillis for which it waits at most for what it has begun
     */
    Future<List<StreamCut>> begin(long timeoutMillis);

    /** The pipeline goes on as it was, if it has not ended. */
    Future<Void> end();

    /** Of one stage: it pauses. A failure may have paused it before. */
    final class OfOne implements Rest {

        private final RunningPipeline running;
        private boolean wasRunning;

        OfOne(RunningPipeline running) {
            this.running = running;
        }

        @Override
        public Future<Void> require() {
            return Future.succeededFuture();
        }

        @Override
        public Future<List<StreamCut>> begin(long timeoutMillis) {
            wasRunning = running.status().state() == PipelineStatus.State.RUNNING;
            return running.pause()
                    .compose(paused -> running.checkpoint())
                    .map(last -> List.of(last.cut()))
                    .recover(cause -> end().transform(gone -> Future.failedFuture(cause)));
        }

        @Override
        public Future<Void> end() {
            return wasRunning ? running.resume().otherwiseEmpty() : Future.succeededFuture();
        }
    }

    /** Of several stages: one after the other reads what is between them, and stops. A stage that is paused would never come there. */
    final class OfStages implements Rest {

        private final Pipeline pipeline;
        private final RunningPipeline running;
        private final List<StageHandle> stages;
        private final Draining draining;
        private @Nullable Standstill standstill;

        OfStages(Pipeline pipeline, RunningPipeline running, List<StageHandle> stages, Draining draining) {
            this.pipeline = pipeline;
            this.running = running;
            this.stages = stages;
            this.draining = draining;
        }

        @Override
        public Future<Void> require() {
            PipelineStatus status = running.status();
            return status.state() == PipelineStatus.State.RUNNING
                    ? Future.succeededFuture()
                    : Future.failedFuture(new StrandlineException.Conflict(
                            pipeline + " has " + stages.size() + " stages and is " + status.state()
                                    + ", and its outputs of what is between them would be missing: resume it before it is"
                                    + " switched"));
        }

        @Override
        public Future<List<StreamCut>> begin(long timeoutMillis) {
            return draining.begin(timeoutMillis).map(begun -> {
                standstill = begun;
                List<StreamCut> positions = new ArrayList<>();
                for (int i = 0; i < stages.size(); i++) {
                    if (!stages.get(i).readsShuffle()) {
                        positions.add(begun.checkpoints().get(i).cut());
                    }
                }
                return positions;
            });
        }

        @Override
        public Future<Void> end() {
            Standstill begun = standstill;
            return begun == null ? Future.succeededFuture() : begun.end();
        }
    }
}
