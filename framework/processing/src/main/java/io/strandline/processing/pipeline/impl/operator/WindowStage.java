package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.Windows;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Folds the events of windows that begin at fixed times. */
final class WindowStage implements Stage, Stage.Timed {

    private final Operator.Window operator;
    private final Windows windows;
    private final WindowStore store;
    private final Moment moment;
    private final LateEvents late;
    private final Stage next;

    /** The window that is being passed on, and its keys that are not yet. */
    private long firingStart;

    private @Nullable Queue<String> firing;

    WindowStage(Operator.Window operator, WindowStore store, Moment moment, LateEvents late, Stage next) {
        this.operator = operator;
        this.windows = operator.windows();
        this.store = store;
        this.moment = moment;
        this.late = late;
        this.next = next;
    }

    @Override
    public void accept(Object event) {
        String key = moment.requireKey(operator.id());
        long time = moment.time();
        long over = moment.over(key);
        boolean taken = false;
        long newest = windows.lastStart(time);
        for (long start = newest; start > time - windows.sizeMillis(); start -= windows.advanceMillis()) {
            if (closes(start) <= over) {
                break; // and so are the earlier ones
            }
            add(start, key, event, end(start) <= over);
            taken = true;
        }
        if (!taken) {
            late.add(operator, key, event, end(newest));
        }
    }

    private void add(long start, String key, Object event, boolean isOver) {
        KeyedState<Object> window = store.window(start);
        Object stored = window.get(key);
        Object value = stored instanceof WindowStore.Fired fired ? fired.value() : stored;
        if (value == null) {
            moment.requireOwn(key);
            value = operator.initial().apply(key);
        }
        Object after = Objects.requireNonNull(operator.add().apply(value, event), operator.id() + " gave no value");
        if (isOver) {
            window.put(key, new WindowStore.Fired(after));
            long before = moment.time();
            pass(start, key, after);
            moment.resume(key, before);
            return;
        }
        window.put(key, after);
        if (stored == null || stored instanceof WindowStore.Fired) {
            store.open(start); // a value that was passed on is one to pass on again
        }
    }

    private long end(long start) {
        return start + windows.sizeMillis();
    }

    /** When no event changes the window any more. */
    private long closes(long start) {
        return Times.plus(end(start), operator.latenessMillis());
    }

    private void pass(long start, String key, Object value) {
        moment.resume(key, end(start) - 1);
        next.accept(new Windowed<>(key, start, end(start), value, operator.latenessMillis() == 0));
    }

    @Override
    public long nextTime() {
        if (firing != null) {
            return end(firingStart);
        }
        Long start = store.firstOpen();
        return start == null ? Long.MAX_VALUE : end(start);
    }

    @Override
    public void fire() {
        Queue<String> keys = firing;
        if (keys == null) {
            firingStart = Objects.requireNonNull(store.firstOpen());
            keys = store.unfired(firingStart);
            firing = keys;
        }
        String key = keys.remove();
        KeyedState<Object> window = store.window(firingStart);
        Object value = Objects.requireNonNull(window.get(key));
        moment.at(key, end(firingStart) - 1, end(firingStart) - 1);
        window.put(key, operator.latenessMillis() == 0 ? null : new WindowStore.Fired(value));
        pass(firingStart, key, value);
        if (keys.isEmpty()) {
            firing = null;
            store.fired(firingStart);
            forget(moment.watermark());
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
