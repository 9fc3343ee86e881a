package io.strandline.processing.group.impl.feed;

import io.strandline.processing.group.impl.feed.Suspension.Reason;
import io.strandline.processing.group.impl.state.LeaseWatch;
import io.strandline.processing.group.impl.state.LeaseWatch.Silent;
import java.util.List;

/**
 * The session of one reader, and who was heard when: the reader by its group, and the others by the reader.
 *
 * <p>A reader that was not heard for the length of the lease may be dead to the others. It holds back until it is heard
 * again.
 */
public final class Session {

    private static final int BEATS_PER_LEASE = 3;

    /** A reader that was not heard itself for this share of the lease does not judge others. */
    private static final long PROOF_SHARE = 2;

    private static final long PROOF_DIVISOR = 3;

    private final GroupPlace place;
    private final Suspension suspension;
    private final LeaseWatch others;
    private long id;
    /** When the last update that was answered was sent. */
    private long heardNanos;

    public Session(GroupPlace place, Suspension suspension) {
        this.place = place;
        this.suspension = suspension;
        this.others = new LeaseWatch(place.options().getLeaseMillis());
    }

    /** Its number, or 0 while there is none. */
    public long id() {
        return id;
    }

    public boolean isOpen() {
        return id != 0;
    }

    public void begin(long entered) {
        id = entered;
        heardNanos = place.runtime().nanoTime();
        suspension.because(Reason.LATE, false);
    }

    public void end() {
        id = 0;
    }

    // ---- the reader itself

    /** The group has taken something that was sent at a time: long ago, perhaps, and then it proves nothing about now. */
    public void heard(long sentNanos) {
        heardNanos = Math.max(heardNanos, sentNanos);
        if (isLate() && place.runtime().nanoTime() - heardNanos <= leaseNanos()) {
            others.restart();
            suspension.because(Reason.LATE, false);
        }
    }

    /** Holds the reader back if it was silent for too long. */
    public void judge(long nowNanos) {
        if (nowNanos - heardNanos > leaseNanos()) {
            suspension.because(Reason.LATE, true);
        }
    }

    public boolean isLate() {
        return suspension.isFor(Reason.LATE);
    }

    public boolean mustBeat(long nowNanos) {
        return nowNanos - heardNanos >= leaseNanos() / BEATS_PER_LEASE;
    }

    // ---- the others

    /** The readers whose leases are over. While the store is slow for everybody, silence proves nothing. */
    public List<Silent> silentOthers(long nowNanos) {
        return nowNanos - heardNanos < leaseNanos() / PROOF_DIVISOR * PROOF_SHARE
                ? others.look(place.store().state(), id, nowNanos)
                : List.of();
    }

    /** The group now uses another lease. */
    public void leaseChanged() {
        others.lease(place.options().getLeaseMillis());
    }

    private long leaseNanos() {
        return place.options().getLeaseMillis() * 1_000_000;
    }

    @Override
    public String toString() {
        return "session " + id;
    }
}
