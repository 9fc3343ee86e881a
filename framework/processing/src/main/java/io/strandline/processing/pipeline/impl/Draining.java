package io.strandline.processing.pipeline.impl;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.impl.task.Brake;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Brings the stages of a pipeline to a standstill at which the internal streams hold nothing that is not processed.
 *
 * <pre>
 *   each stage, after those that feed it:
 *     reads its internal stream to the end ──▶ does no step any more ──▶ a checkpoint: its outputs are durable
 *   all of them stand still, until {@link Standstill#end}
 * </pre>
 *
 * A stage that feeds others has stopped before these look for the end, so nothing comes after it. One standstill at a time. Belongs to
 * the context of the pipeline's first stage.
 */
final class Draining {

    private static final Brake BRAKE = new Brake(Hold.DRAINED, "all stages", null);

    private final Pipeline pipeline;
    private final List<StageHandle> stages;
    private final Context context;
    /** The end of the standstill before. */
    private Future<Void> before = Future.succeededFuture();

    /** @param stages each after those that feed it */
    Draining(Pipeline pipeline, List<StageHandle> stages) {
        this.pipeline = pipeline;
        this.stages = stages;
        this.context = stages.get(0).context();
    }

    /** All stages stand still, or are about to. */
    final class Standstill {

        private final Promise<Void> over = Promise.promise();
        private boolean ending;
        private List<Checkpoint> checkpoints = List.of();

        /** What each stage has taken, in the order of the stages. */
        List<Checkpoint> checkpoints() {
            return checkpoints;
        }

        /** The stages go on. Callable from any thread. */
        Future<Void> end() {
            return Hop.to(context, () -> {
                ending = true;
                return Future.join(stages.stream()
                                .map(stage -> stage.brake(Hold.DRAINED, null))
                                .toList())
                        .<Void>mapEmpty()
                        .otherwiseEmpty()
                        .onComplete(over);
            });
        }

        private Future<Standstill> come() {
            return StageHandle.inTurn(stages, this::stop).map(all -> {
                checkpoints = all;
                return this;
            });
        }

        private Future<Checkpoint> stop(StageHandle stage) {
            Future<?> read = stage.readsShuffle() ? stage.end().compose(stage::reached) : Future.succeededFuture();
            return read.compose(there -> unlessEnding(stage)).compose(stands -> stage.checkpoint());
        }

        /** The stage waits from now on, unless nobody would let it go. */
        private Future<Void> unlessEnding(StageHandle stage) {
            return ending
                    ? Future.failedFuture(new StrandlineException.Unavailable(pipeline + " goes on"))
                    : stage.brake(Hold.DRAINED, BRAKE);
        }
    }

    /**
     * Completes when all stages stand still. They go on at {@link Standstill#end}, or when this fails: with the cause for which a stage
     * does not come to the end of its input, or with Unavailable after a time. Callable from any thread.
     */
    Future<Standstill> begin(long timeoutMillis) {
        return Hop.to(context, () -> {
            Standstill standstill = new Standstill();
            Future<Void> turn = before;
            before = standstill.over.future();
            return turn.transform(free -> Hop.to(context, standstill::come)
                    .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
                    .recover(cause -> standstill
                            .end()
                            .transform(gone -> Future.failedFuture(
                                    cause instanceof TimeoutException ? late(timeoutMillis) : cause))));
        });
    }

    private StrandlineException late(long millis) {
        return new StrandlineException.Unavailable(pipeline + " has stages that lag: they did not come to the ends of"
                + " their internal streams within " + millis + " ms while those before them waited");
    }
}
