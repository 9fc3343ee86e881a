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

    /** What waits until it is rebuilt, or for the permit of the first. Null if nothing does, and it is rebuilt. */
    @Nullable
    ArrayDeque<Call<C, S>> waiting = new ArrayDeque<>();

    private @Nullable Folded<S> folded;

    /** Appends under way. */
    int pending;

    /** What it counts now in the set of all. */
    long weight;

    HotAggregate(String id, Object claim) {
        this.id = id;
        this.claim = claim;
    }

    /** It is rebuilt. */
    void begin(Folded<S> from) {
        folded = from;
        if (waiting != null && waiting.isEmpty()) {
            waiting = null;
        }
    }

    boolean isRebuilt() {
        return folded != null;
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
        Folded<S> known = folded;
        long own = OWN_BYTES + 2L * id.length();
        if (known == null) {
            return own;
        }
        long state = known.stateBytes < 0
                ? Math.min(known.bytesSinceSnapshot, MAX_UNMEASURED_BYTES)
                : known.stateBytes + known.bytesSinceSnapshot;
        return own + state + known.commands.bytes();
    }
}
