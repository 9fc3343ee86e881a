package io.strandline.processing.aggregate.impl;

import io.strandline.processing.aggregate.Requirement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One aggregate in memory, under one claim: being rebuilt, or with the state to which its newest command led. */
final class HotAggregate<C, S> {

    /** About what an aggregate takes in memory beside its state, in bytes. */
    private static final int OWN_BYTES = 400;

    final String id;

    /** The claim under which it was rebuilt. */
    final Object claim;

    /** What waits until it is rebuilt, or for the permit of the first. Null if nothing does, and it is rebuilt. */
    @Nullable
    ArrayDeque<Call<C, S>> waiting = new ArrayDeque<>();

    private @Nullable Folded<S> folded;

    /** Why it cannot be rebuilt. */
    private @Nullable Throwable defect;

    private @Nullable List<Runnable> whenRead;

    /** Name of an event type → version after its newest event, for those after {@link #typesSince}. Null until a command asks. */
    private @Nullable Map<String, Long> newestOfType;

    private long typesSince;

    /** Commands of other aggregates that rest on it and are not decided yet. */
    int neededBy;

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
        tellRead();
    }

    /** It cannot be rebuilt. */
    void fail(Throwable cause) {
        defect = cause;
        tellRead();
    }

    @Nullable
    Throwable defect() {
        return defect;
    }

    boolean isRebuilt() {
        return folded != null;
    }

    /** True if it is rebuilt, or cannot be. */
    boolean isRead() {
        return folded != null || defect != null;
    }

    /** Hears when it is rebuilt, or cannot be. To be called before that. */
    void whenRead(Runnable hears) {
        if (whenRead == null) {
            whenRead = new ArrayList<>(1);
        }
        whenRead.add(hears);
    }

    private void tellRead() {
        List<Runnable> hear = whenRead;
        whenRead = null;
        if (hear != null) {
            hear.forEach(Runnable::run);
        }
    }

    /** True unless it certainly has had no event, or none of the type, since the version that a command rests on. */
    boolean mayHaveChanged(Requirement requirement) {
        long version = now().version;
        String type = requirement.eventType();
        if (type == null) {
            return version != requirement.version();
        }
        if (newestOfType == null) {
            newestOfType = new HashMap<>();
            typesSince = version;
        }
        boolean isKnown = requirement.version() >= typesSince && requirement.version() <= version;
        return version != requirement.version()
                && !(isKnown && newestOfType.getOrDefault(type, 0L) <= requirement.version());
    }

    /** Whether the types of its events matter. */
    boolean tellsTypes() {
        return newestOfType != null;
    }

    /** It has had an event of a type, after which it has this version. */
    void hasHad(String type, long version) {
        if (newestOfType != null) {
            newestOfType.put(type, version);
        }
    }

    Folded<S> now() {
        Folded<S> known = folded;
        if (known == null) {
            throw new IllegalStateException("aggregate " + id + " is not rebuilt yet");
        }
        return known;
    }

    boolean isBusy() {
        return pending > 0 || waiting != null || neededBy > 0;
    }

    long weigh() {
        Folded<S> known = folded;
        long own = OWN_BYTES + 2L * id.length();
        if (known == null) {
            return own;
        }
        return own + known.weigh() + known.commands.bytes();
    }
}
