package io.strandline.sync.impl.relay;

import io.strandline.spi.Backoff;
import io.strandline.sync.spi.Position;
import io.vertx.core.internal.ContextInternal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The members that lack revisions which the chain has no longer, and when the store is read for them. After a read that failed it
 * is left alone for a while, longer with each failure: members ask again as soon as they hear of one, and the appends of the others
 * would wait for all these reads. Belongs to the relay's context.
 */
final class LaggingMembers {

    /** Time after the first failed read. */
    static final int FIRST_REST_MILLIS = 10;

    /** Longest time after a failed read. */
    static final int MAX_REST_MILLIS = 1_000;

    private final ContextInternal context;
    private final Consumer<Runnable> run;
    private final Map<RelayMember, Position> known = new LinkedHashMap<>();
    private final Backoff rests = Backoff.exact(FIRST_REST_MILLIS, MAX_REST_MILLIS);
    private boolean resting;

    /** @param run runs something on the relay and then what it made possible */
    LaggingMembers(ContextInternal context, Consumer<Runnable> run) {
        this.context = context;
        this.run = run;
    }

    /** Adds a member that lacks the revisions after a position. */
    void add(RelayMember member, Position after) {
        known.merge(member, after, (a, b) -> a.revision() <= b.revision() ? a : b);
    }

    void forget(RelayMember member) {
        known.remove(member);
    }

    /** Whether a member lacks something and the store may be asked for it. */
    boolean areDue() {
        return !known.isEmpty() && !resting;
    }

    /** The position after which the first of them lacks revisions. */
    Position first() {
        return known.values().iterator().next();
    }

    /** All of them, which are forgotten: who still lacks something after the read says so again. */
    Set<RelayMember> take() {
        Set<RelayMember> all = Set.copyOf(known.keySet());
        known.clear();
        return all;
    }

    /** A read for them has brought what they lack. */
    void served() {
        rests.reset();
    }

    /** A read for them has failed. */
    void failed() {
        resting = true;
        context.setTimer(rests.next(), fired -> run.accept(() -> resting = false));
    }
}
