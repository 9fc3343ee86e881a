package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.operator.Operators;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a pipeline's source: reads its events, runs the steps, keeps the state, appends the outputs. All of it
 * runs on one context, one event after the other, so a cut between two events is just a call.
 *
 * <p>At the end of a sealed partition a task asks for a checkpoint and waits to be released, because its state goes on
 * elsewhere.
 *
 * <p>Package-private methods may be called from any thread. Private methods and those of its source run on the task's
 * context.
 */
public final class TaskVerticle extends VerticleBase implements TaskSource.Listener {

    private static final Logger LOG = Logger.of(TaskVerticle.class);

    /** Captured changes that are settled at once: well below a millisecond. */
    private static final int SETTLE_AT_ONCE = 1_000;

    /** Timers and results of windows in one turn of the context: about a millisecond. */
    private static final int FIRED_AT_ONCE = 1_000;

    private final RunSetting run;
    private final Pipeline pipeline;
    private final PipelineOptions options;
    private final PartitionDescription partition;
    private final TaskOwner owner;
    private final TaskStart start;

    private final OperatorStates states;
    private final TaskOutputs outputs;
    private final Operators operators;
    private final OffsetWaits waits = new OffsetWaits();
    /** Those who wait until the task can take a tick. */
    private final OffsetWaits tickWaits = new OffsetWaits();

    private final TaskTicks ticks;
    private final TaskLoad load;

    private final TaskPlace place;
    private final StepFailures failures;
    private final TaskGate gate;
    private final TaskQueries queries;

    private @Nullable TaskSource source;
    /** Step at the newest cut. */
    private long cutStep;

    /** Number of late events that the owner knows of. */
    private long lateKnown;

    private boolean begun;
    /** The partition is sealed, and all its events were read. */
    private boolean atEnd;

    private boolean askingForSuccessors;
    /** Nothing is to be done any more. */
    private boolean ended;

    private @Nullable Throwable failure;

    /** Is told once that the task is at its limit, or at the end of its partition. Null if it has no limit. */
    private @Nullable Runnable atLimit;

    public TaskVerticle(RunSetting run, TaskStart start, TaskOwner owner) {
        this.run = run;
        this.pipeline = run.pipeline();
        this.options = run.options();
        this.partition = start.partition();
        this.owner = owner;
        this.start = start;
        this.states = start.states();
        this.outputs = new TaskOutputs(run.repeats(), this::outputFailed);
        this.place = new TaskPlace(pipeline, partition.id(), start.offset(), start.step());
        this.failures = new StepFailures(run, start, place, outputs, owner, new Failing());
        this.operators = new Operators(pipeline.topology(), partition, start.offset(), states, outputs);
        this.load = new TaskLoad(start.offset(), System.nanoTime());
        this.cutStep = start.step();
        this.ticks = new TaskTicks(owner.ticks(partition.id(), start.step()));
        this.gate = new TaskGate(options, place, ticks, failures, outputs, load);
        this.queries = new TaskQueries(
                place, states, operators::watermark, gate::isOver, turn -> context.runOnContext(later -> turn.run()));
    }

    @Override
    public Future<?> start() {
        return outputs.open(run, start, this::goOn)
                .recover(cause -> Future.failedFuture(place.refused(cause)))
                .compose(opened -> {
                    TaskSource from = new TaskSource(run, partition.id(), place::offset, this);
                    source = from;
                    gate.reads(from);
                    return from.open();
                })
                .recover(cause -> release().transform(released -> Future.failedFuture(cause)));
    }

    /**
     * Limits what the task does, before it is deployed. It does nothing until {@link #allow}.
     *
     * @param step the first that is not done
     * @param offset of the first event that is not taken
     * @param reached is told on the task's context, once, when nothing is left to do
     */
    public void limit(long step, long offset, Runnable reached) {
        gate.limit(step, offset);
        atLimit = reached;
    }

    /** Number of the next step. */
    public Future<Long> step() {
        return Hop.to(context, () -> Future.succeededFuture(place.step()));
    }

    /** Has the steps before this one done, within the limit. */
    public Future<Void> allow(long step) {
        return Hop.to(context, () -> {
            gate.allow(step);
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

    private void endAtLimit() {
        Runnable reached = atLimit;
        if (reached != null) {
            atLimit = null;
            reached.run();
        }
    }

    /** Does what is due, and then reads its first event. */
    public void begin() {
        context.runOnContext(told -> {
            TaskSource opened = source;
            if (opened != null && !gate.isOver()) {
                begun = true;
                goOn();
                opened.begin();
            }
        });
    }

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
        } else if (TaskLoad.isMeasured(place.step()) ? measured(record) : step(record)) {
            eventDone();
        }
    }

    private boolean measured(EventRecord<?> record) {
        load.stepBegins(System.nanoTime());
        boolean isDone = step(record);
        load.stepEnds(System.nanoTime());
        return isDone;
    }

    private void eventDone() {
        place.eventDone();
        goOn();
    }

    /**
     * One step: everything that it emits is appended under its number, or nothing.
     *
     * @param record the event, or null for a tick, or what is due
     */
    private boolean step(@Nullable EventRecord<?> record) {
        outputs.begin();
        try {
            TickAt tick = ticks.at(place.step());
            if (tick != null) {
                operators.tick(tick.time(), tick.isSilent(), tick.tells());
            } else if (record == null) {
                operators.fire(true);
            } else {
                operators.event(record);
            }
        } catch (Throwable e) { // an Error must not let the task go on to the next event either
            operators.undo();
            failures.failed(place.failed(Operators.causeOf(e)), true);
            return false;
        }
        return stepped();
    }

    /** Appends what the step emitted, all or nothing, and goes on to the next number. */
    private boolean stepped() {
        Throwable refused = outputs.append(place.step());
        if (refused != null) {
            operators.undo();
            if (refused instanceof StrandlineException.Invalid) {
                failures.failed(place.refused(refused), true);
            } else {
                outputFailed(refused);
            }
            return false;
        }
        operators.done();
        tellLate();
        stepDone();
        return true;
    }

    private void stepDone() {
        failures.stepDone();
        ticks.passed(place.step());
        place.stepDone();
        if (place.step() - cutStep == options.getCheckpointEvents()) {
            owner.checkpointDue();
        }
    }

    /** The keys that are held, when everything that was parked of them is durable. */
    public Future<List<Held>> heldKeys() {
        return Hop.to(context, () -> {
            List<Held> keys = failures.heldKeys();
            return outputs.flush()
                    .compose(flushed -> failure == null ? Future.succeededFuture(keys) : Future.failedFuture(failure));
        });
    }

    /**
     * Has the events of a key processed again, once that is durable, unless another one was parked meanwhile. Completes with whether
     * the key is free.
     */
    public Future<Boolean> release(Held key) {
        return Hop.to(context, () -> {
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            if (!failures.isHeld(key)) {
                return Future.succeededFuture(false);
            }
            return gate.isOver() || ended || failures.isHeldUp()
                    ? Future.failedFuture(new StrandlineException.Unavailable("partition " + partition.id() + " of "
                            + pipeline.source() + " is at a step that waits, or at its end, so key " + key.key()
                            + " stays held"))
                    : failures.release(key);
        });
    }

    /**
     * Does no step until {@link #resume}. Cuts are still taken. Completes when no step is being done.
     *
     * @param cause what has failed, for those who wait for an offset, or null if nothing has
     */
    Future<Void> pause(@Nullable Throwable cause) {
        return Hop.to(context, () -> {
            gate.pause(cause);
            failWaits(cause);
            return Future.succeededFuture();
        });
    }

    /** Goes on, unless it is braked. A step that has failed is tried as often again, and what has failed later may be mended. */
    Future<Void> resume() {
        return Hop.to(context, () -> {
            gate.resume();
            failures.resumed();
            return Future.succeededFuture();
        });
    }

    /**
     * Does no step while a stage after it lags. Cuts are still taken.
     *
     * @param lagging name of that stage, or null if none lags any more
     * @param cause what has failed there, for those who wait for an offset, or null if nothing has
     */
    Future<Void> brake(@Nullable String lagging, @Nullable Throwable cause) {
        return Hop.to(context, () -> {
            gate.brake(lagging, cause);
            failWaits(cause);
            if (lagging == null) {
                failures.goOn();
            }
            return Future.succeededFuture();
        });
    }

    private void failWaits(@Nullable Throwable cause) {
        if (cause != null) {
            waits.fail(cause);
            tickWaits.fail(cause);
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

    /** Does what is due before the next event, and reads on. */
    private void goOn() {
        boolean isDue = isDue();
        for (int fired = 0; isDue && gate.isOpen(); fired++) {
            if (fired == FIRED_AT_ONCE) {
                context.runOnContext(later -> goOn());
                break;
            }
            if (!doDue()) {
                return;
            }
            isDue = isDue();
        }
        if (!isDue) {
            waits.reached(place.offset());
            if (atEnd && gate.mayEnd()) {
                end();
            }
            if (!tickWaits.isEmpty() && mayTick()) {
                tickWaits.reached(place.offset());
            }
        }
        gate.followDemand(isDue);
        if (atLimit != null && begun && gate.isAtLimit(isDue)) {
            endAtLimit();
        }
    }

    private boolean isDue() {
        return ticks.isAt(place.step()) || operators.isDue();
    }

    private boolean doDue() {
        return failures.skipsDue() ? skipDue() : step(null);
    }

    /** A step that does what is due without its effect. */
    private boolean skipDue() {
        outputs.begin();
        operators.fire(false);
        return stepped();
    }

    /** Nothing comes any more. */
    @Override
    public void ended() {
        if (!gate.isOver()) {
            atEnd = true;
            goOn();
        }
    }

    /** Everything is done, those that read what the stage passes on included: the owner takes the final checkpoint. */
    private void end() {
        failures.releaseAtEnd(key -> true);
        if (operators.isEndToBeTold()) {
            tellEnd();
        } else if (!ended) {
            ended = true;
            waits.fail(place.pastEnd());
            tickWaits.reached(place.offset());
            endAtLimit();
            owner.checkpointDue();
        }
    }

    /** The last step: names to the tasks downstream those that go on with the keys. The log knows them for good. */
    private void tellEnd() {
        if (askingForSuccessors) {
            return;
        }
        askingForSuccessors = true;
        new SealedSource(run, gate::isOver)
                .describe(() -> Map.of(partition.id(), place.offset()))
                .onComplete((described, cause) -> {
                    askingForSuccessors = false;
                    if (gate.isOver() || gate.isHeldUp()) {
                        return; // it is asked again when the task goes on
                    }
                    if (cause != null) {
                        fail(cause);
                        return;
                    }
                    outputs.begin();
                    operators.end(described.successors(partition.id()).stream()
                            .map(PartitionDescription::id)
                            .toList());
                    if (stepped()) {
                        end();
                    }
                });
    }

    private void outputFailed(Throwable cause) {
        fail(place.refused(cause));
    }

    @Override
    public void failed(Throwable cause) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
            gate.end();
            owner.taskFailed(cause);
        }
    }

    /**
     * Cuts between two steps, as soon as what the previous cut has captured is settled. Completes when all outputs
     * before the cut are durable. The cut must be released.
     */
    public Future<TaskCut> cut() {
        return Hop.to(context, () -> settled().compose(ready -> cutNow()));
    }

    /** Completes when the state is settled. Settles in slices, and events are processed between them. */
    private Future<Void> settled() {
        Promise<Void> settled = Promise.promise();
        settleThen(settled);
        return settled.future();
    }

    private void settleThen(Promise<Void> settled) {
        if (states.settle(SETTLE_AT_ONCE)) {
            context.runOnContext(later -> settleThen(settled));
        } else {
            settled.complete();
        }
    }

    private Future<TaskCut> cutNow() {
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        long began = System.nanoTime();
        Map<StreamName, SortedMap<Long, WriterMark>> marks;
        try {
            marks = outputs.marks(Sequence.of(place.step()));
        } catch (StrandlineException.Conflict e) {
            outputFailed(e);
            return Future.failedFuture(failure == null ? e : failure);
        }
        TaskCut cut = new TaskCut(
                partition.id(),
                place.offset(),
                place.step(),
                ended,
                marks,
                states.capture(),
                start.chain(),
                System.nanoTime() - began);
        cutStep = place.step();
        return outputs.flush()
                .compose(flushed -> failure == null ? Future.succeededFuture(cut) : Future.failedFuture(failure));
    }

    /** Takes a cut's state back. It need not have been written. */
    public void releaseCut() {
        context.runOnContext(released -> {
            states.release();
            settled();
        });
    }

    /** A checkpoint up to this step is durable. */
    public void checkpointed(long durable) {
        context.runOnContext(told -> {
            gate.checkpointed(durable);
            goOn();
        });
    }

    /**
     * Whether a tick would have something done here.
     *
     * @param time in milliseconds since the epoch
     * @param silenceNanos for how long there must have been no event for the task to count as silent
     */
    public Future<TickWish> tickWish(long time, long nanoTime, long silenceNanos) {
        return Hop.to(context, () -> {
            boolean isQuiet = ticks.nanosAt(place.offset(), nanoTime) >= silenceNanos;
            boolean ofClock = wantsTick(time, false);
            return Future.succeededFuture(new TickWish(
                    ofClock || (isQuiet && wantsTick(time, true)), isQuiet ? place.offset() : TickWish.BUSY));
        });
    }

    /** Whether the next step is known to be one of an earlier run: a new tick would move the numbers of those after it. */
    private boolean isRepeating() {
        return place.step() <= outputs.lastKnownStep() || !ticks.isEmpty() || failures.hasDueDecisions();
    }

    private boolean wantsTick(long time, boolean isSilent) {
        return mayTick() && operators.wantsTick(time, isSilent);
    }

    private boolean mayTick() {
        return begun && !gate.isOver() && !atEnd && !ticks.isHeld() && !gate.isHeldUp() && !isRepeating() && !isDue();
    }

    /**
     * Does no step until {@link #tick} names the next one, if a tick would still have something done.
     *
     * @param silentAt the task is silent if it is at this offset
     * @return what the tick is to be here, or null if none is wanted
     */
    public Future<@Nullable TaskTick> holdForTick(long time, long silentAt) {
        return Hop.to(context, () -> {
            boolean isSilent = place.offset() == silentAt;
            return Future.succeededFuture(wantsTick(time, isSilent) ? holdForTick(isSilent, false) : null);
        });
    }

    /** How far event time has come here, {@link EventTime#NO_WATERMARK} if the tasks of the next stage know. */
    public Future<Long> watermarkToTell() {
        return Hop.to(
                context,
                () -> Future.succeededFuture(operators.hasToTell() ? operators.watermark() : EventTime.NO_WATERMARK));
    }

    /**
     * Completes when a tick can have the tasks of the next stage told how far event time has come here, with true, or when they know
     * that it has come to a time, with false. Fails as {@link #reached} does.
     */
    public Future<Boolean> canTell(long watermark) {
        return Hop.to(context, () -> {
            if (ended || operators.isTold(watermark)) {
                return Future.succeededFuture(false);
            }
            if (mayTick()) {
                return Future.succeededFuture(true);
            }
            if (gate.isOver()) {
                return Future.failedFuture(causeOfEnd());
            }
            Throwable stoppedBy = gate.stoppedBy();
            return stoppedBy == null
                    ? tickWaits
                            .add(place.offset(), pipeline + " partition " + partition.id() + " to take a tick")
                            .map(open -> !ended && !operators.isTold(watermark))
                    : Future.failedFuture(stoppedBy);
        });
    }

    /**
     * As {@link #holdForTick(long, long)}, if the tasks of the next stage do not know yet how far event time has come here.
     *
     * @return the tick that has them told, or null
     */
    public Future<@Nullable TaskTick> holdToTell() {
        return Hop.to(
                context,
                () -> Future.succeededFuture(mayTick() && operators.hasToTell() ? holdForTick(false, true) : null));
    }

    private TaskTick holdForTick(boolean isSilent, boolean tells) {
        gate.holdForTick();
        return new TaskTick(place.step(), isSilent, tells);
    }

    /** The tick for which the task is held is durable. */
    public void tick(long time, TaskTick tick) {
        context.runOnContext(durable -> {
            ticks.add(tick.step(), new TickAt(time, tick.isSilent(), tick.tells()));
            goOn();
        });
    }

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
            long offset = place.offset();
            TaskLoad.Rates rates = load.since(offset, outputs.total(), operators.passed(), System.nanoTime());
            long lag = Math.max(0, end - offset);
            long clock = operators.clock();
            return Future.succeededFuture(new PipelineDescription.Task(
                    stage,
                    partition.id(),
                    offset,
                    lag,
                    lag == 0 || clock == 0 ? 0 : Math.max(0, nowMillis - clock),
                    operators.watermark(),
                    rates.events(),
                    outputs.total(),
                    rates.eventsPerSecond(),
                    rates.outputsPerSecond(),
                    rates.busyShare(),
                    rates.heldShare(),
                    gate.hold(),
                    gate.brakedFor(),
                    checkpointAgeMillis,
                    rates.operators()));
        });
    }

    /** Asks something of the state, between two steps. */
    <T> Future<T> ask(Function<TaskQueries, Future<T>> question) {
        return Hop.to(context, () -> question.apply(queries));
    }

    /** Offset of the next event. */
    Future<Long> position() {
        return Hop.to(context, () -> Future.succeededFuture(place.offset()));
    }

    /** Completes when every event before this offset was processed. */
    Future<Void> reached(long target) {
        return Hop.to(context, () -> {
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            if (place.offset() > target || (place.offset() == target && !isDue())) {
                return Future.succeededFuture();
            }
            Throwable stoppedBy = gate.stoppedBy();
            if (stoppedBy != null) {
                return Future.failedFuture(stoppedBy);
            }
            return ended
                    ? Future.failedFuture(place.pastEnd())
                    : waits.add(target, pipeline + " partition " + partition.id());
        });
    }

    /** Lets go of everything: the final checkpoint is durable. */
    public void retire() {
        vertx.undeploy(deploymentID());
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
        failWaits(causeOfEnd());
        states.close();
        // What a failed writer has to say was said when the task failed.
        return release().otherwiseEmpty();
    }

    private Throwable causeOfEnd() {
        return failure == null ? new StrandlineException.Unavailable(pipeline + " is closed") : failure;
    }

    private Future<Void> release() {
        Future<Void> read = source == null ? Future.succeededFuture() : source.close();
        return Future.join(read, outputs.end()).mapEmpty();
    }

    PartitionDescription partition() {
        return partition;
    }

    public long partitionId() {
        return partition.id();
    }

    /** What the failures of steps have the task do. */
    private final class Failing implements StepFailures.Task {

        @Override
        public boolean isOver() {
            return gate.isOver();
        }

        @Override
        public boolean isStopped() {
            return gate.isStopped();
        }

        @Override
        public boolean isAtTick() {
            return ticks.isAt(place.step());
        }

        @Override
        public void stopReading() {
            gate.stopReading();
        }

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
            operators.pass(place.offset() + 1);
            stepDone();
            eventDone();
        }

        @Override
        public void skipDue() {
            if (TaskVerticle.this.skipDue()) {
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
