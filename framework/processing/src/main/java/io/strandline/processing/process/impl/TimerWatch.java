package io.strandline.processing.process.impl;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Fires the timers of the agenda when their time has come. The clock is looked at least every {@link #MAX_WAIT_MILLIS} while timers are
 * set, because it may jump, and because no timer of Vert.x waits for years.
 *
 * <p>Those of one instance fire one after the other, also if one has to be tried again. Those of several instances fire at the same time.
 */
final class TimerWatch {

    /** Longest time without a look at the clock, in milliseconds. */
    static final long MAX_WAIT_MILLIS = 10_000;

    private final Run<?> run;
    private final Agenda agenda;
    private final Settling settling;
    /** By the key of each instance of which one fires: those that are due after it, without a slot. */
    private final Map<String, Queue<Agenda.Due>> firing = new HashMap<>();

    private @Nullable Runnable alarm;
    private long alarmFor;
    private long alarms;
    private boolean begun;
    private boolean waitsForRoom;

    TimerWatch(Run<?> run, Agenda agenda, Settling settling) {
        this.run = run;
        this.agenda = agenda;
        this.settling = settling;
    }

    /** From now on timers fire. */
    void begin() {
        begun = true;
        fireDue();
    }

    /** Fires what is due, and waits for the next. */
    void fireDue() {
        if (!begun || run.isEnding() || waitsForRoom) {
            return;
        }
        long now = run.clock.millis();
        while (run.slots.hasRoom()) {
            Agenda.Due due = agenda.takeDue(now);
            if (due == null) {
                sleepUntilNext(now);
                return;
            }
            Queue<Agenda.Due> after = firing.get(due.key());
            if (after == null) {
                firing.put(due.key(), new ArrayDeque<>(0));
                run.slots.take(() -> fire(due));
            } else {
                after.add(due);
            }
        }
        waitsForRoom = true;
        run.slots.room().onSuccess(room -> {
            waitsForRoom = false;
            fireDue();
        });
    }

    private void fire(Agenda.Due due) {
        Origin.Timer origin = due.origin();
        settling.settle(
                        due.key(),
                        origin,
                        () -> new Input.Fired(origin, run.clock.millis()),
                        run.counters.fired::increment)
                .onSuccess(over -> fireAfter(due.key()));
    }

    private void fireAfter(String key) {
        Agenda.Due next = Objects.requireNonNull(firing.get(key)).poll();
        if (next == null) {
            firing.remove(key);
        } else {
            run.slots.take(() -> fire(next));
        }
    }

    private void sleepUntilNext(long now) {
        Long next = agenda.nextDue();
        Runnable before = alarm;
        if (before != null && next != null && next == alarmFor) {
            return;
        }
        end();
        if (next != null) {
            alarmFor = next;
            long delay = Math.min(Math.max(1, next - now), MAX_WAIT_MILLIS);
            long number = alarms;
            alarm = run.clock.schedule(delay, () -> run.context.runOnContext(due -> rings(number)));
        }
    }

    private void rings(long number) {
        // An alarm may be replaced when its task is on its way already.
        if (number == alarms) {
            alarm = null;
            fireDue();
        }
    }

    void end() {
        Runnable before = alarm;
        alarm = null;
        alarms++;
        if (before != null) {
            before.run();
        }
    }
}
