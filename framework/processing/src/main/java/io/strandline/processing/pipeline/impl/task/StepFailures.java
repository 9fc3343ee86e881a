package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.operator.OperatorTimes;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.impl.parking.ParkingEntry.Parked;
import io.strandline.processing.pipeline.impl.parking.RawEvent;
import io.strandline.processing.pipeline.impl.state.HeldKeys;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the steps of a task that fail. A step that has failed has left no trace: it is tried again, and then the policy
 * of the pipeline decides. A decision to pass over it is durable before it is carried out, and a later run carries out those
 * of earlier ones. Events of a key are parked while an earlier one of it is.
 *
 * <pre>
 *   failed ──▶ another attempt, after a pause ──▶ ... ──▶ the owner pauses the pipeline, or it fails
 *                                                     └──▶ the decision is durable ──▶ passed over, or parked
 * </pre>
 *
 * <p>Belongs to the task's context.
 */
final class StepFailures {

    private static final Logger LOG = Logger.of(StepFailures.class);

    /** Why an event is parked that has not failed. */
    private static final String HELD = "an earlier event of its key is parked";

    /** Characters of a cause that are kept with a decision, and with a parked event. */
    private static final int MAX_CAUSE_LENGTH = 300;

    private final RunSetting run;
    private final PipelineOptions options;
    private final long partition;
    private final TaskPlace place;
    private final TaskOutputs outputs;
    private final TaskTicks ticks;
    private final TaskGate gate;
    private final TaskOwner owner;
    private final Task task;

    private final StepAttempts attempts;
    private final TaskDecisions decisions;
    private final HeldKeys held;
    /** Something about the step at hand is not durable yet. */
    private boolean deciding;
    /** Carries out what is durable, as soon as the task may do a step. Null if nothing is to be carried out. */
    private @Nullable Runnable decided;

    /** The task whose steps fail. */
    interface Task {

        /** Another attempt at the event at hand, or at what is due if there is none. */
        void tryAgain();

        /** The event at hand is a step without effect, in every replay. */
        void passOver();

        /** What is due is done without its effect, and the task goes on. */
        void skipDue();

        /** Does the next steps, if there is nothing to wait for any more. */
        void goOn();

        void fail(Throwable cause);
    }

    StepFailures(TaskSetting setting, TaskGate gate, TaskOwner owner, Task task) {
        this.run = setting.run();
        this.options = run.options();
        this.place = setting.place();
        this.partition = place.partition();
        this.outputs = setting.outputs();
        this.ticks = setting.ticks();
        this.gate = gate;
        this.owner = owner;
        this.task = task;
        TaskStart start = setting.start();
        this.attempts = new StepAttempts(run.vertx(), options);
        this.decisions = new TaskDecisions(run.decisions().of(partition), start.offset(), start.step());
        this.held = start.states().held();
    }

    /** Whether the step at hand has failed, or something about it is to become durable: no step, and no tick. */
    boolean isHeldUp() {
        return deciding || decided != null || attempts.isWaiting();
    }

    /** Whether steps without event come that an earlier run has decided about: they are found by their numbers. */
    boolean hasDueDecisions() {
        return decisions.hasDueFrom(place.step());
    }

    private boolean isAtTick() {
        return ticks.isAt(place.step());
    }

    /** A step is done. */
    void stepDone() {
        if (attempts.failed() > 0) {
            attempts.reset();
        }
    }

    // ---- decisions of earlier runs, and held keys

    /** Does what was decided about an event, or parks it because its key is held. Returns false if it is to be processed. */
    boolean takes(EventRecord<?> record) {
        if (decisions.isDecided(place.offset()) && isPassedOver(record)) {
            return true;
        }
        boolean isHeld = held.isHeld(record.key()) && !isMark(record);
        if (isHeld) {
            park(record, HELD, true);
        }
        return isHeld;
    }

    /** A mark has a key only to come to this partition. */
    private static boolean isMark(EventRecord<?> record) {
        return record.event() instanceof Shuffled && !(record.event() instanceof Shuffled.Event);
    }

    private boolean isPassedOver(EventRecord<?> record) {
        boolean isPassedOver = false;
        for (StepDecision decision : decisions.take(place.offset())) {
            switch (decision.kind()) {
                case RELEASE -> held.release(Objects.requireNonNull(decision.key()));
                case SKIP -> {
                    task.passOver();
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

    /** Whether an earlier run has decided to pass over what is due. */
    boolean skipsDue() {
        return decisions.takeDue(place.step(), place.offset()) != null && !isAtTick();
    }

    /**
     * Keys that an earlier run released when it was at the end: there is no event to find them by.
     *
     * @param released whether a key was released before the end. The run may have gone on there
     */
    void releaseAtEnd(Predicate<String> released) {
        for (StepDecision decision : decisions.take(place.offset())) {
            String key = decision.key();
            if (decision.kind() == StepDecision.Kind.RELEASE && key != null && released.test(key)) {
                held.release(key);
            }
        }
    }

    // ---- a failure

    /**
     * The step at hand has failed and left no trace: it is tried again after a pause, and then the policy decides.
     *
     * @param maySucceed whether another attempt may have another result
     */
    void failed(Throwable cause, boolean maySucceed) {
        gate.stopReading();
        if (attempts.another(maySucceed)) {
            if (attempts.failed() == 1) {
                LOG.warn("{}; it is tried {} times", cause.getMessage(), options.getMaxAttempts());
            }
            attempts.pause(this::again);
            return;
        }
        attempts.block();
        switch (options.getFailurePolicy()) {
            case FAIL -> task.fail(cause);
            case PAUSE -> owner.stepFailed(place.place(), cause);
            case SKIP, PARK -> decide(cause);
        }
    }

    /** Makes the attempt that is due, unless the task is stopped: then {@link #goOn} does. */
    private void again() {
        if (!gate.isOver() && !gate.isStopped() && attempts.isDue()) {
            attempts.proceed();
            task.tryAgain();
        }
    }

    /** The pipeline goes on after a pause. A step that has failed is tried as often again. */
    void resumed() {
        if (attempts.isWaiting() && !deciding && decided == null) {
            attempts.startOver();
        }
        goOn();
    }

    /** Does what has waited for the task to be stopped no longer. */
    void goOn() {
        Runnable next = decided;
        if (gate.isOver() || gate.isStopped()) {
            return;
        }
        if (next != null) {
            decided = null;
            next.run();
        } else if (attempts.isDue()) {
            again();
        } else if (!isHeldUp()) {
            task.goOn();
        }
    }

    /** Carries out what is durable now, unless the task is stopped: then {@link #goOn} does. */
    private void carryOut(Runnable durable) {
        decided = durable;
        goOn();
    }

    /** Passes over or parks the step at hand as soon as that is durable. */
    private void decide(Throwable cause) {
        boolean isOfState = run.budget().isUsedUp() || run.budget().hasFailed();
        StepDecision.Kind kind = isOfState ? null : kind(); // more events would fail alike
        if (kind == null) {
            owner.stepFailed(place.place(), cause);
            return;
        }
        StepDecision decision = new StepDecision(
                kind,
                partition,
                place.offset(),
                place.step(),
                attempts.failed(),
                place.place().key(),
                causeOf(cause));
        LOG.warn("{}; {}", cause.getMessage(), decision.outcome());
        deciding = true;
        owner.decide(decision).onComplete((durable, refused) -> {
            deciding = false;
            if (refused != null) {
                task.fail(refused);
            } else {
                carryOut(() -> carryOut(decision));
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
        EventRecord<?> record = place.atHand();
        boolean parks = options.getFailurePolicy() == FailurePolicy.PARK;
        if (outputs.isPartlyAppended(place.step())) {
            return null;
        }
        if (record == null) {
            return parks || isAtTick() ? null : StepDecision.Kind.SKIP_DUE;
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
        EventRecord<?> record = place.atHand();
        if (record == null) {
            attempts.reset();
            task.skipDue();
        } else if (decision.kind() == StepDecision.Kind.SKIP) {
            attempts.reset();
            task.passOver();
        } else {
            park(record, decision.cause(), decision.kind() == StepDecision.Kind.HOLD);
        }
    }

    // ---- parking

    /** Appends the event to the parking stream, as the only output of its step, and passes it over. */
    private void park(EventRecord<?> record, String cause, boolean holds) {
        gate.stopReading();
        attempts.block();
        deciding = true;
        long offset = place.offset();
        Outage.during(
                        run,
                        failure -> gate.isOver(),
                        () -> RawEvent.read(run.log(), run.pipeline().source(), partition, offset))
                .onComplete((raw, unreadable) -> {
                    deciding = false;
                    if (unreadable == null) {
                        carryOut(() -> parkNow(record.key(), raw, cause, holds));
                    } else if (!gate.isOver()) {
                        task.fail(unreadable);
                    }
                });
    }

    private void parkNow(@Nullable String key, EventRecord<Buffer> raw, String cause, boolean holds) {
        Parking parking = Objects.requireNonNull(run.parking(), "a run that parks has a parking stream");
        Parked parked = Parked.of(parking.owner(), run.pipeline().source(), raw, cause);
        Throwable refused = append(parking, key, parked);
        if (refused instanceof StrandlineException.Invalid) {
            // The log's own bound of an event may be lower than what is parked whole.
            refused = append(parking, key, parked.asReference());
        }
        if (refused != null) {
            task.fail(place.refused(refused));
            return;
        }
        if (holds && key != null) {
            held.hold(key, partition, place.offset());
        }
        attempts.reset();
        task.passOver();
    }

    private @Nullable Throwable append(Parking parking, @Nullable String key, Parked parked) {
        outputs.begin();
        outputs.emit(parking.target(), key, Headers.NONE, parked);
        return outputs.append(place.step(), OperatorTimes.NONE);
    }

    // ---- release

    /** The keys that are held. */
    List<Held> heldKeys() {
        return held.all();
    }

    boolean isHeld(Held key) {
        return held.isHeld(key);
    }

    /**
     * Has the events of a key processed again, once that is durable. No event is taken until then, so that the next one is the
     * first that is processed.
     */
    Future<Boolean> release(Held key) {
        StepDecision decision = new StepDecision(
                StepDecision.Kind.RELEASE,
                partition,
                place.offset(),
                place.step(),
                0,
                key.key(),
                "its parked events are settled");
        deciding = true;
        gate.stopReading();
        return owner.decide(decision).map(true).onComplete((done, refused) -> {
            deciding = false;
            if (refused != null) {
                task.fail(refused);
            } else {
                held.release(key.key());
                if (!gate.isOver()) {
                    task.goOn();
                }
            }
        });
    }
}
