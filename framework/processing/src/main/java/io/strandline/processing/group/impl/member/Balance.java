package io.strandline.processing.group.impl.member;

import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.PartitionFeed;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.state.Assignment;
import io.strandline.processing.group.impl.state.GroupState;
import java.util.Comparator;
import java.util.List;

/** Brings the number of a reader's partitions to its share: gives back what is too much, takes what is free. */
final class Balance<E> {

    private final GroupPlace place;
    private final Session session;
    private final HeldPartitions<E> partitions;
    private final Runnable taken;
    private boolean taking;

    /** @param taken run when the group has given something to the reader */
    Balance(GroupPlace place, Session session, HeldPartitions<E> partitions, Runnable taken) {
        this.place = place;
        this.session = session;
        this.partitions = partitions;
        this.taken = taken;
    }

    void toShare(GroupState state) {
        GroupState.Member self = state.memberOf(session.id());
        if (self != null && self.idle() && !session.isLate()) {
            take();
            return;
        }
        int share = Assignment.share(state, session.id());
        List<PartitionFeed<E>> active = partitions.active();
        if (active.size() > share) {
            active.sort(Comparator.comparing((PartitionFeed<E> feed) -> feed.isBusy())
                    .thenComparing(feed -> -feed.partition()));
            active.subList(0, active.size() - share).forEach(partitions::giveBack);
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
