package io.strandline.processing.pipeline.impl;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.handover.StateQueries;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an application holds of a deployed pipeline. Its stages run and recover each by itself. What concerns the pipeline as a
 * whole goes through them one after the other, from the sources on. If one stops by itself, the others stop with its cause.
 */
final class StagedPipeline implements RunningPipeline {

    private final Strandline log;
    private final Pipeline pipeline;
    private final List<StageHandle> stages;
    private final Parking parking;
    private final long switchTimeoutMillis;
    private final PipelineAudits audits;
    private final TableLoading tables;
    private final Draining draining;
    private final NamedCheckpoints named;
    private final Promise<Void> stopped = Promise.promise();

    /**
     * Holds deployed stages.
     *
     * @param pipeline the whole of them
     * @param stages each after those that feed it
     * @param parking takes the events of all of them that fail
     * @param options says how far a stage may lag before those that feed it wait, how often the pipeline is audited,
     *     and how long a switch may take
     */
    StagedPipeline(
            Strandline log, Pipeline pipeline, List<StageHandle> stages, Parking parking, PipelineOptions options) {
        this.log = log;
        this.switchTimeoutMillis = options.getSwitchTimeoutMillis();
        this.pipeline = pipeline;
        this.parking = parking;
        this.stages = List.copyOf(stages);
        for (StageHandle stage : stages) {
            stage.stopped().onFailure(cause -> stages.forEach(each -> each.fail(cause)));
        }
        Future.join(stages.stream().map(StageHandle::stopped).toList())
                .<Void>mapEmpty()
                .onComplete(stopped);
        this.audits = new PipelineAudits(pipeline, stages);
        this.tables = new TableLoading(pipeline, this.stages, stopped.future());
        this.draining = new Draining(pipeline, this.stages);
        this.named = new NamedCheckpoints(pipeline, this.stages, draining, tables, switchTimeoutMillis);
        tables.begin();
        ShuffleBrake.watch(this.stages, log.catalog(), options.getMaxShuffleLag(), tables::isLoading, stopped.future());
        if (options.getAuditIntervalMillis() > 0) {
            audits.every(options.getAuditIntervalMillis(), stopped.future());
        }
    }

    private StageHandle first() {
        return stages.get(0);
    }

    @Override
    public Future<StreamCut> position() {
        return first().position();
    }

    @Override
    public Future<StreamCut> position(String source) {
        StreamName name = StreamName.parse(source);
        for (StageHandle stage : stages) {
            if (!stage.readsShuffle() && stage.reads(name)) {
                return stage.position();
            }
        }
        return Future.failedFuture(new StrandlineException.Invalid("the pipeline does not read " + source));
    }

    @Override
    public Future<Long> lag() {
        return StageHandle.inTurn(stages, StageHandle::lag)
                .map(each -> each.stream().mapToLong(Long::longValue).sum());
    }

    @Override
    public Future<Checkpoint> checkpoint() {
        return StageHandle.inTurn(stages, StageHandle::checkpoint).map(StagedPipeline::whole);
    }

    /** The first stage's, with the keys and bytes of all. */
    private static Checkpoint whole(List<Checkpoint> ofStages) {
        Checkpoint first = ofStages.get(0);
        return new Checkpoint(
                first.number(),
                first.epoch(),
                first.version(),
                first.cut(),
                ofStages.stream().mapToLong(Checkpoint::keys).sum(),
                ofStages.stream().mapToLong(Checkpoint::bytes).sum(),
                first.takenMillis());
    }

    @Override
    public Future<Checkpoint> awaitPosition(StreamCut cut) {
        StageHandle reading = stages.stream()
                .filter(stage -> !stage.readsShuffle() && stage.reads(cut.stream()))
                .findFirst()
                .orElse(first());
        return reading.awaitPosition(cut).compose(this::awaitShuffles);
    }

    /** What the sources gave is in the internal streams now. So each stage has to come to the end that its input has then. */
    private Future<Checkpoint> awaitShuffles(Checkpoint ofSource) {
        List<StageHandle> after =
                stages.stream().filter(StageHandle::readsShuffle).toList();
        return StageHandle.inTurn(after, stage -> stage.end().compose(stage::awaitPosition))
                .map(ofOthers -> {
                    List<Checkpoint> all = new ArrayList<>(List.of(ofSource));
                    all.addAll(ofOthers);
                    return whole(all);
                });
    }

    @Override
    public Future<Checkpoint> awaitEnd() {
        List<StageHandle> sources =
                stages.stream().filter(stage -> !stage.readsShuffle()).toList();
        return StageHandle.inTurn(sources, StageHandle::end)
                .compose(ends ->
                        StageHandle.inTurn(sources, stage -> stage.awaitPosition(ends.get(sources.indexOf(stage)))))
                .compose(reached -> awaitShuffles(whole(reached)));
    }

    @Override
    public Future<Checkpoint> checkpoint(String name) {
        return named.take(name).map(StagedPipeline::whole);
    }

    @Override
    public Future<Void> unpin(String name) {
        // The first stage last, so that the call can be repeated until no stage has the name.
        Future<Void> last = Future.succeededFuture();
        for (int i = stages.size() - 1; i > 0; i--) {
            StageHandle stage = stages.get(i);
            last = last.compose(before -> stage.unpin(name).recover(StagedPipeline::unlessUnknown));
        }
        return last.compose(before -> first().unpin(name));
    }

    private static Future<Void> unlessUnknown(Throwable cause) {
        return cause instanceof StrandlineException.NotFound ? Future.succeededFuture() : Future.failedFuture(cause);
    }

    @Override
    public Future<List<Checkpoint>> checkpoints() {
        return first().checkpoints();
    }

    @Override
    public Future<SortedMap<String, Checkpoint>> pinnedCheckpoints() {
        return first().pinned();
    }

    @Override
    public Future<PipelineSwitch> switchTo(RunningPipeline beside) {
        return switchWithin(beside, Switching.UNBOUNDED);
    }

    @Override
    public Future<PipelineSwitch> switchTo(RunningPipeline beside, long maxCatchUpMillis) {
        try {
            Limits.require("maxCatchUpMillis", maxCatchUpMillis, 1, MAX_CATCH_UP_MILLIS);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return switchWithin(beside, maxCatchUpMillis);
    }

    private Future<PipelineSwitch> switchWithin(RunningPipeline beside, long maxCatchUpMillis) {
        Rest rest = stages.size() > 1 ? new Rest.OfStages(pipeline, this, stages, draining) : new Rest.OfOne(this);
        Switching.Former former = new Switching.Former(pipeline, this, first(), rest);
        return new Switching(log, former, beside, switchTimeoutMillis).run(maxCatchUpMillis);
    }

    @Override
    public Future<PipelineAudit> audit(String from, String to) {
        return Hop.to(first().context(), () -> audits.audit(from, to));
    }

    @Override
    @Nullable
    public PipelineAudit lastAudit() {
        return audits.last();
    }

    @Override
    public Future<PipelineDescription> describe() {
        return tables.tellProgress()
                .compose(told -> StageHandle.inTurn(stages, StageHandle::describeTasks))
                .map(each -> new PipelineDescription(
                        pipeline.name(),
                        pipeline.version(),
                        pipeline.topology(),
                        status(),
                        each.stream().flatMap(List::stream).toList()));
    }

    @Override
    public Future<StateAnswer> state(String operator, String key) {
        return ask(operator, queries -> queries.state(operator, key));
    }

    @Override
    public Future<WindowsAnswer> windows(String operator, String key) {
        return ask(operator, queries -> queries.windows(operator, key));
    }

    @Override
    public Future<StatePage> states(String operator, StateRange range) {
        return ask(operator, queries -> queries.states(operator, range));
    }

    private <T> Future<T> ask(String operator, Function<StateQueries, Future<T>> question) {
        for (StageHandle stage : stages) {
            if (stage.hasState(operator)) {
                return stage.ask(question);
            }
        }
        return Future.failedFuture(new StrandlineException.NotFound(pipeline + " has no operator with state and id "
                + operator + ", it has "
                + pipeline.topology().withState().stream()
                        .map(Operator.WithState::id)
                        .toList()));
    }

    @Override
    public Future<Void> pause() {
        return StageHandle.inTurn(stages, StageHandle::pause).mapEmpty();
    }

    /** From the last stage on, so that none that feeds another one is braked again for a failure that the call has mended. */
    @Override
    public Future<Void> resume() {
        List<StageHandle> lastFirst = new ArrayList<>(stages);
        Collections.reverse(lastFirst);
        return StageHandle.inTurn(lastFirst, StageHandle::resume).compose(resumed -> tables.resumed());
    }

    /** That of the stage that needs most attention. It has stopped when all of them have. */
    @Override
    public PipelineStatus status() {
        List<PipelineStatus> all = stages.stream().map(StageHandle::status).toList();
        return all.stream()
                .filter(each -> each.state() != PipelineStatus.State.STOPPED)
                .max(Comparator.comparing(PipelineStatus::state))
                .or(() -> all.stream().filter(each -> each.cause() != null).findFirst())
                .orElse(all.get(0));
    }

    @Override
    public void statusHandler(@Nullable Handler<PipelineStatus> handler) {
        Runnable listener = () -> {};
        if (handler != null) {
            Context context = first().context().owner().getOrCreateContext();
            listener = new StatusTeller(context, this::status, handler)::look;
        }
        for (StageHandle stage : stages) {
            stage.statusListener(listener);
        }
        // After what is told of changes, so that none is missed between the two.
        listener.run();
    }

    @Override
    public Future<List<ParkedEvent>> parked(long after, int limit) {
        try {
            Limits.require("limit", limit, 1, MAX_PARKED_LISTED);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return parking.list(after, limit);
    }

    @Override
    public <E> Future<Integer> replay(List<Long> ids, EventCodec<E> codec, ParkedEventHandler<E> handler) {
        return parking.replay(List.copyOf(ids), codec, handler).compose(this::settled);
    }

    @Override
    public Future<Integer> dropParked(List<Long> ids) {
        return parking.drop(List.copyOf(ids)).compose(this::settled);
    }

    private Future<Integer> settled(int count) {
        return StageHandle.inTurn(stages, StageHandle::releaseKeys)
                .compose(released -> parking.cut())
                .map(count);
    }

    @Override
    public CheckpointStatistics statistics() {
        List<CheckpointStatistics> each =
                stages.stream().map(StageHandle::statistics).toList();
        CheckpointStatistics ofFirst = each.get(0);
        return new CheckpointStatistics(
                each.stream().mapToLong(CheckpointStatistics::taken).sum(),
                ofFirst.last(),
                each.stream().mapToLong(CheckpointStatistics::lastMillis).max().orElse(0),
                each.stream().mapToLong(CheckpointStatistics::lastBytes).sum(),
                each.stream().mapToLong(CheckpointStatistics::lastChangedKeys).sum(),
                CutPauses.together(stages.stream().map(StageHandle::pauses).toList()),
                ofFirst.restored(),
                each.stream().mapToInt(CheckpointStatistics::damaged).sum());
    }

    @Override
    public long lateEvents() {
        return stages.stream().mapToLong(StageHandle::lateEvents).sum();
    }

    /** Name, version and state, and the cause if it cannot go on. */
    @Override
    public String toString() {
        PipelineStatus status = status();
        Throwable cause = status.cause();
        return pipeline + ", " + status.state() + (cause == null ? "" : ": " + cause.getMessage());
    }

    @Override
    public Future<Void> ended() {
        Future<Void> over = stopped.future();
        // Its context may have ended with Vert.x.
        return over.isComplete() ? over : Hop.to(first().context(), () -> over);
    }

    @Override
    public Future<Void> close() {
        Future<Void> last = Future.succeededFuture();
        for (StageHandle stage : stages) {
            // A stage that cannot stop cleanly does not keep those after it.
            last = last.transform(before -> stage.close()
                    .transform(closed -> before.failed()
                            ? Future.failedFuture(before.cause())
                            : closed.failed() ? Future.failedFuture(closed.cause()) : Future.succeededFuture()));
        }
        return last;
    }
}
