package io.strandline.processing.pipeline.impl;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.internal.VerticleStart;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Decided;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.KnownDecisions;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Restoration;
import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.handover.Handover;
import io.strandline.processing.pipeline.impl.handover.SourceLineage;
import io.strandline.processing.pipeline.impl.handover.StateQueries;
import io.strandline.processing.pipeline.impl.handover.TaskSet;
import io.strandline.processing.pipeline.impl.task.Brake;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.impl.task.TaskOwner;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a stage of a pipeline: restores the newest checkpoint, deploys a {@link TaskVerticle} per partition of the source as its
 * children, and has checkpoints taken, every interval or as often as the tasks ask. After each, {@link Handover} goes on where
 * partitions of the source were sealed.
 *
 * <p>Package-private methods run on the verticle's context unless they say otherwise.
 */
final class CheckpointVerticle extends VerticleBase implements TaskOwner {

    private static final Logger LOG = Logger.of(CheckpointVerticle.class);

    private final Pipeline pipeline;
    private final StageLaunch launch;
    private final TaskSet tasks;
    private final StateQueries queries;
    private final CheckpointTurns turns;
    private final Promise<Void> stopped = Promise.promise();
    private final LongAdder late = new LongAdder();

    private @Nullable CheckpointStream stream;
    private @Nullable PipelineSnapshots snapshots;
    /** Null until its beginning is recorded. */
    private @Nullable StageRun run;

    private boolean started;
    private boolean closing;
    private boolean undeploying;
    private boolean ended;
    private @Nullable Throwable failure;
    /** What the run leaves when it is closed, null for nothing. */
    private @Nullable Switched lastEntry;

    /** Written on the context, read anywhere. */
    private volatile PipelineStatus status = new PipelineStatus(State.RUNNING, null, null);
    /** Hears when the status has changed. Called on the context, set anywhere. */
    private volatile Runnable statusListener = () -> {};

    CheckpointVerticle(Pipeline pipeline, StageLaunch launch) {
        this.pipeline = pipeline;
        this.launch = launch;
        this.tasks = new TaskSet(pipeline);
        this.queries = new StateQueries(pipeline, tasks);
        this.turns = new CheckpointTurns(launch.time(), this::checkpoint, this::checkpointed);
    }

    @Override
    public Future<?> start() {
        PipelineSnapshots kept = new PipelineSnapshots(context, launch.store(), pipeline.name());
        snapshots = kept;
        return VerticleStart.told(context, start(new StageStart(context, pipeline, launch, kept, tasks, this)));
    }

    private Future<?> start(StageStart start) {
        return start.requireStreams()
                .compose(found -> start.prepare())
                .compose(prepared -> start.openPlace()
                        .compose(writable -> CheckpointStream.open(launch.log(), pipeline.name(), launch.options()))
                        .onFailure(cause -> prepared.ifPresent(Restoration::discard))
                        .onSuccess(opened -> stream = opened)
                        .compose(opened -> start.restore(opened, prepared)
                                .compose(restoration -> start.begin(opened, restoration, this::tickFailed)
                                        .onFailure(cause -> restoration.discard())
                                        .compose(begun -> deployTasks(begun, restoration)))))
                .compose(ready -> failure == null ? Future.succeededFuture() : Future.failedFuture(failure))
                .recover(cause -> closeStream().transform(closed -> Future.failedFuture(cause)));
    }

    private Future<Void> deployTasks(StageRun begun, Restoration restoration) {
        run = begun;
        return begun.taker().cleanUp().onFailure(cause -> restoration.discard()).compose(cleaned -> {
            restoration
                    .starts(pipeline.topology(), launch.budget())
                    .forEach(start -> tasks.add(new TaskVerticle(begun.setting(), start, this)));
            return begun.deployment()
                    .deploy(tasks.reading())
                    // Before the first output: a state that is another version's may be gone at the next start, and
                    // other versions find here which sinks are taken.
                    .compose(deployed ->
                            launch.seed() != null && restoration.usable().isEmpty()
                                    ? begun.taker().take().<Void>mapEmpty()
                                    : Future.succeededFuture());
        });
    }

    /** Has the events of those keys processed again that have no parked event any more. */
    Future<Void> releaseKeys() {
        return tasks.heldKeys()
                .compose(held -> held.isEmpty()
                        ? Future.succeededFuture()
                        : launch.parking().free(pipeline.source(), held).compose(tasks::release));
    }

    /**
     * The verticle is deployed, so from here on it can be undeployed: lets the tasks read. Callable from anywhere.
     *
     * @param brake for which they wait from the first step on, or null
     * @return closes it, once
     * @throws StrandlineException.Unavailable if Vert.x is closing
     */
    CloseOnce begin(@Nullable Brake brake) {
        CloseOnce end = CloseOnce.with(
                vertx, CloseOnce.Stage.PROCESSING, pipeline.toString(), () -> Hop.to(context, this::close));
        stopped.future().onComplete(over -> end.forget());
        context.runOnContext(deployed -> {
            if (ended) {
                return;
            }
            started = true;
            if (failure != null) {
                undeploy();
                return;
            }
            CheckpointTaker taker = Objects.requireNonNull(run, "not deployed").taker();
            CheckpointTimer timer = new CheckpointTimer(taker::isReentry, tasks::areRepeating, this::checkpointNow);
            vertx.setPeriodic(launch.options().getCheckpointIntervalMillis(), tick -> timer.tick());
            if (pipeline.topology().needsTicks()) {
                vertx.setPeriodic(launch.options().getTickIntervalMillis(), due -> tick());
            }
            if (brake != null) {
                tasks.brake(brake.hold(), brake);
            }
            tasks.reading().forEach(TaskVerticle::begin);
        });
        return end;
    }

    /** The context on which it runs. */
    Context context() {
        return context;
    }

    /** What its checkpoints are like, asked from anywhere. The verticle is deployed. */
    Supplier<CheckpointStatistics> statistics() {
        return Objects.requireNonNull(run, "not deployed").taker()::statistics;
    }

    /** How long its cuts held tasks, read anywhere. The verticle is deployed. */
    CutPauses pauses() {
        return Objects.requireNonNull(run, "not deployed").taker().pauses();
    }

    /** Callable from anywhere. */
    @Override
    public void checkpointDue() {
        context.runOnContext(due -> checkpointNow());
    }

    /** Takes a checkpoint, after the one that is being taken. */
    private void checkpointNow() {
        if (!closing && failure == null) {
            checkpoint();
        }
    }

    /** Callable from anywhere. */
    @Override
    public void eventsWereLate(long count) {
        late.add(count);
    }

    /** Callable from anywhere. */
    long lateEvents() {
        return late.sum();
    }

    @Override
    public NavigableMap<Long, TickAt> ticks(long partition, long fromStep) {
        return Objects.requireNonNull(run, "no run").ticks().of(partition, fromStep);
    }

    /** Tells the tasks the time if that has something done. */
    Future<Void> tick() {
        return ticking(Ticker::tick);
    }

    private Future<Void> ticking(Function<Ticker, Future<Void>> call) {
        StageRun ready = run;
        return ready == null || closing || failure != null || ended
                ? Future.succeededFuture()
                : call.apply(ready.ticker());
    }

    private void tickFailed(Throwable cause) {
        if (!closing && !ended) {
            fail(cause);
        }
    }

    /** Callable from anywhere. */
    @Override
    public void taskFailed(Throwable cause) {
        context.runOnContext(failed -> fail(cause));
    }

    /** Callable from anywhere. */
    @Override
    public Future<Void> decide(StepDecision decision) {
        return Hop.to(context, () -> {
            StageRun ready = run;
            if (failure != null || ended || ready == null) {
                return Future.failedFuture(causeOfEnd());
            }
            KnownDecisions known = ready.setting().decisions();
            known.requireRoom();
            return ready.stream().append(new Decided(decision)).map(appended -> {
                known.add(appended.offset(), decision);
                return null;
            });
        });
    }

    /** Callable from anywhere. */
    @Override
    public void stepFailed(Place place, Throwable cause) {
        context.runOnContext(failed -> {
            if (failure == null && !ended && status.state() != State.FAILED) {
                LOG.error("{} pauses at offset {} of partition {}", pipeline, place.offset(), place.partition(), cause);
                become(new PipelineStatus(State.FAILED, cause, place));
                tasks.pause(cause);
            }
        });
    }

    /** No task does a step until {@link #resume}. */
    Future<Void> pause() {
        return whileRunning(ready -> {
            if (status.state() == State.FAILED) {
                return Future.succeededFuture();
            }
            become(new PipelineStatus(State.PAUSED, null, null));
            return tasks.pause(null);
        });
    }

    /** All tasks go on. */
    Future<Void> resume() {
        return whileRunning(ready -> {
            become(new PipelineStatus(State.RUNNING, null, null));
            return tasks.resume();
        });
    }

    /** Tasks do no step while they wait for another stage, whatever {@link #resume} says. */
    Future<Void> brake(Hold hold, @Nullable Brake brake) {
        return whileRunning(ready -> tasks.brake(hold, brake));
    }

    /** Fails with the cause of the end unless the run goes on. */
    private <T> Future<T> whileRunning(Function<StageRun, Future<T>> call) {
        StageRun ready = run;
        return failure != null || ended || ready == null ? Future.failedFuture(causeOfEnd()) : call.apply(ready);
    }

    private void become(PipelineStatus next) {
        status = next;
        statusListener.run();
    }

    /** Callable from anywhere. */
    PipelineStatus status() {
        return status;
    }

    /** Sets what is called after each change of the status. Callable from anywhere. */
    void statusListener(Runnable listener) {
        statusListener = listener;
    }

    /** Takes a checkpoint of everything processed by now. If one is being taken, another one follows it. */
    Future<Checkpoint> checkpoint() {
        return whileRunning(ready -> turns.take(ready.taker()));
    }

    /** One was taken, or has failed with a cause. */
    private void checkpointed(@Nullable Throwable cause) {
        StageRun ready = run;
        if (cause != null && (ready == null || !ready.taker().isUnhandled())) {
            fail(cause);
        }
        if (ready != null) {
            ready.handover().follow();
        }
    }

    Pipeline stage() {
        return pipeline;
    }

    /** How the tasks do. */
    Future<List<PipelineDescription.Task>> describeTasks() {
        return whileRunning(ready -> describeSource()
                .compose(source -> sourceEnd()
                        .compose(end -> Future.all(tasks.reading().stream()
                                .map(task -> task.describe(
                                        pipeline.name(),
                                        SourceLineage.endOf(source, end, task.partitionId()),
                                        launch.time().millis(),
                                        turns.ageMillis()))
                                .toList())))
                .map(all -> all.<PipelineDescription.Task>list()));
    }

    /** Audits the stage. */
    <T> Future<T> audit(Function<StageAudits, Future<T>> call) {
        return whileRunning(ready -> call.apply(ready.audits()));
    }

    /** Asks something of the state of this stage. */
    <T> Future<T> ask(Function<StateQueries, Future<T>> question) {
        return whileRunning(ready -> question.apply(queries));
    }

    /**
     * Takes a checkpoint that has a name and is kept.
     *
     * @param isDrained whether all stages stand still, and nothing is between them
     */
    Future<Checkpoint> checkpoint(String name, boolean isDrained) {
        return whileRunning(ready -> {
            ready.taker().requireFree(name);
            return checkpoint().compose(taken -> ready.taker().pin(name, taken, isDrained));
        });
    }

    /** The checkpoint has a name no longer. */
    Future<Void> unpin(String name) {
        return whileRunning(ready -> ready.taker().unpin(name));
    }

    Future<List<Checkpoint>> checkpoints() {
        return whileRunning(ready -> Future.succeededFuture(ready.taker().kept()));
    }

    Future<SortedMap<String, Checkpoint>> pinned() {
        return whileRunning(ready -> Future.succeededFuture(ready.taker().pinned()));
    }

    Future<StreamCut> position() {
        return whileRunning(ready -> tasks.position());
    }

    Future<Checkpoint> awaitPosition(StreamCut cut) {
        return whileRunning(ready -> cut.stream().equals(pipeline.source())
                ? describeSource()
                        .compose(source -> tasks.reached(source, cut))
                        .compose(reached -> ticking(Ticker::tell))
                        .compose(told -> checkpoint())
                        .recover(cause -> Future.failedFuture(failure == null ? cause : failure))
                : Future.failedFuture(new StrandlineException.Invalid(
                        pipeline + " reads " + pipeline.source() + ", the cut is one of " + cut.stream())));
    }

    /** Completes when all events before a cut of its input were processed. No checkpoint holds them yet. */
    Future<Void> reached(StreamCut cut) {
        return whileRunning(ready -> describeSource()
                .compose(source -> tasks.reached(source, cut))
                .recover(cause -> Future.failedFuture(failure == null ? cause : failure)));
    }

    Future<StreamDescription> describeSource() {
        return launch.log().catalog().describe(pipeline.source().toString());
    }

    Future<StreamCut> sourceStart() {
        return launch.log().catalog().startCut(pipeline.source().toString());
    }

    Future<StreamCut> sourceEnd() {
        return launch.log().catalog().endCut(pipeline.source().toString());
    }

    /** Stops cleanly and completes when the verticle is undeployed. */
    Future<Void> close() {
        if (!closing && !ended && failure == null) {
            closing = true;
            endRun();
            Future.all(tasks.reading().stream().map(TaskVerticle::endReading).toList())
                    .compose(ended -> checkpoint())
                    .compose(last -> appendLast())
                    .onSuccess(done -> undeploy())
                    .onFailure(this::fail);
        }
        return stopped.future();
    }

    /** Stops cleanly, and leaves as the last entry as which version the pipeline goes on. Nothing starts it again. */
    Future<Void> switchTo(Switched next) {
        return whileRunning(ready -> {
            if (closing) {
                return Future.failedFuture(causeOfEnd());
            }
            lastEntry = next;
            return close();
        });
    }

    private Future<Void> appendLast() {
        Switched last = lastEntry;
        return last == null
                ? Future.succeededFuture()
                : Objects.requireNonNull(stream)
                        .append(last)
                        .onFailure(this::fail)
                        .mapEmpty();
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
            endRun();
            LOG.error("{} stopped", pipeline, cause);
            if (started) {
                undeploy();
            }
        }
    }

    private void undeploy() {
        undeploying = true;
        vertx.undeploy(deploymentID()).onComplete(done -> tellStopped());
    }

    /** The tasks, as children, have stopped before. */
    @Override
    public Future<?> stop() {
        ended = true;
        endRun();
        tasks.fail(causeOfEnd());
        Future<Void> idle = snapshots == null ? Future.succeededFuture() : snapshots.end();
        return idle.compose(done -> closeStream().otherwiseEmpty()).onComplete(closed -> {
            if (!undeploying) {
                tellStopped();
            }
        });
    }

    /** Begins nothing more: no task of a partition that takes over, and no audit. */
    private void endRun() {
        StageRun ready = run;
        if (ready != null) {
            ready.audits().end(causeOfEnd());
            ready.handover().end();
        }
    }

    private void tellStopped() {
        become(new PipelineStatus(State.STOPPED, failure, null));
        if (failure == null) {
            stopped.tryComplete();
        } else {
            stopped.tryFail(failure);
        }
    }

    private Future<Void> closeStream() {
        return stream == null ? Future.succeededFuture() : stream.close();
    }

    private Throwable causeOfEnd() {
        return failure == null ? new StrandlineException.Unavailable(pipeline + " is closed") : failure;
    }

    /** Callable from anywhere. */
    Future<Void> whenStopped() {
        return stopped.future();
    }
}
