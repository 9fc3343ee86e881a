package io.strandline.processing.aggregate.impl;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One aggregate in memory, under one claim: being rebuilt, or with the state to which its newest command led. */
final class HotAggregate<C, S> {

    /** About what an aggregate takes in memory beside its state, in bytes. */
    private static final int OWN_BYTES = 400;

    /** What a state counts at most if no snapshot tells its size, in bytes. */
    private static final int MAX_UNMEASURED_BYTES = 64 << 10;

    final String id;

    /** The claim under which it was rebuilt. */
    final Object claim;

    /** What waits until it is rebuilt. Null when it is. */
    @Nullable
    ArrayDeque<Call<C, S>> waiting = new ArrayDeque<>();

    private @Nullable Folded<S> folded;

    /** Appends under way. */
    int pending;

    /** Events and their stored bytes that are durable, and not in a snapshot. */
    long eventsSinceSnapshot;

    long bytesSinceSnapshot;

    /** Bytes of the newest snapshot's state; -1 if there is none. */
    long stateBytes = -1;

    /** What it counts now in the set of all. */
    long weight;

    HotAggregate(String id, Object claim) {
        this.id = id;
        this.claim = claim;
    }

    /** It is rebuilt. */
    void begin(Folded<S> from) {
        folded = from;
        eventsSinceSnapshot = from.eventsSinceSnapshot;
        bytesSinceSnapshot = from.bytesSinceSnapshot;
        stateBytes = from.stateBytes;
        waiting = null;
    }

    Folded<S> now() {
        Folded<S> known = folded;
        if (known == null) {
            throw new IllegalStateException("aggregate " + id + " is not rebuilt yet");
        }
        return known;
    }

    boolean isBusy() {
        return pending > 0 || waiting != null;
    }

    long weigh() {
        long state =
                stateBytes < 0 ? Math.min(bytesSinceSnapshot, MAX_UNMEASURED_BYTES) : stateBytes + bytesSinceSnapshot;
        return OWN_BYTES + 2L * id.length() + state + (folded == null ? 0 : folded.commands.bytes());
    }
}
