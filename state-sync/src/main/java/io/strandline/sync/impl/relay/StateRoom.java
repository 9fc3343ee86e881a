package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.Revision;

/**
 * Keeps a state small enough that the store can take it whole. Otherwise a full store could never be compacted again. An
 * update that would make the state larger is refused before it is appended. An update that makes it smaller is not
 * refused. If only that update brings the state below the limit, the whole state is appended in its place, because a full
 * store takes nothing else.
 *
 * <p>The size is measured when it may have reached the limit. An update of any writer counts as {@value #GROWTH} times
 * its own bytes. Faster growth is noticed at the next measurement.
 *
 * <p>Belongs to its synchronizer's context.
 */
final class StateRoom<S, U> {

    /** How much a state is believed to grow by an update, in bytes of the state for each byte of the update. */
    private static final long GROWTH = 16;

    private final StreamName name;
    private final StateFold<S, U> fold;
    private final long maxBytes;

    /** What the state had at most when an update was taken last, if nothing has grown faster than is believed. */
    private long most;

    /** Bytes of others' revisions that were folded by then. */
    private long foreignBytes;

    StateRoom(StreamName name, StateFold<S, U> fold) {
        this.name = name;
        this.fold = fold;
        this.maxBytes = fold.maxBytes();
        this.most = maxBytes;
    }

    /**
     * The append to make so that the store stays able to take the state.
     *
     * @param most upper bound of the bytes of the state after it
     */
    record Fit(Decision.Append append, long most) {}

    /**
     * Finds room for an update.
     *
     * @param othersBytes bytes of others' revisions that were folded so far
     * @throws StrandlineException.Overloaded if the state has none for it
     */
    Fit fit(Folded<S, U> before, Folded<S, U> after, Decision.Append append, long othersBytes) {
        long believed = most + GROWTH * (othersBytes - foreignBytes);
        if (append.form() == Revision.Form.WHOLE) {
            return new Fit(append, append.size());
        }
        if (believed + GROWTH * append.size() <= maxBytes) {
            return new Fit(append, believed + GROWTH * append.size());
        }
        long size = fold.sizeOf(after.state());
        if (size <= maxBytes) {
            boolean tooLarge = believed >= maxBytes && fold.sizeOf(before.state()) > maxBytes;
            return new Fit(
                    tooLarge ? new Decision.Append(Revision.Form.WHOLE, fold.encodeState(after.state())) : append,
                    size);
        }
        long sizeBefore = fold.sizeOf(before.state());
        if (size < sizeBefore) {
            return new Fit(append, size);
        }
        throw new StrandlineException.Overloaded("the state of " + name + " would have " + size
                + " bytes, the limit is " + maxBytes + " and it has " + sizeBefore
                + "; only what makes it smaller is taken");
    }

    /** The update goes to the store, as it fits. */
    void take(Fit fit, long othersBytes) {
        most = fit.most();
        foreignBytes = othersBytes;
    }

    /** What was taken last was refused by the store, so nothing is believed. */
    void forget() {
        most = maxBytes;
    }
}
