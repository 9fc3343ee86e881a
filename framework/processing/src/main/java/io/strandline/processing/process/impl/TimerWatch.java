package io.strandline.processing.process.impl;

import org.jspecify.annotations.Nullable;

/**
 * Fires the timers of the agenda when their time has come. The clock is looked at least every {@link #MAX_WAIT_MILLIS} while timers are
 * set, because it may jump, and because no timer of Vert.x waits for years.
 */
final class TimerWatch {

    /** Longest time without a look at the clock, in milliseconds. */
    static final long MAX_WAIT_MILLIS = 10_000;

    private final Run<?> run;
    private final Agenda agenda;
    private final Settling settling;
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
            run.slots.take(() -> fire(due));
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
                due.key(), origin, () -> new Input.Fired(origin, run.clock.millis()), run.counters.fired::increment);
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
