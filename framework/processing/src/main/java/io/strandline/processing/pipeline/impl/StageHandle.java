package io.strandline.processing.pipeline.impl;

import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.audit.StageAudit;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.handover.SourceLineage;
import io.strandline.processing.pipeline.impl.handover.StateQueries;
import io.strandline.processing.pipeline.impl.task.Brake;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.spi.CloseOnce;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A deployed stage of a pipeline: carries the calls of an application to the stage's context. Callable from any thread. */
final class StageHandle {

    private final CheckpointVerticle run;
    private final Context context;
    private final Pipeline stage;
    private final CloseOnce end;
    private final Supplier<CheckpointStatistics> statistics;
    private final CutPauses pauses;

    private StageHandle(CheckpointVerticle run, CloseOnce end) {
        this.run = run;
        this.context = run.context();
        this.stage = run.stage();
        this.end = end;
        this.statistics = run.statistics();
        this.pauses = run.pauses();
    }

    /** Has a run begin that is deployed. As {@link CheckpointVerticle#begin}. */
    static StageHandle begin(CheckpointVerticle run, @Nullable Brake brake) {
        return new StageHandle(run, run.begin(brake));
    }

    /** Calls one stage after the other. */
    static <T> Future<List<T>> inTurn(List<StageHandle> stages, Function<StageHandle, Future<T>> call) {
        List<T> answers = new ArrayList<>();
        Future<?> last = Future.succeededFuture();
        for (StageHandle stage : stages) {
            last = last.compose(before -> call.apply(stage)).onSuccess(answers::add);
        }
        return last.map(answers);
    }

    Pipeline stage() {
        return stage;
    }

    /** Whether it reads the internal stream of a shuffle. */
    boolean readsShuffle() {
        return stage.topology().source() instanceof Operator.Shuffle;
    }

    boolean reads(StreamName stream) {
        return stage.source().equals(stream);
    }

    Context context() {
        return context;
    }

    Future<StreamCut> position() {
        return Hop.to(context, run::position);
    }

    Future<Long> lag() {
        return position().compose(this::lag);
    }

    /** Events after a position, which need not be where the tasks are. */
    Future<Long> lag(StreamCut position) {
        return Hop.to(context, () -> run.sourceEnd()
                .compose(end -> run.describeSource().map(source -> distance(source, position, end))));
    }

    /** Number of events up to an end of its input that its tasks have not processed. */
    Future<Long> left(StreamCut end) {
        return position().compose(position -> Hop.to(context, run::describeSource)
                .map(source -> distance(source, position, end)));
    }

    /** Where its input begins. What it has consumed is removed from an internal stream. */
    Future<StreamCut> start() {
        return Hop.to(context, run::sourceStart);
    }

    /** Number of events between a position and an end. */
    static long distance(StreamDescription source, StreamCut position, StreamCut end) {
        long events = 0;
        for (Map.Entry<Long, Long> at : position.offsets().entrySet()) {
            events += Math.max(0, SourceLineage.endOf(source, end, at.getKey()) - at.getValue());
        }
        for (long toCome : new SourceLineage(source, position.offsets().keySet(), Set.of()).toCome()) {
            events += SourceLineage.endOf(source, end, toCome);
        }
        return events;
    }

    Future<Checkpoint> checkpoint() {
        return Hop.to(context, run::checkpoint);
    }

    Future<Checkpoint> awaitPosition(StreamCut cut) {
        return Hop.to(context, () -> run.awaitPosition(cut));
    }

    /** The end that its input has now. */
    Future<StreamCut> end() {
        return Hop.to(context, run::sourceEnd);
    }

    /** Completes when all events before a cut of its input were processed. */
    Future<Void> reached(StreamCut cut) {
        return Hop.to(context, () -> run.reached(cut));
    }

    /** As {@link CheckpointVerticle#checkpoint(String, boolean)}. */
    Future<Checkpoint> checkpoint(String name, boolean isDrained) {
        return Hop.to(context, () -> run.checkpoint(name, isDrained));
    }

    Future<Void> unpin(String name) {
        return Hop.to(context, () -> run.unpin(name));
    }

    Future<List<Checkpoint>> checkpoints() {
        return Hop.to(context, run::checkpoints);
    }

    Future<SortedMap<String, Checkpoint>> pinned() {
        return Hop.to(context, run::pinned);
    }

    Future<List<PipelineDescription.Task>> describeTasks() {
        return Hop.to(context, run::describeTasks);
    }

    Future<StageAudit.Result> audit(String from, String to) {
        return Hop.to(context, () -> run.audit(audits -> audits.between(from, to)));
    }

    Future<StageAudit.@Nullable Result> auditRetained() {
        return Hop.to(context, () -> run.audit(StageAudits::ofRetained));
    }

    /** Whether it has an operator with state and this id. */
    boolean hasState(String operator) {
        return stage.topology().withState().stream().anyMatch(each -> each.id().equals(operator));
    }

    <T> Future<T> ask(Function<StateQueries, Future<T>> question) {
        return Hop.to(context, () -> run.ask(question));
    }

    Future<Void> pause() {
        return Hop.to(context, run::pause);
    }

    Future<Void> resume() {
        return Hop.to(context, run::resume);
    }

    /**
     * Has its tasks do no step while they wait for another stage, whatever {@link #pause} says.
     *
     * @param hold why
     * @param brake null if they do not wait for this reason
     */
    Future<Void> brake(Hold hold, @Nullable Brake brake) {
        return Hop.to(context, () -> run.brake(hold, brake));
    }

    /** Sets what is called, on the stage's context, after each change of the status. */
    void statusListener(Runnable listener) {
        run.statusListener(listener);
    }

    PipelineStatus status() {
        return run.status();
    }

    /** Has the events of those keys processed again that have no parked event any more. */
    Future<Void> releaseKeys() {
        return Hop.to(context, run::releaseKeys);
    }

    CheckpointStatistics statistics() {
        return statistics.get();
    }

    CutPauses pauses() {
        return pauses;
    }

    long lateEvents() {
        return run.lateEvents();
    }

    /** As {@link RunningPipeline#ended}, on any context. */
    Future<Void> stopped() {
        return run.whenStopped();
    }

    /** Stops it without a final checkpoint, if it runs. */
    void fail(Throwable cause) {
        run.taskFailed(cause);
    }

    /** Stops it cleanly, with an entry that says as which version the pipeline goes on. */
    Future<Void> switchTo(Switched next) {
        return Hop.to(context, () -> run.switchTo(next));
    }

    Future<Void> close() {
        return end.close();
    }
}
