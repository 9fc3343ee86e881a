package io.strandline.processing.group.impl.member;

import io.strandline.StrandlineException;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commits the positions of one member. Each commit is a heartbeat too: it says that the member lives. */
final class Commits {

    private static final Logger LOG = Logger.of(Commits.class);

    /** How far the member has come. */
    interface Positions {

        /** The positions that have moved since the last commit. */
        List<Progress> uncommitted();

        /** The group knows these positions now. */
        void committed(List<Progress> own);
    }

    private final GroupPlace place;
    private final Session session;
    private final Positions positions;
    private final MemberSignals reader;
    private long committedNanos;
    private boolean committing;
    private boolean asked;
    private boolean stopped;

    Commits(GroupPlace place, Session session, Positions positions, MemberSignals reader) {
        this.place = place;
        this.session = session;
        this.positions = positions;
        this.reader = reader;
    }

    /** A session has begun. */
    void begin() {
        committedNanos = place.runtime().nanoTime();
    }

    /** Leaves what is not committed to the end of the session. */
    void stop() {
        stopped = true;
    }

    void commitIfDue(long nowNanos) {
        boolean due = nowNanos - committedNanos >= place.options().getCommitIntervalMillis() * 1_000_000;
        if ((due && !positions.uncommitted().isEmpty()) || session.mustBeat(nowNanos)) {
            commitSoon();
        }
    }

    /** Commits now, or when the call that is under way is answered. */
    void commitSoon() {
        if (committing || !session.isOpen() || stopped) {
            asked = true;
        } else {
            commit();
        }
    }

    /** Commits all positions that have moved. */
    Future<Void> commit() {
        committing = true;
        asked = false;
        long sentNanos = place.runtime().nanoTime();
        long sender = session.id();
        Promise<Void> done = Promise.promise();
        place.store()
                .decide(place.decisions().commit(sender, positions.uncommitted()))
                .onComplete((own, failure) -> place.runtime().run(() -> {
                    committing = false;
                    if (session.id() == sender) {
                        answered(own, sentNanos, failure);
                    }
                    if (asked) {
                        commitSoon();
                    }
                    if (failure == null) {
                        done.complete();
                    } else {
                        done.fail(failure);
                    }
                }));
        return done.future();
    }

    private void answered(@Nullable List<Progress> own, long sentNanos, @Nullable Throwable failure) {
        if (own != null) {
            committedNanos = sentNanos;
            session.heard(sentNanos);
            positions.committed(own);
            return;
        }
        LOG.debug("Group {}: {} could not commit", place.group(), session, failure);
        if (failure instanceof StrandlineException.Fenced || failure instanceof StrandlineException.NotFound) {
            reader.sessionOver(failure);
        }
    }
}
