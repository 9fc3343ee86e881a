package io.strandline.sync.spi;

import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.List;

/**
 * Keeps the revisions of many names, and decides which append comes next.
 *
 * <p>Every method may be called from any thread and blocks none. Futures complete on a thread of the store; the caller
 * moves on to its own context, and must not block or compute for long before it has. An append is a list of consecutive
 * revisions of one writer, whose counts are consecutive too. Rules that every store holds to:
 *
 * <ul>
 *   <li><b>S1</b> An append is taken whole or not at all, and only if {@code expected} is the newest position. Of several
 *       appends at one position one is taken. Its revisions become visible together.
 *   <li><b>S2</b> A refusal changes nothing and carries what the writer missed, in order, without a gap.
 *   <li><b>S3</b> The repeat of an append, with the same list, changes nothing and is answered as the first was. It is
 *       recognised by the id of its last revision.
 *   <li><b>S4</b> Where the store can no longer tell a repeat from a new append it answers {@link AppendAnswer.Undecided};
 *       it never takes one twice.
 *   <li><b>S5</b> Who reads gets exactly what follows the position that it knows, and nothing if it knows the newest.
 *   <li><b>S6</b> Who is further behind than the store keeps, or names a position that the store never had, starts over
 *       from the newest whole state and all revisions behind it.
 *   <li><b>S7</b> A value above {@link #maxValueBytes()} fails with {@link io.strandline.StrandlineException.Invalid}, and
 *       nothing is changed.
 *   <li><b>S8</b> Revisions kept are bounded. One is dropped only when a whole state covers it; if none is covered,
 *       appends are answered {@link AppendAnswer.Full} until somebody compacts. An append of more revisions than a store keeps is always Full.
 *   <li><b>S9</b> Compacting changes neither the newest position nor the state.
 *   <li><b>S10</b> Names do not touch each other. A name that nobody wrote stands at {@link Position#NONE}.
 *   <li><b>S11</b> Who watches a name is told soon after its newest position has changed, and by then can read the change.
 *       Changes may be told together, one may be told several times, and where the store says so it may not be told at all.
 *   <li><b>S13</b> Who looks finds every change that stood {@link #LOOK_MILLIS} before, told or not. (S12 is what each store
 *       says of a loss.)
 * </ul>
 *
 * <p>How far a completed append is durable is each store's own promise.
 */
public interface RevisionStore {

    /** By how much the answer to a look may be older than the question, in milliseconds. */
    long LOOK_MILLIS = 1_000;

    /** Largest revision or snapshot, as encoded, in bytes. */
    int maxValueBytes();

    /**
     * Appends revisions behind the expected position, all or none.
     *
     * <p>Fails with Invalid if the list is empty, does not follow {@code expected}, is not of one writer, or holds a revision
     * that is too large; with Unavailable or Overloaded if nothing was done; with Unknown if it may have been: calling
     * again with the same arguments is safe.
     */
    Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next);

    /**
     * Reads what follows a position, at least every append that completed before this call, as far as the store promises
     * that. Fails with Unavailable; reading again is safe.
     */
    Future<Missed> readSince(StreamName name, Position known);

    /**
     * Reads what follows a position from the nearest copy, which may lack the newest revisions: for those who watch. A copy
     * that is behind {@code known} answers with nothing. Fails as {@link #readSince} does.
     */
    default Future<Missed> readNews(StreamName name, Position known) {
        return readSince(name, known);
    }

    /**
     * Reads what follows a position, as whoever decides knows it: for those who ask again and again whether they are up to
     * date. A store to which the way is long sends many looks as one request, and may answer with what was so up to {@link
     * #LOOK_MILLIS} before the call. Fails as {@link #readSince} does.
     */
    default Future<Missed> look(StreamName name, Position known) {
        return readSince(name, known);
    }

    /**
     * Hands the store the whole state at a position, so that it may drop what leads there when it needs room. Completes
     * with false, and without effect, if the store has a newer whole state or does not know the position.
     *
     * <p>Fails with Invalid if the snapshot is too large or no whole state; otherwise with Unavailable or Unknown, and
     * calling again is safe.
     */
    Future<Boolean> compact(StreamName name, Revision snapshot);

    /**
     * Calls {@code news} after changes of the newest position of a name (S11), from the completion of the future until the
     * watch is closed.
     *
     * <p>Fails with Unavailable, or with Overloaded if the store has as many watches as it may.
     *
     * @param news runs on a thread of the store, several threads at a time if they please; neither blocks nor throws
     */
    Future<Watch> watch(StreamName name, Runnable news);
}
