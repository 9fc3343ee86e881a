package io.strandline.processing;

import io.strandline.StreamCut;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** What an application holds of a deployed pipeline: carries its calls to the pipeline's context. */
final class PipelineHandle implements RunningPipeline {

    private final Context context;
    private final CheckpointVerticle<?, ?, ?> run;
    private final Supplier<CheckpointStatistics> statistics;

    PipelineHandle(Context context, CheckpointVerticle<?, ?, ?> run, Supplier<CheckpointStatistics> statistics) {
        this.context = context;
        this.run = run;
        this.statistics = statistics;
    }

    @Override
    public Future<StreamCut> position() {
        return Hop.to(context, run::position);
    }

    @Override
    public Future<Long> lag() {
        return Hop.to(context, () -> run.position()
                .compose(position -> run.sourceEnd().map(end -> distance(position, end))));
    }

    private static long distance(StreamCut position, StreamCut end) {
        return position.offsets().entrySet().stream()
                .mapToLong(entry -> end.offset(entry.getKey()) - entry.getValue())
                .sum();
    }

    @Override
    public Future<Checkpoint> checkpointNow() {
        return Hop.to(context, run::checkpoint);
    }

    @Override
    public Future<Checkpoint> awaitCut(StreamCut cut) {
        return Hop.to(context, () -> run.awaitCut(cut));
    }

    @Override
    public Future<Checkpoint> awaitEnd() {
        return Hop.to(context, () -> run.sourceEnd().compose(run::awaitCut));
    }

    @Override
    public CheckpointStatistics statistics() {
        return statistics.get();
    }

    @Override
    public Future<Void> stopped() {
        return Hop.to(context, run::whenStopped);
    }

    @Override
    public Future<Void> close() {
        return Hop.to(context, run::close);
    }
}
