package io.strandline.processing.aggregate.impl;

import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** The aggregates that one owner's context has in memory, within a bound of number and bytes: what was not used for longest goes first. */
final class HotSet<C, S> {

    /** Busy aggregates that one look for room passes over. */
    private static final int MAX_PASSED_OVER = 64;

    private final LinkedHashMap<String, HotAggregate<C, S>> byId = new LinkedHashMap<>(16, 0.75f, true);
    private final long mostCount;
    private final long mostBytes;
    private final Counters counters;
    private long bytes;

    HotSet(long mostCount, long mostBytes, Counters counters) {
        this.mostCount = mostCount;
        this.mostBytes = mostBytes;
        this.counters = counters;
    }

    @Nullable
    HotAggregate<C, S> get(String id) {
        return byId.get(id);
    }

    /** As {@link #get}. What was made under another claim than the one that asks is taken out, and is not there. */
    @Nullable
    HotAggregate<C, S> get(String id, Object claim) {
        HotAggregate<C, S> found = byId.get(id);
        if (found != null && found.claim != claim) {
            remove(found);
            return null;
        }
        return found;
    }

    /** Adds an aggregate whose id is not there. */
    void add(HotAggregate<C, S> hot) {
        byId.put(hot.id, hot);
        hot.weight = hot.weigh();
        bytes += hot.weight;
        counters.hot.increment();
        counters.hotBytes.add(hot.weight);
    }

    /** Takes an aggregate out, if it is there. */
    void remove(HotAggregate<C, S> hot) {
        if (byId.remove(hot.id, hot)) {
            forgot(hot);
        }
    }

    private void forgot(HotAggregate<C, S> hot) {
        bytes -= hot.weight;
        counters.hot.decrement();
        counters.hotBytes.add(-hot.weight);
    }

    /** Forgets everything that was made under a claim. */
    void discard(Object claim) {
        byId.values().removeIf(hot -> {
            if (hot.claim != claim) {
                return false;
            }
            forgot(hot);
            return true;
        });
    }

    /** An aggregate has changed: weighs it again if it is still there, and makes room if there is too much. */
    void changed(HotAggregate<C, S> hot) {
        if (byId.get(hot.id) != hot) {
            return;
        }
        long weight = hot.weigh();
        bytes += weight - hot.weight;
        counters.hotBytes.add(weight - hot.weight);
        hot.weight = weight;
        if (isFull()) {
            makeRoom();
        }
    }

    private boolean isFull() {
        return byId.size() > mostCount || bytes > mostBytes;
    }

    private void makeRoom() {
        int passedOver = 0;
        Iterator<HotAggregate<C, S>> eldest = byId.values().iterator();
        while (isFull() && passedOver < MAX_PASSED_OVER && eldest.hasNext()) {
            HotAggregate<C, S> hot = eldest.next();
            if (hot.isBusy()) {
                passedOver++;
            } else {
                eldest.remove();
                forgot(hot);
            }
        }
    }
}
