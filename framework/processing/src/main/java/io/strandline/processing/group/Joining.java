package io.strandline.processing.group;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupState.Member;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to enter a group under a name. If somebody has the name, it watches for a lease: one who beats is alive, and the
 * newcomer is refused; one who does not is replaced.
 */
final class Joining {

    private static final int LOOKS_PER_LEASE = 6;

    private final GroupStore store;
    private final GroupRuntime runtime;
    private final GroupDecisions decisions;
    private final GroupOptions options;
    private final String name;
    private final Promise<Long> joined = Promise.promise();

    private Joining(
            GroupStore store, GroupRuntime runtime, GroupDecisions decisions, GroupOptions options, String name) {
        this.store = store;
        this.runtime = runtime;
        this.decisions = decisions;
        this.options = options;
        this.name = name;
    }

    /** Completes with the new session. */
    static Future<Long> join(
            GroupStore store, GroupRuntime runtime, GroupDecisions decisions, GroupOptions options, String name) {
        Joining joining = new Joining(store, runtime, decisions, options, name);
        joining.enter(0, 0);
        return joining.joined.future();
    }

    private void enter(long dead, long beats) {
        store.decide(decisions.join(name, dead, beats, options.getMaxUncommittedEvents()))
                .onComplete((session, failure) -> runtime.run(() -> {
                    if (failure == null) {
                        joined.tryComplete(session);
                    } else if (failure instanceof StrandlineException.Conflict && dead == 0) {
                        look(null, 0, failure);
                    } else {
                        joined.tryFail(failure);
                    }
                }));
    }

    private void look(@Nullable Member seen, long sinceNanos, Throwable conflict) {
        store.fetch()
                .onComplete((state, failure) -> runtime.run(() -> {
                    if (state == null) {
                        joined.tryFail(failure);
                        return;
                    }
                    Member member = state.members().get(name);
                    long now = runtime.nanoTime();
                    if (member == null) {
                        enter(0, -1);
                    } else if (seen == null) {
                        lookLater(member, now, conflict);
                    } else if (!member.equals(seen)) {
                        joined.tryFail(conflict);
                    } else if (now - sinceNanos > options.getLeaseMillis() * 1_000_000) {
                        enter(member.session(), member.beats());
                    } else {
                        lookLater(member, sinceNanos, conflict);
                    }
                }));
    }

    private void lookLater(Member seen, long sinceNanos, Throwable conflict) {
        runtime.timer(options.getLeaseMillis() / LOOKS_PER_LEASE, () -> look(seen, sinceNanos, conflict));
    }
}
