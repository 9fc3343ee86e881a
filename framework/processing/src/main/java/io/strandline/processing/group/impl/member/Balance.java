package io.strandline.processing.group.impl.member;

import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.state.Assignment;
import io.strandline.processing.group.impl.state.GroupState;

/** Brings the number of a member's partitions to its share: gives back what is too much, takes what is free. */
final class Balance {

    /** What the member has. */
    interface Holdings {

        /** The number of partitions that are not on their way back to the group. */
        int active();

        /** Begins to give so many of them back. */
        void giveBack(int partitions);
    }

    private final GroupPlace place;
    private final Session session;
    private final Holdings holdings;
    private final Runnable taken;
    private boolean taking;

    /** @param taken run when the group has given something to the member */
    Balance(GroupPlace place, Session session, Holdings holdings, Runnable taken) {
        this.place = place;
        this.session = session;
        this.holdings = holdings;
        this.taken = taken;
    }

    void toShare(GroupState state) {
        GroupState.Member self = state.memberOf(session.id());
        if (self != null && self.idle() && !session.isLate()) {
            take();
            return;
        }
        int share = Assignment.share(state, session.id());
        int active = holdings.active();
        if (active > share) {
            holdings.giveBack(active - share);
        } else if (!session.isLate()
                && !Assignment.takeable(state, session.id()).isEmpty()) {
            take();
        }
    }

    private void take() {
        if (taking) {
            return;
        }
        taking = true;
        place.store().decide(place.decisions().take(session.id())).onComplete((done, failure) -> place.runtime()
                .run(() -> {
                    taking = false;
                    if (failure == null) {
                        taken.run();
                    }
                }));
    }
}
