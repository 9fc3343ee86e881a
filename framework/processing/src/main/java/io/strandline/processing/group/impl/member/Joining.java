package io.strandline.processing.group.impl.member;

import io.strandline.StrandlineException;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.GroupState.Member;
import io.strandline.processing.group.impl.state.LeaseWatch.Silent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to enter a group under a name. If a reader already has the name, the newcomer watches it for a lease. If
 * that reader beats, it is alive, and the newcomer is refused. Otherwise it is replaced.
 */
final class Joining {

    private static final int LOOKS_PER_LEASE = 6;

    private final GroupPlace place;
    private final String name;
    private final Promise<Long> joined = Promise.promise();
    private @Nullable Long waiting;
    private boolean unwanted;

    Joining(GroupPlace place, String name) {
        this.place = place;
        this.name = name;
    }

    /** Completes with the new session. */
    Future<Long> begin() {
        enter(null);
        return joined.future();
    }

    /**
     * Waits for nobody any more. A request that is under way is waited for: the attempt still completes with the session that
     * it brings, and fails with Unavailable otherwise.
     */
    void giveUp() {
        unwanted = true;
        Long timer = waiting;
        if (timer != null) {
            place.runtime().cancel(timer);
            failUnwanted();
        }
    }

    private void failUnwanted() {
        joined.tryFail(new StrandlineException.Unavailable(
                name + " does not join group " + place.group() + " any more: it was closed"));
    }

    private void enter(@Nullable Silent dead) {
        if (unwanted) {
            failUnwanted();
            return;
        }
        place.store()
                .decide(place.decisions()
                        .join(name, dead, place.opening(), place.runtime().salt()))
                .onComplete((session, failure) -> place.runtime().run(() -> {
                    if (failure == null) {
                        joined.tryComplete(session);
                    } else if (failure instanceof StrandlineException.Conflict && dead == null) {
                        look(null, failure);
                    } else {
                        joined.tryFail(failure);
                    }
                }));
    }

    /** Somebody who has the name, as he was seen at a time. */
    private record Seen(Member member, long sinceNanos) {}

    private void look(@Nullable Seen seen, Throwable conflict) {
        place.store().fetch().onComplete((state, failure) -> place.runtime().run(() -> {
            if (state == null) {
                joined.tryFail(failure);
                return;
            }
            if (unwanted) {
                failUnwanted();
                return;
            }
            Member member = state.members().get(name);
            long now = place.runtime().nanoTime();
            long leaseMillis = state.settings().getLeaseMillis();
            if (member == null) {
                enter(null);
            } else if (seen == null) {
                lookLater(new Seen(member, now), leaseMillis, conflict);
            } else if (!member.equals(seen.member())) {
                joined.tryFail(conflict);
            } else if (now - seen.sinceNanos() > leaseMillis * 1_000_000) {
                enter(new Silent(member.session(), member.beats(), leaseMillis));
            } else {
                lookLater(seen, leaseMillis, conflict);
            }
        }));
    }

    private void lookLater(Seen seen, long leaseMillis, Throwable conflict) {
        waiting = place.runtime().timer(leaseMillis / LOOKS_PER_LEASE, () -> {
            waiting = null;
            look(seen, conflict);
        });
    }
}
