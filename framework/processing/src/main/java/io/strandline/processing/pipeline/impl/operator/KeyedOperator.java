package io.strandline.processing.pipeline.impl.operator;

import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.StepContext;
import io.strandline.processing.pipeline.TimerStep;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.TimerIndex;
import io.strandline.processing.pipeline.impl.state.Times;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a step with the state of the event's key, and with its timers. */
final class KeyedOperator implements OperatorInput, TimedOperator, StepContext<Object> {

    private final Operator.Keyed operator;
    private final KeyedStore store;
    private final TaskRecordContext context;
    private final OperatorInput next;

    /** Timers of the key at hand. A step may change them. */
    private long[] timers = StateEntry.NO_TIMES;

    /** The timer at hand, {@link #NO_TIMER} while an event is. */
    private long firing = NO_TIMER;

    KeyedOperator(Operator.Keyed operator, KeyedStore store, TaskRecordContext context, OperatorInput next) {
        this.operator = operator;
        this.store = store;
        this.context = context;
        this.next = next;
    }

    @Override
    public void accept(Object event) {
        String key = context.requireKey(operator.id());
        Object stored = store.get(key);
        firing = NO_TIMER;
        step(key, stored, event);
    }

    /** @param event null if a timer fires */
    private void step(String key, @Nullable Object stored, @Nullable Object event) {
        Object before = KeyedStore.state(stored);
        timers = KeyedStore.timersOf(stored);
        if (event == null) {
            remove(firing);
        }
        put(key, stored, after(key, before, event));
    }

    private @Nullable Object after(String key, @Nullable Object before, @Nullable Object event) {
        TimerStep<Object, Object> timer = operator.timer();
        if (event == null && timer == null) {
            return before; // an earlier version of the pipeline set the timer
        }
        Object state = before == null ? operator.initial().apply(key) : before;
        try {
            return event == null
                    ? Objects.requireNonNull(timer).apply(state, this)
                    : operator.step().apply(state, event, this);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new StepFailed(e);
        }
    }

    private void put(String key, @Nullable Object stored, @Nullable Object after) {
        long watermark = context.watermark();
        long[] timersBefore = KeyedStore.timersOf(stored);
        if (after == KeyedStore.state(stored) && timers == timersBefore && store.isTouched(stored, watermark)) {
            return;
        }
        store.put(key, after, timers, watermark);
        if (timers != timersBefore) {
            for (long time : timersBefore) {
                if (Arrays.binarySearch(timers, time) < 0) {
                    store.timers().remove(time, key);
                }
            }
            for (long time : timers) {
                store.timers().add(time, key);
            }
        }
    }

    @Override
    public long nextTime() {
        return store.timers().nextTime();
    }

    @Override
    public long lastTime() {
        return store.timers().lastTime();
    }

    @Override
    public void fire(boolean passesOn) {
        TimerIndex.Timer due = Objects.requireNonNull(store.timers().first());
        context.at(due.key(), due.time(), due.time());
        fire(due, passesOn);
    }

    @Override
    public long nextClockTime() {
        return store.timers().nextClockTime();
    }

    @Override
    public void fireOfClock(boolean passesOn) {
        TimerIndex.Timer due = Objects.requireNonNull(store.timers().firstOfClock());
        context.atClock(due.key());
        fire(due, passesOn);
    }

    private void fire(TimerIndex.Timer due, boolean passesOn) {
        String key = due.key();
        Object stored = store.get(key);
        firing = due.time();
        if (passesOn) {
            step(key, stored, null);
        } else {
            timers = KeyedStore.timersOf(stored);
            remove(firing);
            put(key, stored, KeyedStore.state(stored));
        }
    }

    @Override
    public void emit(Object event) {
        next.accept(Objects.requireNonNull(event, "the event that a step emits"));
    }

    @Override
    public void setTimer(long time) {
        add(later(Times.require(time), isFiring() && !Times.isOfClock(firing) ? firing : context.cleared()));
    }

    @Override
    public void setClockTimer(long time) {
        add(Times.ofClock(later(time, clockTimer() == NO_TIMER ? context.clock() : clockTimer())));
    }

    /**
     * What has passed is due now. A timer that is due again when it fires would never let another event come.
     *
     * @param now the time of the timer at hand if it is of the same kind
     */
    private long later(long time, long now) {
        if (isFiring() && time <= now) {
            throw new StrandlineException.Invalid("a timer of operator " + operator.id() + " that fires at "
                    + Times.millis(firing) + " sets one for " + time + ": it must be later than " + now);
        }
        return Math.max(time, now);
    }

    private boolean isFiring() {
        return firing != NO_TIMER;
    }

    private void add(long due) {
        if (operator.timer() == null) {
            throw new StrandlineException.Invalid("operator " + operator.id()
                    + " sets a timer, and says nowhere what to do when it fires: give process a timer step");
        }
        int at = Arrays.binarySearch(timers, due);
        if (at >= 0) {
            return;
        }
        if (timers.length == MAX_TIMERS) {
            throw new StrandlineException.Overloaded(
                    "key " + context.key() + " of operator " + operator.id() + " has " + MAX_TIMERS + " timers");
        }
        int place = -at - 1;
        long[] more = Arrays.copyOf(timers, timers.length + 1);
        System.arraycopy(timers, place, more, place + 1, timers.length - place);
        more[place] = due;
        timers = more;
    }

    @Override
    public void clearTimer(long time) {
        if (!Times.isOfClock(time)) {
            remove(time);
        }
    }

    @Override
    public void clearClockTimer(long time) {
        remove(Times.ofClock(time));
    }

    private void remove(long timer) {
        int at = Arrays.binarySearch(timers, timer);
        if (at < 0) {
            return;
        }
        long[] fewer = new long[timers.length - 1];
        System.arraycopy(timers, 0, fewer, 0, at);
        System.arraycopy(timers, at + 1, fewer, at, fewer.length - at);
        timers = fewer;
    }

    @Override
    public long clockTimer() {
        return isFiring() && Times.isOfClock(firing) ? Times.millis(firing) : NO_TIMER;
    }

    @Override
    public long clock() {
        return context.clock();
    }

    @Override
    @Nullable
    public String key() {
        return context.key();
    }

    @Override
    public long time() {
        return context.time();
    }

    @Override
    public long watermark() {
        return context.watermark();
    }

    @Override
    public long partition() {
        return context.partition();
    }

    @Override
    public long offset() {
        return context.offset();
    }

    @Override
    public long stamp() {
        return context.stamp();
    }

    @Override
    public Headers headers() {
        return context.headers();
    }
}
