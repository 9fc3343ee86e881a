package io.strandline.sync.spi;

import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.List;

/**
 * Keeps the revisions of many names, and decides which append comes next.
 *
 * <p>Every method may be called from any thread and blocks none. Futures complete on a thread of the store. The caller
 * moves on to its own context, and must not block or compute for long before it has done so. An append is a list of
 * consecutive revisions of one writer, and their counts are consecutive too. Every store follows these rules:
 *
 * <ul>
 * <li><b>S1</b> An append is taken whole or not at all, and only if {@code expected} is the newest position. Of several
 * appends at one position, one is taken. Its revisions become visible together.
 * <li><b>S2</b> A refusal changes nothing and carries the revisions that the writer missed, in order, without a gap.
 * <li><b>S3</b> The repeat of an append, with the same list, changes nothing and gets the same answer as the first. It is
 * recognised by the id of its last revision.
 * <li><b>S4</b> If the store can no longer tell a repeat from a new append, it answers {@link AppendAnswer.Undecided}. It
 * never takes one twice.
 * <li><b>S5</b> A reader gets exactly the revisions after the position that it knows, and nothing if it knows the newest.
 * <li><b>S6</b> A reader that is further behind than the store keeps, or names a position that the store never had,
 * starts over from the newest whole state and all revisions after it.
 * <li><b>S7</b> A value above {@link #maxValueBytes()} fails with {@link io.strandline.StrandlineException.Invalid}, and
 * nothing is changed.
 * <li><b>S8</b> Revisions kept are bounded. A revision is dropped only when a whole state covers it. If none is covered,
 * appends are answered {@link AppendAnswer.Full} until the name is compacted. An append of more revisions than a store
 * keeps is always Full.
 * <li><b>S9</b> Compacting changes neither the newest position nor the state.
 * <li><b>S10</b> Names do not affect each other. A name that was never written is at {@link Position#NONE}.
 * <li><b>S11</b> A watcher of a name is notified soon after the newest position of the name has changed, and by then can
 * read the change. Changes may be notified together, a change may be notified several times, and if the store says so, it
 * may not be notified at all.
 * <li><b>S13</b> A look finds every change that was taken {@link #LOOK_MILLIS} before, notified or not. (S12 is each
 * store's statement about loss.)
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
     * Appends revisions after the expected position, all or none.
     *
     * <p>Fails with Invalid if the list is empty, does not follow {@code expected}, is not of one writer, or holds a
     * revision that is too large. Fails with Unavailable or Overloaded if nothing was done. Fails with Unknown if the
     * append may have been done, and then calling again with the same arguments is safe.
     */
    Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next);

    /**
     * Reads the revisions after a position, at least every append that completed before this call, as far as the store
     * promises that. Fails with Unavailable. Reading again is safe.
     */
    Future<CatchUp> readSince(StreamName name, Position known);

    /**
     * Reads the revisions after a position from the nearest copy, which may lack the newest revisions. Meant for
     * watchers. A copy that is behind {@code known} returns nothing. Fails as {@link #readSince} does.
     */
    default Future<CatchUp> readNews(StreamName name, Position known) {
        return readSince(name, known);
    }

    /**
     * Reads the revisions after a position, as the deciding store knows them. Meant for callers that repeatedly ask
     * whether they are up to date. A store with a long path to the deciding store sends many looks as one request, and
     * its answer may describe a moment up to {@link #LOOK_MILLIS} before the call. Fails as {@link #readSince} does.
     */
    default Future<CatchUp> look(StreamName name, Position known) {
        return readSince(name, known);
    }

    /**
     * Hands the store the whole state at a position, so that it may drop the revisions up to that position when it needs
     * room. At the position of the newest whole state the store takes over other bytes than it has. Completes with false, and
     * without effect, if the store has a newer whole state, or the same bytes, or does not know the position.
     *
     * <p>Fails with Invalid if the snapshot is too large or is not a whole state. Otherwise fails with Unavailable or
     * Unknown, and calling again is safe.
     */
    Future<Boolean> compact(StreamName name, Revision snapshot);

    /**
     * Calls {@code news} after changes of the newest position of a name (S11), from the completion of the future until
     * the watch is closed.
     *
     * <p>Fails with Unavailable, or with Overloaded if the store has as many watches as it may.
     *
     * @param news runs on a thread of the store, possibly on several threads at a time. It must neither block nor throw
     */
    Future<Watch> watch(StreamName name, Runnable news);
}
