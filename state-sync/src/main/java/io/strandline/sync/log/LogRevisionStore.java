package io.strandline.sync.log;

import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.spi.CloseOnce;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.strandline.sync.spi.Watchers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Keeps revisions in an event log. Each name has its own stream with one partition, which its first append creates. The
 * stream is in the reserved scope ({@link #streamOf}), so it cannot be confused with a stream of an application.
 *
 * <p><b>What a completed append promises.</b> It is as durable as an append to that log, on a disk or a quorum, and
 * survives everything that the log survives. Every other answer is also based on durable revisions. The store is
 * linearizable. Appends are conditional on the end of the stream, so that of all appends that know the same revision one
 * is taken, and {@link #readSince} asks the log for the end as of its call. That holds for any number of stores on one
 * log, in one process or in several. An append that failed with Unknown may be repeated at any store. It is recognised as
 * long as its writer is remembered, also across restarts.
 *
 * <p><b>What a stream holds.</b> Revisions and snapshots: the snapshots that synchronizers hand over, and one of the
 * newest whole state after {@link HistoryLimits#maxUpdatesKept()} events without a snapshot. With each snapshot,
 * everything before the last but one is removed. So a restart reads a bounded number of events, however many there were,
 * and a store that is slightly behind finds the events that it missed.
 *
 * <p><b>News.</b> Watchers are notified of the changes of all stores on the log, by a reader that follows the stream. The
 * exception is the first revision of a name if another store made it, because there was no stream to follow.
 *
 * <p>A stream that holds something else, or has several partitions, fails its own name with {@link
 * io.strandline.StrandlineException.Conflict}, which says at which offset. A stream whose revisions do not follow each
 * other fails its name with {@link io.strandline.StrandlineException.Corrupt}. Such a stream is read again after a pause
 * of at most 10 s. Nobody else may append to or truncate these streams. If a stream is deleted, its name may begin again
 * at revision 0.
 *
 * <p>Names take turns on the event loops of Vert.x, each on the loop of its first caller. Limits are those of {@link
 * LogStoreOptions}. A partition of the log remembers a bounded number of writers. A name that is closed to make room for
 * another and opened again appends as a new writer. So {@code maxOpenNames} should be above the number of names that are
 * written all the time.
 */
public final class LogRevisionStore implements RevisionStore {

    private final HistoryLimits limits;
    private final Watchers watchers = new Watchers();
    private final OpenNames names;
    private final CloseOnce end;

    private LogRevisionStore(Vertx vertx, Strandline log, LogStoreOptions options) {
        this.limits = options.getLimits();
        this.names = new OpenNames(vertx, log, options, watchers);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.STORES, "LogRevisionStore", names::close);
    }

    /** Opens a store with default options. */
    public static LogRevisionStore open(Vertx vertx, Strandline log) {
        return open(vertx, log, new LogStoreOptions());
    }

    /** Opens a store with limits of its own, which are the same for all stores of this log. */
    public static LogRevisionStore open(Vertx vertx, Strandline log, HistoryLimits limits) {
        return open(vertx, log, new LogStoreOptions().setLimits(limits));
    }

    /**
     * Opens a store. It reads nothing before its first call. The caller closes the log, after the store.
     *
     * @throws io.strandline.StrandlineException.Invalid if an option is out of its bounds
     * @throws io.strandline.StrandlineException.Unavailable if Vert.x is closing
     */
    public static LogRevisionStore open(Vertx vertx, Strandline log, LogStoreOptions options) {
        LogStoreOptions copy = new LogStoreOptions(options);
        copy.validate();
        return new LogRevisionStore(vertx, log, copy);
    }

    /**
     * The stream that holds the revisions of a name: {@code _strandline/sync-4-shop-prices} for {@code shop/prices}. The number is
     * the length of the scope, which tells {@code a/b-c} from {@code a-b/c}. A name in the reserved scope is its own stream.
     *
     * @throws io.strandline.StrandlineException.Invalid if the stream's name would be too long
     */
    public static StreamName streamOf(StreamName name) {
        if (name.isReserved()) {
            return name;
        }
        String scope = name.scope();
        String stream = "sync-" + scope.length() + "-" + scope + "-" + name.stream();
        Limits.require("length of the stream of synchronizer " + name, stream.length(), 1, StreamName.MAX_PART_LENGTH);
        return new StreamName(StreamName.RESERVED_SCOPE, stream);
    }

    @Override
    public int maxValueBytes() {
        return limits.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        List<Revision> copy = List.copyOf(next);
        return names.call(name, logged -> logged.append(expected, copy));
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        return names.call(name, logged -> logged.readSince(known));
    }

    @Override
    public Future<CatchUp> readNews(StreamName name, Position known) {
        return names.call(name, logged -> logged.readNews(known));
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return names.call(name, logged -> logged.compact(snapshot));
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return names.call(name, logged -> {
            Watch watch = watchers.add(name, news);
            return logged.follow().map(watch).recover(cause -> watch.close()
                    .transform(closed -> Future.failedFuture(cause)));
        });
    }

    /**
     * Lets go of all names: calls that are under way end, those that wait and later ones fail Unavailable. The log stays open.
     * It closes with Vert.x, after the synchronizers and before the log.
     */
    public Future<Void> close() {
        return end.close();
    }
}
