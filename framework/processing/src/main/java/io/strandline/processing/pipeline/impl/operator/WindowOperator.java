package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.state.Times;
import io.strandline.processing.pipeline.impl.state.WindowStore;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Folds the events of windows that begin at fixed times. */
final class WindowOperator implements OperatorInput, TimedOperator {

    private final Operator.Window operator;
    private final Windows windows;
    private final WindowStore store;
    private final TaskRecordContext context;
    private final LateEvents late;
    private final OperatorInput next;

    /** The window that is being passed on, and its keys that are not yet. */
    private long firingStart;

    private @Nullable Queue<String> firing;

    WindowOperator(
            Operator.Window operator,
            WindowStore store,
            TaskRecordContext context,
            LateEvents late,
            OperatorInput next) {
        this.operator = operator;
        this.windows = operator.windows();
        this.store = store;
        this.context = context;
        this.late = late;
        this.next = next;
    }

    @Override
    public void accept(Object event) {
        String key = context.requireKey(operator.id());
        long time = context.time();
        long over = context.over(key);
        boolean taken = false;
        long newest = windows.lastStart(time);
        for (long start = newest; start > time - windows.sizeMillis(); start -= windows.advanceMillis()) {
            if (closes(start) <= over) {
                break; // and so are the earlier ones
            }
            add(start, key, event, firesAt(start) <= over);
            taken = true;
        }
        if (!taken) {
            late.add(operator.id(), operator.late(), key, event, "its window ended at", end(newest));
        }
    }

    private void add(long start, String key, Object event, boolean isOver) {
        Object stored = store.window(start).get(key);
        Object value = WindowStore.value(stored);
        if (value == null) {
            value = operator.initial().apply(key);
        }
        Object after = Objects.requireNonNull(operator.add().apply(value, event), operator.id() + " gave no value");
        if (isOver) {
            store.put(start, key, stored, new WindowStore.Fired(after));
            long before = context.time();
            context.resume(key, firesAt(start) - 1);
            pass(start, key, after, false);
            context.resume(key, before);
            return;
        }
        store.put(start, key, stored, operator.earlyMillis() == 0 ? after : changed(start, key, stored, after));
        if (stored == null || stored instanceof WindowStore.Fired) {
            store.open(start); // a value that was passed on is one to pass on again
        }
    }

    /** A value that is to be passed on early, or just the value if its window ends before. */
    private Object changed(long start, String key, @Nullable Object stored, Object value) {
        if (stored instanceof WindowStore.Changed before) {
            return new WindowStore.Changed(value, before.due());
        }
        long due = Times.next(Math.max(context.cleared(), start), operator.earlyMillis(), windows.offsetMillis());
        if (due >= firesAt(start)) {
            return value;
        }
        store.addEarly(new WindowStore.Early(due, key, start));
        return new WindowStore.Changed(value, due);
    }

    private long end(long start) {
        return start + windows.sizeMillis();
    }

    /** When no event changes the window any more. */
    private long closes(long start) {
        return Times.plus(end(start), operator.latenessMillis());
    }

    /** When the value of a window is passed on, early ones apart. */
    private long firesAt(long start) {
        return operator.finalOnly() ? closes(start) : end(start);
    }

    /** Whether a value that was passed on may change. */
    private boolean mayChange() {
        return operator.latenessMillis() > 0 && !operator.finalOnly();
    }

    private void pass(long start, String key, Object value, boolean isEarly) {
        next.accept(new Windowed<>(key, start, end(start), value, isEarly, !isEarly && !mayChange()));
    }

    @Override
    public long nextTime() {
        return Math.min(nextEnd(), nextEarly());
    }

    private long nextEnd() {
        if (firing != null) {
            return firesAt(firingStart);
        }
        Long start = store.firstOpen();
        return start == null ? Long.MAX_VALUE : firesAt(start);
    }

    private long nextEarly() {
        return store.early().isEmpty() ? Long.MAX_VALUE : store.early().first().due();
    }

    @Override
    public long lastTime() {
        Long start = store.lastOpen();
        return start == null ? Long.MIN_VALUE : firesAt(start);
    }

    @Override
    public void undone() {
        firing = null;
    }

    @Override
    public void fire(boolean passesOn) {
        if (nextEarly() < nextEnd()) {
            fireEarly(passesOn);
        } else {
            fireEnd(passesOn);
        }
    }

    private void fireEarly(boolean passesOn) {
        WindowStore.Early early = store.pollEarly();
        if (store.get(early.start(), early.key()) instanceof WindowStore.Changed changed
                && changed.due() == early.due()) {
            store.pass(early.start(), early.key(), changed, changed.value());
            context.at(early.key(), early.due() - 1, early.due() - 1);
            if (passesOn) {
                pass(early.start(), early.key(), changed.value(), true);
            }
        }
    }

    private void fireEnd(boolean passesOn) {
        Queue<String> keys = firing;
        if (keys == null) {
            firingStart = Objects.requireNonNull(store.firstOpen());
            keys = store.unfired(firingStart);
            firing = keys;
        }
        String key = keys.remove();
        Object stored = store.get(firingStart, key);
        Object value = Objects.requireNonNull(WindowStore.value(stored));
        long last = firesAt(firingStart) - 1;
        context.at(key, last, last);
        store.pass(firingStart, key, stored, mayChange() ? new WindowStore.Fired(value) : null);
        if (passesOn) {
            pass(firingStart, key, value, false);
        }
        if (keys.isEmpty()) {
            firing = null;
            store.fired(firingStart);
            forget(context.watermark());
        }
    }

    @Override
    public void forget(long watermark) {
        Long first = store.first();
        while (firing == null && first != null && closes(first) <= watermark && !first.equals(store.firstOpen())) {
            store.remove(first);
            first = store.first();
        }
    }
}
