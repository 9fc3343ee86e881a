package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.impl.audit.StageAudit;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Decided;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.KnownDecisions;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Restoration;
import io.strandline.processing.pipeline.impl.checkpoint.RestoreTerms;
import io.strandline.processing.pipeline.impl.checkpoint.RunSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Seed;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.task.Handover;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.impl.task.Parking;
import io.strandline.processing.pipeline.impl.task.PartitionLimit;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.StateQueries;
import io.strandline.processing.pipeline.impl.task.TaskOwner;
import io.strandline.processing.pipeline.impl.task.TaskSet;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
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

    /**
     * What all stages of a pipeline are started with.
     *
     * @param options checked, and changed by nobody
     * @param parking takes events that are passed over
     * @param budget of the states of all stages
     * @param seed where it begins if it has no checkpoint of its own, or null
     */
    record Launch(
            Strandline log,
            PipelineOptions options,
            CheckpointStore store,
            Parking parking,
            Ticker.TimeSource time,
            Start start,
            StateBudget budget,
            @Nullable Seed seed) {}

    private final Pipeline pipeline;
    private final Launch launch;
    private final PartitionLimit limit;
    private final TaskSet tasks;
    private final StateQueries queries;
    private final Promise<Void> stopped = Promise.promise();
    private final LongAdder late = new LongAdder();

    private @Nullable CheckpointStream stream;
    private @Nullable PipelineSnapshots snapshots;
    private @Nullable CheckpointTaker taker;
    private @Nullable TickLog tickLog;
    private @Nullable Ticker ticker;
    private @Nullable Handover handover;
    private @Nullable Future<Checkpoint> running;
    /** The checkpoint after the running one. Holds all who asked since that began. */
    private @Nullable Promise<Checkpoint> next;

    /** When the last checkpoint was durable or found to be true, or the run began. */
    private long checkpointedNanos;

    private boolean started;
    private boolean closing;
    private boolean undeploying;
    private boolean ended;
    private @Nullable Throwable failure;
    /** What the run leaves when it is closed, null for nothing. */
    private @Nullable Switched lastEntry;

    private @Nullable KnownDecisions decisions;
    private @Nullable RunSetting setting;
    private @Nullable StageAudit audit;

    /** Written on the context, read anywhere. */
    private volatile PipelineStatus status = new PipelineStatus(State.RUNNING, null, null);

    CheckpointVerticle(Pipeline pipeline, Launch launch) {
        this.pipeline = pipeline;
        this.launch = launch;
        this.limit = new PartitionLimit(pipeline, launch.log().catalog(), launch.options());
        this.tasks = new TaskSet(pipeline);
        this.queries = new StateQueries(pipeline, tasks);
        this.checkpointedNanos = launch.time().nanos();
    }

    @Override
    public Future<?> start() {
        PipelineSnapshots kept = new PipelineSnapshots(context, launch.store(), pipeline.name());
        snapshots = kept;
        return requireStreams()
                .compose(found -> CheckpointStream.open(launch.log(), pipeline.name(), launch.options()))
                .onSuccess(opened -> stream = opened)
                .compose(opened -> restore(opened, kept).compose(restoration -> startRun(opened, kept, restoration)))
                .compose(ready -> failure == null ? Future.succeededFuture() : Future.failedFuture(failure))
                .recover(cause -> closeStream().transform(closed -> Future.failedFuture(cause)));
    }

    private Future<?> requireStreams() {
        Catalog catalog = launch.log().catalog();
        List<Future<?>> streams = new ArrayList<>();
        streams.add(catalog.describe(pipeline.source().toString()));
        pipeline.sinks().forEach(sink -> streams.add(catalog.describe(sink.toString())));
        return Future.all(streams);
    }

    private Future<Restoration> restore(CheckpointStream opened, PipelineSnapshots kept) {
        Catalog catalog = launch.log().catalog();
        String source = pipeline.source().toString();
        // Described after the cut, so that every partition that the cut names is known.
        return catalog.startCut(source)
                .compose(start -> catalog.describe(source).compose(described -> limit.require(
                                described, start.offsets().keySet())
                        .compose(within -> kept.open())
                        .compose(writable -> find(new Restoration.Traces(opened.found(), kept, described, start)))))
                .compose(restoration -> limit.require(restoration.source(), restoration.standing())
                        .map(restoration));
    }

    private Future<Restoration> find(Restoration.Traces left) {
        RestoreTerms terms = RestoreTerms.of(launch.options(), launch.budget());
        Seed seed = launch.seed();
        return seed == null
                ? Restoration.find(pipeline, left, terms, launch.start())
                : seed.begin(
                        pipeline,
                        launch.log(),
                        left,
                        new PipelineSnapshots(context, launch.store(), seed.other()),
                        terms);
    }

    private Future<Void> startRun(CheckpointStream opened, PipelineSnapshots kept, Restoration restoration) {
        SourceHold hold =
                new SourceHold(pipeline, launch.log().catalog(), launch.options(), opened.life(), System::nanoTime);
        hold.pin(restoration.pins());
        return hold.begin(restoration.oldest())
                .compose(held ->
                        opened.append(new RunStarted(pipeline.version(), restoration.origin(), reentry(restoration))))
                .compose(started -> prepareParking(restoration).map(parks -> {
                    setting = new RunSetting(
                            vertx,
                            launch.log(),
                            pipeline,
                            launch.options(),
                            restoration.decisions(),
                            parks ? launch.parking() : null,
                            launch.budget(),
                            false);
                    return started;
                }))
                .compose(started -> ShuffleStreams.declare(Objects.requireNonNull(setting), restoration.standing())
                        .map(started))
                .compose(started -> {
                    RunSetting run = Objects.requireNonNull(setting);
                    TickLog log = new TickLog(opened.found(), opened::append, restoration.replaysOutputs());
                    tickLog = log;
                    ticker = new Ticker(run, tasks, log, launch.time(), this::tickFailed);
                    RunSnapshots own = new RunSnapshots(kept, CheckpointStream.epochOf(started));
                    decisions = restoration.decisions();
                    handover = new Handover(run, limit, tasks, kept, restoration, this);
                    CheckpointTaker.Places places = new CheckpointTaker.Places(own, opened, log, hold);
                    taker = new CheckpointTaker(
                            run, tasks, places, restoration, !launch.start().equals(Start.NEWEST));
                    return taker.cleanUp();
                })
                .compose(cleaned -> {
                    restoration
                            .starts(pipeline.topology(), launch.budget())
                            .forEach(
                                    start -> tasks.add(new TaskVerticle(Objects.requireNonNull(setting), start, this)));
                    return Future.join(tasks.reading().stream()
                            .map(Objects.requireNonNull(setting)::deploy)
                            .toList());
                })
                // Before the first output: a state that is another version's may be gone at the next start.
                .compose(deployed -> restoration.isSeeded()
                        ? Objects.requireNonNull(taker).take().<Void>mapEmpty()
                        : Future.succeededFuture());
    }

    /** Number of the checkpoint from which the run begins, if it is not the newest. */
    private @Nullable Long reentry(Restoration restoration) {
        CheckpointEntry.Manifest from = restoration.manifest();
        return launch.start().equals(Start.NEWEST) ? null : Long.valueOf(from == null ? 0 : from.number());
    }

    /** A parking stream that exists is needed by keys that are still held. */
    private Future<Boolean> prepareParking(Restoration restoration) {
        Future<Boolean> needed = launch.options().getFailurePolicy() == FailurePolicy.PARK
                        || restoration.decisions().parks()
                ? Future.succeededFuture(true)
                : launch.parking().exists();
        return needed.compose(parks -> parks ? launch.parking().prepare().map(true) : Future.succeededFuture(false));
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
     * @throws StrandlineException.Unavailable if Vert.x is closing
     */
    StageHandle begin() {
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
            vertx.setPeriodic(launch.options().getCheckpointIntervalMillis(), tick -> {
                if (running == null && !closing && failure == null) {
                    checkpoint();
                }
            });
            if (pipeline.topology().needsTicks()) {
                vertx.setPeriodic(launch.options().getTickIntervalMillis(), due -> tick());
            }
            tasks.reading().forEach(TaskVerticle::begin);
        });
        return new StageHandle(context, pipeline, this, end, Objects.requireNonNull(taker, "not deployed")::statistics);
    }

    /** Callable from anywhere. */
    @Override
    public void checkpointDue() {
        context.runOnContext(due -> {
            if (!closing && failure == null) {
                checkpoint();
            }
        });
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
        return Objects.requireNonNull(tickLog, "no run").of(partition, fromStep);
    }

    /** Tells the tasks the time if that has something done. */
    Future<Void> tick() {
        return ticking(Ticker::tick);
    }

    private Future<Void> ticking(Function<Ticker, Future<Void>> call) {
        Ticker ready = ticker;
        return ready == null || closing || failure != null || ended ? Future.succeededFuture() : call.apply(ready);
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
            CheckpointStream to = stream;
            KnownDecisions known = decisions;
            if (failure != null || ended || to == null || known == null) {
                return Future.failedFuture(causeOfEnd());
            }
            known.requireRoom();
            return to.append(new Decided(decision)).map(appended -> {
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
                status = new PipelineStatus(State.FAILED, cause, place);
                tasks.pause(cause);
            }
        });
    }

    /** No task does a step until {@link #resume}. */
    Future<Void> pause() {
        return whileRunning(taker -> {
            if (status.state() == State.FAILED) {
                return Future.succeededFuture();
            }
            status = new PipelineStatus(State.PAUSED, null, null);
            return tasks.pause(null);
        });
    }

    /** All tasks go on. */
    Future<Void> resume() {
        return whileRunning(taker -> {
            status = new PipelineStatus(State.RUNNING, null, null);
            return tasks.resume();
        });
    }

    /** Tasks do no step while a stage after this one lags, whatever {@link #resume} says. */
    Future<Void> brake(@Nullable String lagging, @Nullable Throwable cause) {
        return whileRunning(taker -> tasks.brake(lagging, cause));
    }

    /** Fails with the cause of the end unless the run goes on. */
    private <T> Future<T> whileRunning(Function<CheckpointTaker, Future<T>> call) {
        CheckpointTaker ready = taker;
        return failure != null || ended || ready == null ? Future.failedFuture(causeOfEnd()) : call.apply(ready);
    }

    /** Callable from anywhere. */
    PipelineStatus status() {
        return status;
    }

    /** Takes a checkpoint of everything processed by now. If one is being taken, another one follows it. */
    Future<Checkpoint> checkpoint() {
        return whileRunning(ready -> {
            if (running == null) {
                return checkpoint(ready);
            }
            if (next == null) {
                next = Promise.promise();
            }
            return next.future();
        });
    }

    private Future<Checkpoint> checkpoint(CheckpointTaker ready) {
        Future<Checkpoint> taken = ready.take();
        running = taken;
        return taken.onComplete(done -> {
            running = null;
            if (done.failed()) {
                fail(done.cause());
            } else {
                checkpointedNanos = launch.time().nanos();
            }
            Promise<Checkpoint> waiting = next;
            next = null;
            if (waiting != null) {
                checkpoint().onComplete(waiting);
            }
            if (handover != null) {
                handover.follow();
            }
        });
    }

    /** How the tasks do. */
    Future<List<PipelineDescription.Task>> describeTasks() {
        return whileRunning(taker -> describeSource()
                .compose(source -> sourceEnd()
                        .compose(end -> Future.all(tasks.reading().stream()
                                .map(task -> task.describe(
                                        pipeline.name(),
                                        StageHandle.endOf(source, end, task.partitionId()),
                                        launch.time().millis(),
                                        (launch.time().nanos() - checkpointedNanos) / 1_000_000))
                                .toList())))
                .map(all -> all.<PipelineDescription.Task>list()));
    }

    /** Audits the stage between two checkpoints that have names or numbers. */
    Future<StageAudit.Result> audit(String from, String to) {
        return whileRunning(ready -> {
            StoredManifest first = ready.find(from);
            StoredManifest second = ready.find(to);
            return second.offset() < first.offset()
                    ? Future.failedFuture(new StrandlineException.Invalid(
                            "checkpoint " + to + " of " + pipeline + " was taken before checkpoint " + from))
                    : audit(ready, first, second);
        });
    }

    /** Audits the stage from its oldest retained checkpoint to its newest one, if it has two. */
    Future<StageAudit.@Nullable Result> auditRetained() {
        return whileRunning(ready -> {
            List<StoredManifest> range = ready.retainedRange();
            return range.isEmpty()
                    ? Future.succeededFuture()
                    : audit(ready, range.get(0), range.get(1)).map(result -> (StageAudit.@Nullable Result) result);
        });
    }

    private Future<StageAudit.Result> audit(CheckpointTaker ready, StoredManifest from, StoredManifest to) {
        if (audit != null || closing) {
            return Future.failedFuture(
                    closing
                            ? causeOfEnd()
                            : new StrandlineException.Overloaded(
                                    "an audit of " + pipeline + " is in progress, at most 1 is at a time"));
        }
        StageAudit begun = new StageAudit(
                new StageAudit.Setting(
                        vertx,
                        context,
                        launch.log(),
                        pipeline,
                        launch.options(),
                        Objects.requireNonNull(snapshots),
                        launch.parking()),
                from,
                to);
        audit = begun;
        return ready.beginAudit(from, to).compose(held -> begun.run()).eventually(() -> {
            audit = null;
            return ready.endAudit().otherwiseEmpty();
        });
    }

    private void cancelAudit() {
        StageAudit running = audit;
        if (running != null) {
            running.cancel(causeOfEnd());
        }
    }

    /** Asks something of the state of this stage. */
    <T> Future<T> ask(Function<StateQueries, Future<T>> question) {
        return whileRunning(taker -> question.apply(queries));
    }

    /** Takes a checkpoint that has a name and is kept. */
    Future<Checkpoint> checkpoint(String name) {
        return whileRunning(ready -> {
            ready.requireFree(name);
            return checkpoint().compose(taken -> ready.pin(name, taken));
        });
    }

    /** The checkpoint has a name no longer. */
    Future<Void> unpin(String name) {
        return whileRunning(ready -> ready.unpin(name));
    }

    Future<List<Checkpoint>> checkpoints() {
        return whileRunning(ready -> Future.succeededFuture(ready.kept()));
    }

    Future<SortedMap<String, Checkpoint>> pinned() {
        return whileRunning(ready -> Future.succeededFuture(ready.pinned()));
    }

    Future<StreamCut> position() {
        return whileRunning(taker -> tasks.position());
    }

    Future<Checkpoint> awaitPosition(StreamCut cut) {
        return whileRunning(taker -> cut.stream().equals(pipeline.source())
                ? describeSource()
                        .compose(source -> tasks.reached(source, cut))
                        .compose(reached -> ticking(Ticker::tell))
                        .compose(told -> checkpoint())
                        .recover(cause -> Future.failedFuture(failure == null ? cause : failure))
                : Future.failedFuture(new StrandlineException.Invalid(
                        pipeline + " reads " + pipeline.source() + ", the cut is one of " + cut.stream())));
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
            cancelAudit();
            endHandover();
            Future.all(tasks.reading().stream().map(TaskVerticle::endReading).toList())
                    .compose(ended -> checkpoint())
                    .compose(last -> appendLast())
                    .onSuccess(done -> undeploy());
        }
        return stopped.future();
    }

    /** Stops cleanly, and leaves as the last entry as which version the pipeline goes on. Nothing starts it again. */
    Future<Void> switchTo(Switched next) {
        return whileRunning(taker -> {
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
            cancelAudit();
            endHandover();
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
        cancelAudit();
        endHandover();
        tasks.fail(causeOfEnd());
        Future<Void> idle = snapshots == null ? Future.succeededFuture() : snapshots.end();
        return idle.compose(done -> closeStream().otherwiseEmpty()).onComplete(closed -> {
            if (!undeploying) {
                tellStopped();
            }
        });
    }

    private void endHandover() {
        if (handover != null) {
            handover.end();
        }
    }

    private void tellStopped() {
        status = new PipelineStatus(State.STOPPED, failure, null);
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
