package io.strandline.sync.impl.relay;

import io.strandline.sync.spi.AppendId;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The right to add revisions to a batch. There is one at a time. Its member claims it before using it. Until then the
 * relay may take it back, so that a member on a blocked thread does not hold up the others.
 */
final class Turn {

    private final RelayMember member;
    private final long batch;
    private final Chain chain;
    private final AppendId before;
    private final int maxRevisions;
    private final int maxBytes;
    private final AtomicBoolean gone = new AtomicBoolean();

    /**
     * Makes a turn.
     *
     * @param chain ends with the last revision of the batch so far
     * @param before the last id before the ids of this turn
     */
    Turn(RelayMember member, long batch, Chain chain, AppendId before, int maxRevisions, int maxBytes) {
        this.member = member;
        this.batch = batch;
        this.chain = chain;
        this.before = before;
        this.maxRevisions = maxRevisions;
        this.maxBytes = maxBytes;
    }

    RelayMember member() {
        return member;
    }

    long batch() {
        return batch;
    }

    Chain chain() {
        return chain;
    }

    /** The id of this turn's next revision. */
    AppendId id(int made) {
        return new AppendId(before.writer(), before.count() + 1 + made);
    }

    int maxRevisions() {
        return maxRevisions;
    }

    int maxBytes() {
        return maxBytes;
    }

    /** Called by the member and by the relay. The first caller gets it. */
    boolean claim() {
        return gone.compareAndSet(false, true);
    }
}
