package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.operator.Operators;
import io.strandline.processing.pipeline.impl.state.HeldKeys;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.processing.pipeline.impl.state.StateStore;
import io.strandline.processing.pipeline.impl.task.ParkingEntry.Parked;
import io.strandline.spi.Logger;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
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

    /** Why an event is parked that has not failed. */
    private static final String HELD = "an earlier event of its key is parked";

    /** Characters of a cause that are kept with a decision, and with a parked event. */
    private static final int MAX_CAUSE_LENGTH = 300;

    private final RunSetting run;
    private final Pipeline pipeline;
    private final PipelineOptions options;
    private final PartitionDescription partition;
    private final TaskOwner owner;
    private final TaskStart start;

    private final OperatorStates states;
    private final TaskOutputs outputs = new TaskOutputs(this::outputFailed);
    private final Operators operators;
    private final OffsetWaits waits = new OffsetWaits();
    private final TaskTicks ticks;
    private final TaskLoad load;

    private @Nullable TaskSource source;
    /** The event that is being processed, or waits for another attempt. */
    private @Nullable EventRecord<?> atHand;

    private final StepAttempts attempts;
    private final TaskDecisions decisions;
    private final HeldKeys held;
    /** Why no step is done: a failure of this task or of another one. Null unless {@link #paused}. */
    private @Nullable Throwable pausedBy;

    private boolean paused;
    /** A decision about the step at hand is not durable yet. */
    private boolean deciding;

    /** Offset of the next event. */
    private long offset;
    /** Number of the next step. */
    private long step;
    /** Step at the newest cut. */
    private long cutStep;
    /** Step of the newest durable checkpoint. */
    private long durableStep;

    /** Number of late events that the owner knows of. */
    private long lateKnown;

    private boolean begun;
    private boolean ending;
    /** The partition is sealed, and all its events were read. */
    private boolean atEnd;

    private boolean askingForSuccessors;
    /** Nothing is to be done any more. */
    private boolean ended;

    private @Nullable Throwable failure;

    public TaskVerticle(RunSetting run, TaskStart start, TaskOwner owner) {
        this.run = run;
        this.pipeline = run.pipeline();
        this.options = run.options();
        this.partition = start.partition();
        this.owner = owner;
        this.start = start;
        this.states = start.states();
        this.held = states.held();
        this.attempts = new StepAttempts(run.vertx(), options);
        this.decisions = new TaskDecisions(run.decisions().of(partition.id()), start.offset(), start.step());
        this.operators = new Operators(pipeline.topology(), partition, start.offset(), states, outputs);
        this.load = new TaskLoad(start.offset(), System.nanoTime());
        this.offset = start.offset();
        this.step = start.step();
        this.cutStep = step;
        this.durableStep = step;
        this.ticks = new TaskTicks(owner.ticks(partition.id(), step));
    }

    @Override
    public Future<?> start() {
        return outputs.open(run, start, this::goOn)
                .recover(cause -> Future.failedFuture(explained(cause)))
                .compose(opened -> {
                    TaskSource from = new TaskSource(run, partition.id(), () -> offset, this);
                    source = from;
                    return from.open();
                })
                .recover(cause -> release().transform(released -> Future.failedFuture(cause)));
    }

    /** Does what is due, and then reads its first event. */
    public void begin() {
        context.runOnContext(told -> {
            TaskSource opened = source;
            if (opened != null && !ending) {
                begun = true;
                goOn();
                opened.begin();
            }
        });
    }

    @Override
    public void event(EventRecord<?> record) {
        if (failure != null || ending) {
            return;
        }
        if (record.offset() != offset) {
            fail(new StrandlineException.Corrupt(pipeline + " expected offset " + offset + " of " + pipeline.source()
                    + " partition " + partition.id() + " and was handed offset " + record.offset()));
            return;
        }
        atHand = record;
        process(record);
    }

    private void process(EventRecord<?> record) {
        if (decisions.isDecided(offset) && isPassedOver(record)) {
            return;
        }
        if (held.isHeld(record.key()) && !isMark(record)) {
            park(record, HELD, true);
        } else if (record.event() instanceof Undecodable event) {
            stepFailed(undecodable(record, event), false);
        } else if (TaskLoad.isMeasured(step) ? measured(record) : step(record)) {
            eventDone();
        }
    }

    private boolean measured(EventRecord<?> record) {
        load.stepBegins(System.nanoTime());
        boolean isDone = step(record);
        load.stepEnds(System.nanoTime());
        return isDone;
    }

    /** A mark has a key only to come to this partition. */
    private static boolean isMark(EventRecord<?> record) {
        return record.event() instanceof Shuffled && !(record.event() instanceof Shuffled.Event);
    }

    /** Does what was decided about the event. Returns false if it is to be processed. */
    private boolean isPassedOver(EventRecord<?> record) {
        boolean isPassedOver = false;
        for (StepDecision decision : decisions.take(offset)) {
            switch (decision.kind()) {
                case RELEASE -> held.release(Objects.requireNonNull(decision.key()));
                case SKIP -> {
                    passOver();
                    isPassedOver = true;
                }
                case PARK, HOLD -> {
                    park(record, decision.cause(), decision.kind() == StepDecision.Kind.HOLD);
                    isPassedOver = true;
                }
                case SKIP_DUE -> {} // of a step without event
            }
        }
        return isPassedOver;
    }

    /** Appends the event to the parking stream, as the only output of its step, and passes it over. */
    private void park(EventRecord<?> record, String cause, boolean holds) {
        Parking parking = Objects.requireNonNull(run.parking(), "a run that parks has a parking stream");
        String key = record.key();
        stopReading();
        attempts.block();
        deciding = true;
        RawEvent.read(run.log(), pipeline.source(), partition.id(), offset).onComplete((raw, unreadable) -> {
            deciding = false;
            if (failure != null || ending) {
                return;
            }
            if (unreadable != null) {
                fail(unreadable);
                return;
            }
            Parked parked = Parked.of(parking.owner(), pipeline.source(), raw, cause);
            Throwable refused = append(parking, key, parked);
            if (refused instanceof StrandlineException.Invalid) {
                // The log's own bound of an event may be lower than what is parked whole.
                refused = append(parking, key, parked.asReference());
            }
            if (refused != null) {
                outputFailed(refused);
                return;
            }
            if (holds && key != null) {
                held.hold(key, partition.id(), offset);
            }
            attempts.reset();
            passOver();
        });
    }

    private @Nullable Throwable append(Parking parking, @Nullable String key, Parked parked) {
        outputs.begin();
        outputs.emit(parking.target(), key, Headers.NONE, parked);
        return outputs.append(step);
    }

    private void eventDone() {
        atHand = null;
        offset++;
        goOn();
    }

    /** The event is a step without effect, in every replay. */
    private void passOver() {
        operators.pass(offset + 1);
        stepDone();
        eventDone();
    }

    private StrandlineException.Invalid undecodable(EventRecord<?> record, Undecodable event) {
        Throwable cause = event.cause();
        return new StrandlineException.Invalid(
                "event of type " + record.type() + " at offset " + offset + " of partition " + partition.id() + " of "
                        + pipeline.source() + " cannot be decoded: " + cause.getMessage(),
                cause);
    }

    /**
     * One step: everything that it emits is appended under its number, or nothing.
     *
     * @param record the event, or null for a tick, or what is due
     */
    private boolean step(@Nullable EventRecord<?> record) {
        outputs.begin();
        try {
            TickAt tick = ticks.at(step);
            if (tick != null) {
                operators.tick(tick.time(), tick.isSilent());
            } else if (record == null) {
                operators.fire();
            } else {
                operators.event(record);
            }
        } catch (Throwable e) { // an Error must not let the task go on to the next event either
            operators.undo();
            stepFailed(refused(Operators.causeOf(e)), true);
            return false;
        }
        return stepped();
    }

    /** Appends what the step emitted, all or nothing, and goes on to the next number. */
    private boolean stepped() {
        Throwable refused = outputs.append(step);
        if (refused != null) {
            operators.undo();
            if (refused instanceof StrandlineException.Invalid) {
                stepFailed(explained(refused), true);
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
        if (attempts.failed() > 0) {
            attempts.reset();
        }
        ticks.passed(step);
        step++;
        if (step - cutStep == options.getCheckpointEvents()) {
            owner.checkpointDue();
        }
    }

    /**
     * The step at hand has failed and left no trace: it is tried again after a pause, and then the policy decides.
     *
     * @param maySucceed whether another attempt may have another result
     */
    private void stepFailed(Throwable cause, boolean maySucceed) {
        stopReading();
        if (attempts.another(maySucceed)) {
            if (attempts.failed() == 1) {
                LOG.warn("{}; it is tried {} times", cause.getMessage(), options.getMaxAttempts());
            }
            attempts.pause(this::again);
            return;
        }
        attempts.block();
        switch (options.getFailurePolicy()) {
            case FAIL -> fail(cause);
            case PAUSE -> owner.stepFailed(place(), cause);
            case SKIP, PARK -> decide(cause);
        }
    }

    private Place place() {
        EventRecord<?> record = atHand;
        return new Place(partition.id(), offset, step, record == null ? null : record.key());
    }

    /** Passes over or parks the step at hand as soon as that is durable. */
    private void decide(Throwable cause) {
        StepDecision.Kind kind = run.budget().isUsedUp() ? null : kind(); // more events would fail alike
        if (kind == null) {
            owner.stepFailed(place(), cause);
            return;
        }
        StepDecision decision =
                new StepDecision(kind, partition.id(), offset, step, attempts.failed(), place().key(), causeOf(cause));
        LOG.warn("{}; {}", cause.getMessage(), decision.outcome());
        deciding = true;
        owner.decide(decision).onComplete((durable, refused) -> {
            deciding = false;
            if (refused != null) {
                fail(refused);
            } else if (failure == null && !ending) {
                carryOut(decision);
            }
        });
    }

    /** What is kept of a cause. Its message may hold the whole event. */
    private static String causeOf(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        return text.length() <= MAX_CAUSE_LENGTH ? text : text.substring(0, MAX_CAUSE_LENGTH) + "...";
    }

    /** How the step at hand can be passed over, or null if it cannot. */
    private StepDecision.@Nullable Kind kind() {
        EventRecord<?> record = atHand;
        boolean parks = options.getFailurePolicy() == FailurePolicy.PARK;
        if (outputs.isPartlyAppended(step)) {
            return null;
        }
        if (record == null) {
            return !parks && operators.canSkip() ? StepDecision.Kind.SKIP_DUE : null;
        }
        if (!parks) {
            return StepDecision.Kind.SKIP;
        }
        if (!options.isHoldKeys() || record.key() == null) {
            return StepDecision.Kind.PARK;
        }
        return held.hasRoom() ? StepDecision.Kind.HOLD : null;
    }

    private void carryOut(StepDecision decision) {
        EventRecord<?> record = atHand;
        if (record == null) {
            attempts.reset();
            skipDue();
            goOn();
        } else if (decision.kind() == StepDecision.Kind.SKIP) {
            attempts.reset();
            passOver();
        } else {
            park(record, decision.cause(), decision.kind() == StepDecision.Kind.HOLD);
        }
    }

    /** The keys that are held, when everything that was parked of them is durable. */
    public Future<List<Held>> heldKeys() {
        return Hop.to(context, () -> {
            List<Held> keys = held.all();
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
            if (!held.isHeld(key)) {
                return Future.succeededFuture(false);
            }
            return ending || ended || deciding || attempts.isWaiting()
                    ? Future.failedFuture(new StrandlineException.Unavailable("partition " + partition.id() + " of "
                            + pipeline.source() + " is at a step that waits, or at its end, so key " + key.key()
                            + " stays held"))
                    : releaseNow(key);
        });
    }

    /** No event is taken until it is durable, so that the next one is the first that is processed. */
    private Future<Boolean> releaseNow(Held key) {
        StepDecision decision = new StepDecision(
                StepDecision.Kind.RELEASE, partition.id(), offset, step, 0, key.key(), "its parked events are settled");
        deciding = true;
        stopReading();
        return owner.decide(decision).map(true).onComplete((done, refused) -> {
            deciding = false;
            if (refused != null) {
                fail(refused);
            } else {
                held.release(key.key());
                if (failure == null && !ending) {
                    goOn();
                }
            }
        });
    }

    private void skipDue() {
        operators.skip();
        operators.done();
        stepDone();
    }

    /** Another attempt. */
    private void again() {
        if (failure != null || ending || paused || !attempts.isWaiting()) {
            return;
        }
        attempts.proceed();
        EventRecord<?> record = atHand;
        if (record == null) {
            goOn();
        } else if (record.event() instanceof Undecodable && source != null) {
            atHand = null;
            source.readAgain();
            followDemand(false);
        } else {
            process(record);
        }
    }

    /**
     * Does no step until {@link #resume}. Cuts are still taken. Completes when no step is being done.
     *
     * @param cause what has failed, for those who wait for an offset, or null if nothing has
     */
    Future<Void> pause(@Nullable Throwable cause) {
        return Hop.to(context, () -> {
            paused = true;
            pausedBy = cause;
            stopReading();
            if (cause != null) {
                waits.fail(cause);
            }
            return Future.succeededFuture();
        });
    }

    /** Goes on. A step that has failed is tried as often again. */
    Future<Void> resume() {
        return Hop.to(context, () -> {
            paused = false;
            pausedBy = null;
            if (!attempts.isWaiting()) {
                goOn();
            } else if (!deciding) {
                attempts.reset();
                attempts.block();
                again();
            }
            return Future.succeededFuture();
        });
    }

    /** What has no more room is no fault of the event. */
    private StrandlineException refused(Throwable thrown) {
        String what = "the step of " + where() + " failed";
        return thrown instanceof StrandlineException.Overloaded
                ? new StrandlineException.Overloaded(what + ": " + thrown.getMessage())
                : UserCode.refused(what, thrown);
    }

    private void tellLate() {
        long late = operators.lateEvents();
        if (late == lateKnown) {
            return;
        }
        if (lateKnown == 0) {
            LOG.warn("{}: an event came too late for its window. Later ones are only counted", where());
        }
        owner.eventsWereLate(late - lateKnown);
        lateKnown = late;
    }

    /** Does what is due before the next event, and reads on. */
    private void goOn() {
        boolean isDue = isDue();
        for (int fired = 0; isDue && mayGoOn(); fired++) {
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
            waits.reached(offset);
            if (atEnd && !ticks.isHeld() && !isHeldUp()) {
                end();
            }
        }
        followDemand(isDue);
    }

    private boolean isDue() {
        return ticks.isAt(step) || operators.isDue();
    }

    private boolean doDue() {
        if (decisions.takeDue(step, offset) != null && operators.canSkip()) {
            skipDue();
            return true;
        }
        return step(null);
    }

    /** Nothing comes any more. */
    @Override
    public void ended() {
        if (failure == null && !ending) {
            atEnd = true;
            goOn();
        }
    }

    /** Everything is done, those that read what the stage passes on included: the owner takes the final checkpoint. */
    private void end() {
        releaseAtEnd();
        if (operators.isEndToBeTold()) {
            tellEnd();
        } else if (!ended) {
            ended = true;
            waits.fail(pastEnd());
            owner.checkpointDue();
        }
    }

    /** Keys that an earlier run released when it was here: there is no event to find them by. */
    private void releaseAtEnd() {
        for (StepDecision decision : decisions.take(offset)) {
            if (decision.kind() == StepDecision.Kind.RELEASE) {
                held.release(Objects.requireNonNull(decision.key()));
            }
        }
    }

    /** The last step: names to the tasks downstream those that go on with the keys. The log knows them for good. */
    private void tellEnd() {
        if (askingForSuccessors) {
            return;
        }
        askingForSuccessors = true;
        new SealedSource(run, () -> ending || failure != null)
                .describe(() -> Map.of(partition.id(), offset))
                .onComplete((described, cause) -> {
                    askingForSuccessors = false;
                    if (ending || failure != null || isHeldUp()) {
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

    private StrandlineException.Invalid pastEnd() {
        return new StrandlineException.Invalid("the cut is past offset " + offset + ", at which partition "
                + partition.id() + " of " + pipeline.source() + " is sealed");
    }

    private void outputFailed(Throwable cause) {
        fail(explained(cause));
    }

    private Throwable explained(Throwable cause) {
        if (cause instanceof StrandlineException.Invalid) {
            return new StrandlineException.Invalid(
                    "an output of " + where() + " was refused: " + cause.getMessage(), cause);
        }
        return cause instanceof StrandlineException.Conflict
                ? new StrandlineException.Conflict(pipeline
                        + " is not deterministic, or was changed without a new version:"
                        + " at step " + step + " of " + pipeline.source() + " partition " + partition.id() + ", offset "
                        + offset + ", " + cause.getMessage())
                : cause;
    }

    /** The event that is to blame. An output that was refused later comes from this event or from one before it. */
    private String where() {
        EventRecord<?> record = atHand;
        String place = pipeline.source() + " partition " + partition.id() + " offset " + offset;
        return record == null
                ? pipeline + " at or before " + place
                : pipeline + " at " + place + ", key " + record.key() + ",";
    }

    @Override
    public void failed(Throwable cause) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
            stopReading();
            owner.taskFailed(cause);
        }
    }

    /** Whether outputs drain and checkpoints keep up. */
    private boolean mayGoOn() {
        return failure == null
                && !ending
                && !ticks.isHeld()
                && !isHeldUp()
                && step - durableStep < options.getMaxReplayEvents()
                && !outputs.isFull();
    }

    /** Whether the pipeline is paused, or the step at hand has failed, or something about it is to become durable: no step, and no tick. */
    private boolean isHeldUp() {
        return paused || deciding || attempts.isWaiting();
    }

    /** Reads while it may go on and nothing is due before the next event. */
    private void followDemand(boolean isDue) {
        boolean isHeld = !mayGoOn();
        load.held(isHeld);
        if (source != null) {
            source.pause(isDue || isHeld);
        }
    }

    private void stopReading() {
        load.held(true);
        if (source != null) {
            source.pause(true);
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
            marks = outputs.marks(Sequence.of(step));
        } catch (StrandlineException.Conflict e) {
            outputFailed(e);
            return Future.failedFuture(failure == null ? e : failure);
        }
        TaskCut cut = new TaskCut(
                partition.id(), offset, step, ended, marks, states.capture(), start.chain(), System.nanoTime() - began);
        cutStep = step;
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
            durableStep = durable;
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
            boolean isQuiet = ticks.nanosAt(offset, nanoTime) >= silenceNanos;
            boolean ofClock = wantsTick(time, false);
            return Future.succeededFuture(
                    new TickWish(ofClock || (isQuiet && wantsTick(time, true)), isQuiet ? offset : TickWish.BUSY));
        });
    }

    /** Whether the next step is known to be one of an earlier run: a new tick would move the numbers of those after it. */
    private boolean isRepeating() {
        return step <= outputs.lastKnownStep() || !ticks.isEmpty() || decisions.hasDueFrom(step);
    }

    private boolean wantsTick(long time, boolean isSilent) {
        return begun
                && failure == null
                && !ending
                && !atEnd
                && !ticks.isHeld()
                && !isHeldUp()
                && !isRepeating()
                && !isDue()
                && operators.wantsTick(time, isSilent);
    }

    /**
     * Does no step until {@link #tick} names the next one, if a tick would still have something done.
     *
     * @param silentAt the task is silent if it is at this offset
     * @return what the tick is to be here, or null if none is wanted
     */
    public Future<@Nullable TaskTick> holdForTick(long time, long silentAt) {
        return Hop.to(context, () -> {
            boolean isSilent = offset == silentAt;
            if (!wantsTick(time, isSilent)) {
                return Future.succeededFuture();
            }
            ticks.hold();
            stopReading();
            return Future.succeededFuture(new TaskTick(step, isSilent));
        });
    }

    /** The tick for which the task is held is durable. */
    public void tick(long time, TaskTick tick) {
        context.runOnContext(durable -> {
            ticks.add(tick.step(), new TickAt(time, tick.isSilent()));
            goOn();
        });
    }

    /**
     * How the task does.
     *
     * @param stage name of its stage
     * @param end offset after the last event of its partition
     * @param nowMillis in milliseconds since the epoch
     */
    public Future<PipelineDescription.Task> describe(String stage, long end, long nowMillis) {
        return Hop.to(context, () -> {
            PipelineDescription.Task task =
                    load.since(partition.id(), offset, operators.watermark(), outputs.total(), System.nanoTime());
            long lag = Math.max(0, end - offset);
            long clock = operators.clock();
            return Future.succeededFuture(new PipelineDescription.Task(
                    stage,
                    task.partition(),
                    task.offset(),
                    lag,
                    lag == 0 || clock == 0 ? 0 : Math.max(0, nowMillis - clock),
                    task.watermark(),
                    task.events(),
                    task.outputs(),
                    task.eventsPerSecond(),
                    task.outputsPerSecond(),
                    task.busyShare(),
                    task.heldShare()));
        });
    }

    /** The state of a key of an operator, between two steps. */
    Future<StateAnswer> state(String operator, String key) {
        return Hop.to(context, () -> {
            StateStore store = states.store(operator);
            if (!(store instanceof KeyedStore keyed)) {
                return Future.failedFuture(new StrandlineException.Invalid("operator " + operator + " of " + pipeline
                        + " keeps " + store.layout() + "; only a state for each key can be asked for"));
            }
            return Future.succeededFuture(
                    new StateAnswer(key, keyed.value(key), partition.id(), offset, operators.watermark()));
        });
    }

    /** Offset of the next event. */
    Future<Long> position() {
        return Hop.to(context, () -> Future.succeededFuture(offset));
    }

    /** Completes when every event before this offset was processed. */
    Future<Void> reached(long target) {
        return Hop.to(context, () -> {
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            if (offset > target || (offset == target && !isDue())) {
                return Future.succeededFuture();
            }
            Throwable held = pausedBy;
            if (held != null) {
                return Future.failedFuture(held);
            }
            return ended
                    ? Future.failedFuture(pastEnd())
                    : waits.add(target, pipeline + " partition " + partition.id());
        });
    }

    /** Lets go of everything: the final checkpoint is durable. */
    void retire() {
        vertx.undeploy(deploymentID());
    }

    /** Processes no event from now on. Cuts are still taken. */
    public Future<Void> endReading() {
        return Hop.to(context, () -> {
            ending = true;
            stopReading();
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<?> stop() {
        ending = true;
        Throwable cause = failure == null ? new StrandlineException.Unavailable(pipeline + " is closed") : failure;
        waits.fail(cause);
        states.close();
        // What a failed writer has to say was said when the task failed.
        return release().otherwiseEmpty();
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
}
