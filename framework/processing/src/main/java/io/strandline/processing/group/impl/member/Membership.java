package io.strandline.processing.group.impl.member;

import io.strandline.StrandlineException;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.LeaseWatch;
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One member of a group, from joining to leaving: its sessions, its heartbeats and the leases of the others. All of it runs on one
 * context.
 *
 * <p>Everything follows from the shared state. {@link #refresh} hands it to the {@link MemberWork}. It is called after every change,
 * and by {@link #tick} in case a change was missed. So there is no message between members that could be lost.
 */
final class Membership implements MemberSignals {

    private static final Logger LOG = Logger.of(Membership.class);

    private static final int TICKS_PER_LEASE = 6;
    private static final long REJOIN_PAUSE_MILLIS = 100;

    private final GroupPlace place;
    private final String name;
    private final boolean rejoins;
    private final Session session;
    private final MemberWork work;
    private final Commits commits;
    private final Promise<Void> ended = Promise.promise();

    private @Nullable Runnable unlisten;
    private @Nullable Long ticking;
    private boolean rejoining;
    private long rejoinPauseMillis = REJOIN_PAUSE_MILLIS;
    private long joinedNanos;
    private boolean refreshing;
    private boolean leaving;
    private @Nullable Joining joining;
    /** Completes when no attempt to join is under way. */
    private Future<Void> entering = Future.succeededFuture();

    /** @param rejoins whether it joins again after its session was lost */
    Membership(GroupPlace place, String name, boolean rejoins, Session session, MemberWork work) {
        this.place = place;
        this.name = name;
        this.rejoins = rejoins;
        this.session = session;
        this.work = work;
        this.commits = new Commits(place, session, work, this);
    }

    boolean isLeaving() {
        return leaving;
    }

    boolean isRejoining() {
        return rejoining;
    }

    // ---- it comes

    /** Enters the group and completes when it has a session. */
    Future<Void> join() {
        return joinAnew().onSuccess(entered -> {
            unlisten = place.store().listen(this::changed);
            tickLater();
        });
    }

    private Future<Void> joinAnew() {
        Joining attempt = new Joining(place, name);
        joining = attempt;
        Future<Void> entered = attempt.begin().compose(number -> leaving ? leaveAgain(number) : entered(number));
        entering = entered;
        return entered;
    }

    private Future<Void> entered(long number) {
        session.begin(number);
        joinedNanos = place.runtime().nanoTime();
        commits.begin();
        work.entered();
        return Future.succeededFuture();
    }

    /** It was to leave before it knew that it had come. Nobody beats for that session. */
    private Future<Void> leaveAgain(long number) {
        return place.store()
                .decide(place.decisions().leave(number, List.of()))
                .onFailure(this::warnOfLease)
                .transform(left -> Future.failedFuture(
                        new StrandlineException.Unavailable(name + " left group " + place.group() + " as it came")));
    }

    // ---- it follows the state

    private void tick() {
        ticking = null;
        if (ended.future().isComplete()) {
            return;
        }
        long now = place.runtime().nanoTime();
        work.passed(now);
        if (session.isOpen()) {
            session.judge(now);
            expireSilent(now);
            commits.commitIfDue(now);
            if (!leaving) {
                work.ticked(now);
            }
        }
        refresh();
        tickLater();
    }

    /** The next tick, in place of the one that is due so far. */
    void tickLater() {
        Long due = ticking;
        if (due != null) {
            place.runtime().cancel(due);
        }
        long byLease = place.options().getLeaseMillis() / TICKS_PER_LEASE;
        long pause = Math.max(1, Math.min(byLease, work.mostTickMillis()));
        ticking = place.runtime().timer(pause, this::tick);
    }

    private void expireSilent(long now) {
        for (LeaseWatch.Silent silent : session.silentOthers(now)) {
            LOG.warn("Group {}: the lease of session {} is over", place.group(), silent.session());
            place.store()
                    .decide(place.decisions().expire(silent))
                    .onFailure(failure -> LOG.debug("Session {} was not expired", silent.session(), failure));
        }
    }

    /** Callable from any thread. */
    private void changed() {
        place.runtime().later(() -> {
            if (!refreshing) {
                refreshing = true;
                place.runtime().later(() -> {
                    refreshing = false;
                    refresh();
                });
            }
        });
    }

    @Override
    public void lookAgain() {
        place.runtime().later(this::refresh);
    }

    /** Does what the state asks of this member. */
    void refresh() {
        GroupState state = place.store().state();
        boolean older = state.options() != null && state.lastSession() < session.id();
        if (leaving || !session.isOpen() || older) {
            return;
        }
        if (state.options() == null) {
            sessionOver(new StrandlineException.NotFound("group " + place.group() + " was deleted"));
            return;
        }
        if (state.nameOf(session.id()) == null) {
            sessionOver(new StrandlineException.Fenced(session + " is over: its lease ended"));
            return;
        }
        work.follow(state);
    }

    @Override
    public void commitSoon() {
        commits.commitSoon();
    }

    /** Commits all positions that have moved. */
    Future<Void> commit() {
        return commits.commit();
    }

    // ---- its session ends

    @Override
    public void sessionOver(Throwable cause) {
        if (leaving || rejoining) {
            return;
        }
        LOG.warn("Member {} of group {} has lost {}: {}", name, place.group(), session, cause.getMessage());
        work.sessionLost();
        session.end();
        if (!rejoins || cause instanceof StrandlineException.NotFound) {
            fail(cause);
            return;
        }
        rejoining = true;
        rejoinLater();
    }

    /**
     * Joins at once after a session that has lasted. The more short sessions follow each other, the longer it waits, up
     * to a lease.
     */
    private void rejoinLater() {
        long lastedMillis = (place.runtime().nanoTime() - joinedNanos) / 1_000_000;
        long lease = place.options().getLeaseMillis();
        if (lastedMillis > 2 * lease) {
            rejoinPauseMillis = REJOIN_PAUSE_MILLIS;
            rejoin();
            return;
        }
        place.runtime().timer(rejoinPauseMillis, this::rejoin);
        rejoinPauseMillis = Math.min(lease, 2 * rejoinPauseMillis);
    }

    private void rejoin() {
        if (leaving) {
            return;
        }
        joinAnew().onComplete((entered, failure) -> {
            if (failure == null) {
                rejoining = false;
                refresh();
            } else if (StrandlineException.isTransient(failure) && !leaving) {
                rejoinLater();
            } else {
                rejoining = false;
                fail(failure);
            }
        });
    }

    // ---- it goes

    /** Completes when the member has ended, and fails with the reason if it did so by itself. */
    Future<Void> ended() {
        return ended.future();
    }

    @Override
    public void fail(Throwable cause) {
        if (!leaving) {
            LOG.error("Member {} of group {} stops", name, place.group(), cause);
        }
        end(cause);
    }

    /** Gives everything back and completes when the group knows. */
    Future<Void> end(@Nullable Throwable cause) {
        if (leaving) {
            return ended.future().otherwiseEmpty();
        }
        leaving = true;
        Joining attempt = joining;
        if (attempt != null) {
            attempt.giveUp();
        }
        // Until nothing is in flight the member beats, so that nobody takes what it is at work with. Work that never
        // ends must not keep the partitions of the others.
        Promise<Void> waited = Promise.promise();
        long timer = place.runtime().timer(place.options().getLeaseMillis(), waited::tryComplete);
        work.drain().onComplete(done -> waited.tryComplete());
        return waited.future()
                .compose(done -> {
                    place.runtime().cancel(timer);
                    commits.stop();
                    return entering.transform(over -> leave(work.releaseAll()));
                })
                .transform(left -> {
                    if (left.failed()) {
                        warnOfLease(left.cause());
                    }
                    hasLeft(cause, Objects.requireNonNullElse(left.result(), List.of()));
                    return Future.succeededFuture();
                });
    }

    private void warnOfLease(Throwable cause) {
        LOG.warn("Group {} hears by the lease that member {} has left", place.group(), name, cause);
    }

    /** Gives the positions that the group has by that. */
    private Future<List<Progress>> leave(List<Progress> last) {
        return session.isOpen()
                ? place.store()
                        .decide(place.decisions().leave(session.id(), last))
                        .map(left -> left ? last : List.of())
                : Future.succeededFuture(List.of());
    }

    /** @param known the positions that the group has from this session */
    private void hasLeft(@Nullable Throwable cause, List<Progress> known) {
        Runnable listening = unlisten;
        unlisten = null;
        if (listening != null) {
            listening.run();
        }
        work.memberLeft(known);
        session.end();
        if (cause == null) {
            ended.tryComplete();
        } else {
            ended.tryFail(cause);
        }
    }
}
