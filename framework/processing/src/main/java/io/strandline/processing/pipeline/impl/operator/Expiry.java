package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.Times;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * Forgets the states of keys that nothing has touched for their time to live. Their timers stay. Keys that were touched at the same
 * time are forgotten in slices, each of which is a step. The life of those that came before there was a watermark, as the values of a
 * table that is loaded first, begins with the first one, in slices too.
 */
final class Expiry implements TimedOperator {

    /** Keys that are forgotten in one step. */
    static final int AT_ONCE = 100;

    private final KeyedStore store;
    private final long timeToLiveMillis;
    private final TaskRecordContext context;
    private final BiConsumer<String, Object> forgotten;

    /** @param forgotten receives each key with its last state, in the moment at which it is forgotten */
    Expiry(KeyedStore store, long timeToLiveMillis, TaskRecordContext context, BiConsumer<String, Object> forgotten) {
        this.store = store;
        this.timeToLiveMillis = timeToLiveMillis;
        this.context = context;
        this.forgotten = forgotten;
    }

    @Override
    public long nextTime() {
        return Times.plus(store.touches().nextTime(), timeToLiveMillis);
    }

    @Override
    public void fire(boolean passesOn) {
        long touched = store.touches().nextTime();
        for (int i = 0; i < AT_ONCE && store.touches().nextTime() == touched; i++) {
            String key = Objects.requireNonNull(store.touches().first()).key();
            if (touched == KeyedStore.BEFORE_TIME) {
                beginToLive(key);
            } else {
                context.at(key, touched + timeToLiveMillis, touched + timeToLiveMillis);
                forget(key, passesOn);
            }
        }
    }

    /** The first watermark is there, and none was when the key was touched. */
    private void beginToLive(String key) {
        Object stored = store.get(key);
        store.put(key, KeyedStore.state(stored), KeyedStore.timersOf(stored), context.watermark());
    }

    /** Forgets the state of the key at hand if it is due. */
    void expire(String key) {
        long watermark = context.watermark();
        if (nextTime() <= watermark && store.isTouchedUntil(key, watermark - timeToLiveMillis)) {
            long time = context.time();
            context.resume(key, watermark);
            forget(key, true);
            context.resume(key, time);
        }
    }

    private void forget(String key, boolean tells) {
        Object stored = store.get(key);
        Object state = KeyedStore.state(stored);
        store.put(key, null, KeyedStore.timersOf(stored), KeyedStore.UNTOUCHED);
        if (tells) {
            forgotten.accept(key, Objects.requireNonNull(state, "only keys with a state expire"));
        }
    }
}
