package io.strandline.processing.pipeline.impl;

import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.impl.task.SourceLineage;
import io.strandline.spi.CloseOnce;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What an application holds of a deployed pipeline: carries its calls to the pipeline's context. */
final class PipelineHandle implements RunningPipeline {

    private final Context context;
    private final CheckpointVerticle run;
    private final CloseOnce end;
    private final Supplier<CheckpointStatistics> statistics;

    PipelineHandle(Context context, CheckpointVerticle run, CloseOnce end, Supplier<CheckpointStatistics> statistics) {
        this.context = context;
        this.run = run;
        this.end = end;
        this.statistics = statistics;
    }

    @Override
    public Future<StreamCut> position() {
        return Hop.to(context, run::position);
    }

    @Override
    public Future<Long> lag() {
        return Hop.to(context, () -> run.position().compose(position -> run.sourceEnd()
                .compose(end -> run.describeSource().map(source -> distance(source, position, end)))));
    }

    private static long distance(StreamDescription source, StreamCut position, StreamCut end) {
        long events = 0;
        for (Map.Entry<Long, Long> at : position.offsets().entrySet()) {
            events += Math.max(0, endOf(source, end, at.getKey()) - at.getValue());
        }
        for (long toCome : new SourceLineage(source, position.offsets().keySet(), Set.of()).toCome()) {
            events += endOf(source, end, toCome);
        }
        return events;
    }

    private static long endOf(StreamDescription source, StreamCut end, long partition) {
        SealedPartition sealed = source.sealed(partition);
        return sealed == null ? end.offsets().getOrDefault(partition, 0L) : sealed.endOffset();
    }

    @Override
    public Future<Checkpoint> checkpoint() {
        return Hop.to(context, run::checkpoint);
    }

    @Override
    public Future<Checkpoint> awaitPosition(StreamCut cut) {
        return Hop.to(context, () -> run.awaitPosition(cut));
    }

    @Override
    public Future<Checkpoint> awaitEnd() {
        return Hop.to(context, () -> run.sourceEnd().compose(run::awaitPosition));
    }

    @Override
    public CheckpointStatistics statistics() {
        return statistics.get();
    }

    @Override
    public long lateEvents() {
        return run.lateEvents();
    }

    @Override
    public Future<Void> ended() {
        Future<Void> stopped = run.whenStopped();
        // Its context may have ended with Vert.x.
        return stopped.isComplete() ? stopped : Hop.to(context, run::whenStopped);
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }
}
