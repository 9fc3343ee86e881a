package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.internal.VerticleStart;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.operator.HandledOutputs;
import io.strandline.processing.pipeline.impl.operator.Operators;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a pipeline's source: reads its events, runs the steps, keeps the state, appends the outputs. All of it
 * runs on one context, one event after the other, so a cut between two events is just a call.
 *
 * <pre>
 *   {@link TaskSource} ──event──▶ {@link StepFailures}: is it passed over? ──▶ {@link TaskSteps} ──▶ go on:
 *       ▲                                                                         what is due ──▶ {@link TaskSteps}
 *       └──────────── demand, while {@link TaskGate} is open ◀────────────────── what waits for this place
 * </pre>
 *
 * <p>At the end of a sealed partition a task asks for a checkpoint and waits to be released, because its state goes on
 * elsewhere.
 *
 * <p>Public methods may be called from any thread. Private methods and those of its source run on the task's
 * context.
 */
public final class TaskVerticle extends VerticleBase implements TaskSource.Listener {

    private static final Logger LOG = Logger.of(TaskVerticle.class);

    /** Timers and results of windows in one turn of the context: about a millisecond. */
    private static final int FIRED_AT_ONCE = 1_000;

    private final RunSetting run;
    private final PartitionDescription partition;
    private final TaskOwner owner;
    private final TaskStart start;
    private final TaskLimit limit;

    private final TaskLife life;
    private final TaskPlace place;
    private final TaskLoad load;
    private final TaskOutputs outputs;
    private final Operators operators;
    private final TaskTicks ticks;
    private final TaskGate gate;
    private final StepFailures failures;
    private final TaskSteps steps;
    private final TaskCuts cuts;
    private final PartitionEnd end;
    private final TickOffers offers;
    private final TaskQueries queries;
    private final OffsetWaits waits = new OffsetWaits();

    private @Nullable TaskSource source;
    /** Number of late events that the owner knows of. */
    private long lateKnown;

    private boolean waitsForRoom;

    /** The task of a run. */
    public TaskVerticle(RunSetting run, TaskStart start, TaskOwner owner) {
        this(run, start, owner, TaskLimit.none());
    }

    /** A task that goes as far as a limit. */
    public TaskVerticle(RunSetting run, TaskStart start, TaskOwner owner, TaskLimit limit) {
        this.run = run;
        this.partition = start.partition();
        this.owner = owner;
        this.start = start;
        this.limit = limit;
        PipelineOptions options = run.options();
        this.life = new TaskLife(run.pipeline());
        this.place = new TaskPlace(run.pipeline(), partition.id(), start.offset(), start.step());
        this.load = new TaskLoad(start.offset(), System.nanoTime());
        this.outputs = new TaskOutputs(
                this::outputFailed,
                new HandledOutputs(run.pipeline().name(), partition.id()),
                new HandlerCalls(run.vertx(), run.pipeline(), options, partition.id(), new Calling()));
        this.operators = new Operators(
                run.pipeline().topology(),
                partition,
                start.offset(),
                start.states(),
                outputs,
                options.isTraceHeaders());
        this.ticks = new TaskTicks(owner.ticks(partition.id(), start.step()));
        long maxReplaySteps = run.repeats() ? Long.MAX_VALUE : options.getMaxReplayEvents(); // it takes no checkpoints
        this.gate = new TaskGate(maxReplaySteps, place, ticks, limit, load, new Holding());
        TaskSetting task = new TaskSetting(run, start, life, place, ticks, outputs, operators, load);
        this.failures = new StepFailures(task, gate, owner, new Failing());
        this.steps = new TaskSteps(task, failures, this::stepDone, this::outputFailed);
        this.cuts = new TaskCuts(start, place, outputs, life, this::laterTurn, this::outputFailed);
        this.end = new PartitionEnd(task, gate, steps, failures, this::partitionEnded, this::fail);
        this.offers = new TickOffers(task, gate, steps);
        this.queries = new TaskQueries(place, start.states(), operators::watermark, gate::isOver, this::laterTurn);
    }

    private void laterTurn(Runnable turn) {
        context.runOnContext(later -> turn.run());
    }

    @Override
    public Future<?> start() {
        return VerticleStart.told(context, open());
    }

    private Future<Void> open() {
        return outputs.open(run, start, this::goOn)
                .recover(cause -> Future.failedFuture(place.refused(cause)))
                .compose(opened -> {
                    TaskSource from = new TaskSource(run, partition.id(), place::offset, this);
                    source = from;
                    gate.demands(from::pause);
                    return from.open();
                })
                .recover(cause -> release().transform(released -> Future.failedFuture(cause)));
    }

    /** Number of the next step. */
    public Future<Long> step() {
        return Hop.to(context, () -> Future.succeededFuture(place.step()));
    }

    /** Whether the next step is known to be one of an earlier run. */
    public Future<Boolean> isRepeating() {
        return Hop.to(context, () -> Future.succeededFuture(steps.isRepeating()));
    }

    /** Has the steps before this one done, within the limit. */
    public Future<Void> allow(long step) {
        return Hop.to(context, () -> {
            limit.allow(step);
            goOn();
            return Future.succeededFuture();
        });
    }

    /**
     * Releases keys that an earlier run released at the limit, before the next event.
     *
     * @param released whether that was before what the limit stands for
     */
    public Future<Void> releaseAtLimit(Predicate<String> released) {
        return Hop.to(context, () -> {
            failures.releaseAtEnd(released);
            return Future.succeededFuture();
        });
    }

    /** Does what is due, and then reads its first event. */
    public void begin() {
        context.runOnContext(told -> {
            TaskSource opened = source;
            if (opened != null && !gate.isOver()) {
                life.begin();
                goOn();
                opened.begin();
            }
        });
    }

    // ---- one event after the other

    @Override
    public void event(EventRecord<?> record) {
        if (gate.isOver()) {
            return;
        }
        if (record.offset() != place.offset()) {
            fail(place.unexpected(record));
            return;
        }
        place.take(record);
        process(record);
    }

    private void process(EventRecord<?> record) {
        if (failures.takes(record)) {
            return;
        }
        if (record.event() instanceof Undecodable event) {
            failures.failed(place.undecodable(record, event), false);
        } else if (steps.event(record)) {
            eventDone();
        }
    }

    private void eventDone() {
        place.eventDone();
        goOn();
    }

    /** Does what is due before the next event, and reads on. */
    private void goOn() {
        boolean isDue = steps.isDue();
        for (int fired = 0; isDue && gate.isOpen(); fired++) {
            if (fired == FIRED_AT_ONCE) {
                laterTurn(this::goOn);
                break;
            }
            if (!steps.doDueStep()) {
                return;
            }
            isDue = steps.isDue();
        }
        if (!isDue) {
            waits.reached(place.offset());
            end.endIfReached();
            offers.completeWaits();
        }
        gate.followDemand(isDue);
        awaitRoom();
        if (life.hasBegun()) {
            limit.reachIfDone(place.step(), place.offset(), isDue);
        }
    }

    /** A run that is crowded by changes takes a checkpoint at once, which makes room. */
    private void awaitRoom() {
        if (!waitsForRoom && isStateCrowded()) {
            waitsForRoom = true;
            owner.checkpointDue();
            run.budget()
                    .whenRoom(() -> laterTurn(() -> {
                        waitsForRoom = false;
                        goOn();
                    }));
        }
    }

    /** A task that repeats what was done takes no checkpoints. */
    private boolean isStateCrowded() {
        return !run.repeats() && run.budget().isCrowded();
    }

    /** No event comes any more. */
    @Override
    public void ended() {
        if (!gate.isOver()) {
            life.comeToEnd();
            goOn();
        }
    }

    /** Nothing is left to do. */
    private void partitionEnded() {
        waits.fail(place.pastEnd());
        offers.completeWaits();
        limit.reach();
        owner.checkpointDue();
    }

    private void stepDone() {
        tellLate();
        if (cuts.stepsSince() == run.options().getCheckpointEvents()) {
            owner.checkpointDue();
        }
    }

    private void tellLate() {
        long late = operators.lateEvents();
        if (late == lateKnown) {
            return;
        }
        if (lateKnown == 0) {
            LOG.warn(
                    "{}: an event came too late. Further ones are not logged, lateEvents() counts them all",
                    place.where());
        }
        owner.eventsWereLate(late - lateKnown);
        lateKnown = late;
    }

    // ---- failures

    private void outputFailed(Throwable cause) {
        fail(place.refused(cause));
    }

    @Override
    public void failed(Throwable cause) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        if (life.fail(cause)) {
            gate.end();
            owner.taskFailed(cause);
        }
    }

    /** The keys that are held, when everything that was parked of them is durable. */
    public Future<List<Held>> heldKeys() {
        return Hop.to(context, () -> cuts.flushed(failures.heldKeys()));
    }

    /**
     * Has the events of a key processed again, once that is durable, unless another one was parked meanwhile. Completes with whether
     * the key is free.
     */
    public Future<Boolean> release(Held key) {
        return Hop.to(context, () -> {
            Throwable failure = life.failure();
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            if (!failures.isHeld(key)) {
                return Future.succeededFuture(false);
            }
            return gate.isOver() || life.hasEnded() || failures.isHeldUp()
                    ? Future.failedFuture(new StrandlineException.Unavailable("partition " + partition.id() + " of "
                            + run.pipeline().source() + " is at a step that waits, or at its end, so key " + key.key()
                            + " stays held"))
                    : failures.release(key);
        });
    }

    // ---- pauses

    /**
     * Does no step until {@link #resume}. Cuts are still taken. Completes when no step is being done, and the outputs of those that
     * were done are handled, or a failure of their handler blocks them.
     *
     * @param cause what has failed, for those who wait for an offset, or null if nothing has
     */
    public Future<Void> pause(@Nullable Throwable cause) {
        return Hop.to(context, () -> {
            gate.pause(cause);
            failWaits(cause);
            return outputs.idle();
        });
    }

    /** Goes on, unless it is braked. A step that has failed is tried as often again, and what has failed later may be mended. */
    public Future<Void> resume() {
        return Hop.to(context, () -> {
            gate.resume();
            outputs.resume();
            failures.resumed();
            return Future.succeededFuture();
        });
    }

    /**
     * Does no step while it waits for another stage. Cuts are still taken.
     *
     * @param brake null if it waits for none any more
     */
    public Future<Void> brake(@Nullable Brake brake) {
        return Hop.to(context, () -> {
            gate.brake(brake);
            failWaits(Brake.causeOf(brake));
            if (brake == null) {
                failures.goOn();
            }
            return Future.succeededFuture();
        });
    }

    private void failWaits(@Nullable Throwable cause) {
        if (cause != null) {
            waits.fail(cause);
            offers.fail(cause);
        }
    }

    // ---- cuts

    /**
     * Cuts between two steps, as soon as what the previous cut has captured is settled. Completes when all outputs
     * before the cut are durable or handled. The cut must be released. Fails with {@link Unhandled} if
     * a failure of a handler blocks outputs.
     */
    public Future<TaskCut> cut() {
        return Hop.to(context, cuts::take);
    }

    /** Takes a cut's state back. It need not have been written. */
    public void releaseCut() {
        context.runOnContext(released -> cuts.release());
    }

    /** A checkpoint up to this step is durable. */
    public void checkpointed(long durable) {
        context.runOnContext(told -> {
            gate.checkpointed(durable);
            goOn();
        });
    }

    // ---- ticks

    /** Offers the task a tick, between two steps. */
    public <T> Future<T> offer(Function<TickOffers, Future<T>> offer) {
        return Hop.to(context, () -> offer.apply(offers));
    }

    /** The tick for which the task is held is durable. */
    public void tick(long time, TaskTick tick) {
        context.runOnContext(durable -> {
            ticks.add(tick.step(), new TickAt(time, tick.isSilent(), tick.tells()));
            goOn();
        });
    }

    // ---- questions

    /**
     * How the task does.
     *
     * @param stage name of its stage
     * @param end offset after the last event of its partition
     * @param nowMillis in milliseconds since the epoch
     * @param checkpointAgeMillis see {@link PipelineDescription.Task#checkpointAgeMillis}
     */
    public Future<PipelineDescription.Task> describe(String stage, long end, long nowMillis, long checkpointAgeMillis) {
        return Hop.to(context, () -> {
            TaskLoad.Asked asked = new TaskLoad.Asked(stage, end, nowMillis, checkpointAgeMillis, System.nanoTime());
            return Future.succeededFuture(
                    load.describe(asked, place, operators, outputs.total(), gate.hold(), gate.waitsFor()));
        });
    }

    /** Asks something of the state, between two steps. */
    public <T> Future<T> ask(Function<TaskQueries, Future<T>> question) {
        return Hop.to(context, () -> question.apply(queries));
    }

    /** Offset of the next event. */
    public Future<Long> position() {
        return Hop.to(context, () -> Future.succeededFuture(place.offset()));
    }

    /** Completes when every event before this offset was processed. */
    public Future<Void> reached(long target) {
        return Hop.to(context, () -> {
            Throwable failure = life.failure();
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            if (place.offset() > target || (place.offset() == target && !steps.isDue())) {
                return Future.succeededFuture();
            }
            Throwable stoppedBy = gate.stoppedBy();
            if (stoppedBy != null) {
                return Future.failedFuture(stoppedBy);
            }
            return life.hasEnded()
                    ? Future.failedFuture(place.pastEnd())
                    : waits.add(target, run.pipeline() + " partition " + partition.id());
        });
    }

    public PartitionDescription partition() {
        return partition;
    }

    public long partitionId() {
        return partition.id();
    }

    // ---- the end

    /** Lets go of its states: it was never deployed. */
    public void discard() {
        start.states().close();
    }

    /** Lets go of everything: the final checkpoint is durable. */
    public Future<Void> retire() {
        return vertx.undeploy(deploymentID());
    }

    /** Processes no event from now on. Cuts are still taken. */
    public Future<Void> endReading() {
        return Hop.to(context, () -> {
            gate.end();
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<?> stop() {
        gate.end();
        failWaits(life.causeOfEnd());
        start.states().close();
        // What a failed writer has to say was said when the task failed.
        return release().otherwiseEmpty();
    }

    private Future<Void> release() {
        Future<Void> read = source == null ? Future.succeededFuture() : source.close();
        return Future.join(read, outputs.end(life.causeOfEnd())).mapEmpty();
    }

    /** What the gate looks at. */
    private final class Holding implements TaskGate.Others {

        @Override
        public boolean isStepHeldUp() {
            return failures.isHeldUp();
        }

        @Override
        public boolean isStateCrowded() {
            return TaskVerticle.this.isStateCrowded();
        }

        @Override
        public boolean areOutputsFull() {
            return outputs.isFull();
        }
    }

    /** What the calls of handlers have the task do. */
    private final class Calling implements HandlerCalls.Task {

        @Override
        public void laterTurn(Runnable turn) {
            TaskVerticle.this.laterTurn(turn);
        }

        @Override
        public void goOn() {
            TaskVerticle.this.goOn();
        }

        @Override
        public void blocked(Place at, Throwable cause) {
            owner.stepFailed(at, cause);
        }

        @Override
        public void fail(Throwable cause) {
            TaskVerticle.this.fail(cause);
        }
    }

    /** What the failures of steps have the task do. */
    private final class Failing implements StepFailures.Task {

        @Override
        public void tryAgain() {
            EventRecord<?> record = place.atHand();
            if (record == null) {
                TaskVerticle.this.goOn();
            } else if (record.event() instanceof Undecodable && source != null) {
                place.take(null);
                source.readAgain();
                gate.followDemand(false);
            } else {
                process(record);
            }
        }

        @Override
        public void passOver() {
            steps.passOver();
            eventDone();
        }

        @Override
        public void skipDue() {
            if (steps.skipDue()) {
                TaskVerticle.this.goOn();
            }
        }

        @Override
        public void goOn() {
            TaskVerticle.this.goOn();
        }

        @Override
        public void fail(Throwable cause) {
            TaskVerticle.this.fail(cause);
        }
    }
}
