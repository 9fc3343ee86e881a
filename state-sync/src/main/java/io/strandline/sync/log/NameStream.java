package io.strandline.sync.log;

import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stream of one name as the log has it: found or created, followed by a {@link NameTail}, and brought to its end when
 * somebody asks what that is. If it was deleted, or cut while it was opened, it is opened again. If it holds what no store has
 * written, calls fail with that for a while before it is read again.
 *
 * <p>Belongs to the home context.
 */
final class NameStream implements NameTail.Listener {

    private static final Logger LOG = Logger.of(NameStream.class);

    /** How often a stream is opened that others cut while it is. */
    private static final int MAX_OPENINGS = 4;

    /** A stream with events that no store has written is opened again after a doubling pause, in milliseconds. */
    private static final int FIRST_PAUSE_MILLIS = 100;

    private static final int LONGEST_PAUSE_MILLIS = 10_000;

    private final ContextInternal home;
    private final Strandline log;
    private final StreamName name;
    private final HistoryLimits limits;
    private final Runnable news;
    private final SharedPass look = new SharedPass(this::lookAtEnd);

    private @Nullable NameTail tail;
    /** Set when the log may hold an event of this store that the history lacks. Decisions wait for a look at the end. */
    private boolean doubtful = true;

    /** Why the stream cannot be read, and when this was found. Null while it can be read. */
    private @Nullable Throwable unreadable;

    private long unreadableSinceNanos;
    private final Backoff pauses = Backoff.exact(FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS);
    private long pauseMillis;

    private boolean closing;
    private boolean newsPending;

    /** @param news called on the home context after the newest position has changed */
    NameStream(ContextInternal home, Strandline log, StreamName name, HistoryLimits limits, Runnable news) {
        this.home = home;
        this.log = log;
        this.name = name;
        this.limits = limits;
        this.news = news;
    }

    /** The tail that follows the stream, or null if there is no stream, as far as is known. */
    @Nullable
    NameTail tail() {
        return tail;
    }

    /** What was read so far, and is durable. */
    RevisionHistory history() {
        return tail == null ? RevisionHistory.EMPTY : tail.history();
    }

    // ---- the end of the stream

    /** Completes when the history has everything that the stream had at this call. */
    Future<Void> look() {
        return look.join();
    }

    /** A look that begins now and ends all doubts. */
    Future<Void> settle() {
        return look.join().onSuccess(looked -> doubtful = false);
    }

    /** Lets decisions wait for {@link #settle}. */
    void doubt() {
        doubtful = true;
    }

    boolean isDoubtful() {
        return doubtful;
    }

    /** Brings the history to the end that the stream has after this call. */
    private Future<Void> lookAtEnd() {
        return lookAtEnd(1)
                .recover(cause -> Future.failedFuture(
                        cause instanceof StrandlineException.Unknown
                                ? new StrandlineException.Unavailable(
                                        "the end of " + name + " cannot be read: " + cause.getMessage(), cause)
                                : cause));
    }

    private Future<Void> lookAtEnd(int opening) {
        NameTail open = tail;
        Future<Void> there = open == null ? open() : reachEnd(open);
        return there.recover(cause -> {
            boolean moved =
                    cause instanceof StrandlineException.Truncated || cause instanceof StrandlineException.NotFound;
            if (moved) {
                drop();
            }
            return moved && opening < MAX_OPENINGS ? lookAtEnd(opening + 1) : Future.failedFuture(cause);
        });
    }

    private Future<Void> reachEnd(NameTail open) {
        return log.catalog().endCut(name.toString()).compose(end -> {
            Long offset = end.offsets().get(open.partition());
            return offset == null
                    ? Future.failedFuture(new StrandlineException.NotFound(
                            "partition " + open.partition() + " of " + name + " was deleted"))
                    : open.reach(offset);
        });
    }

    // ---- opened, created, let go

    private Future<Void> open() {
        Throwable known = unreadable;
        if (known != null && System.nanoTime() - unreadableSinceNanos < pauseMillis * 1_000_000) {
            return Future.failedFuture(known);
        }
        return log.catalog().describe(name.toString()).transform(described -> {
            if (described.failed()) {
                return described.cause() instanceof StrandlineException.NotFound
                        ? Future.succeededFuture()
                        : Future.failedFuture(described.cause());
            }
            return NameTail.open(log, name, partitionOf(described.result()), limits, this)
                    .compose(this::keep);
        });
    }

    private Future<Void> keep(NameTail opened) {
        if (closing) {
            opened.close();
            return Future.failedFuture(new StrandlineException.Unavailable("the store of " + name + " was closed"));
        }
        tail = opened;
        return reachEnd(opened).onSuccess(there -> {
            unreadable = null;
            pauses.reset();
        });
    }

    private long partitionOf(StreamDescription stream) {
        List<PartitionDescription> partitions = stream.partitions();
        if (partitions.size() != 1) {
            throw new StrandlineException.Conflict(
                    "stream " + name + " has " + partitions.size() + " partitions, that of a synchronizer has 1");
        }
        return partitions.get(0).id();
    }

    /** Creates the stream, and its scope if needed. The next look opens it. */
    Future<Void> create() {
        String stream = name.toString();
        Future<StreamDescription> creating = name.isReserved()
                ? log.catalog().createReserved(stream, new StreamOptions())
                : log.catalog().createScope(name.scope()).compose(scope -> log.catalog()
                        .createStream(stream, new StreamOptions()));
        return creating.<Void>mapEmpty().onSuccess(created -> doubt());
    }

    /** Stops following. The next look opens the stream again. */
    void drop() {
        NameTail dropped = tail;
        tail = null;
        doubtful = true;
        if (dropped != null) {
            dropped.close();
        }
    }

    /** No longer opens the stream. A stream that is open goes on until it is dropped. */
    void openNoMore() {
        closing = true;
    }

    // ---- what the tail hears

    /** Tells those who watch once for all that comes at a time. */
    @Override
    public void news() {
        if (!newsPending) {
            newsPending = true;
            home.runOnContext(later -> {
                newsPending = false;
                news.run();
            });
        }
    }

    @Override
    public void failed(NameTail failed, Throwable cause) {
        if (tail == failed) {
            String place = name + " partition " + failed.partition() + " is read no further than offset "
                    + failed.events().next();
            if (cause instanceof StrandlineException.Conflict || cause instanceof StrandlineException.Corrupt) {
                unreadable = cause;
                unreadableSinceNanos = System.nanoTime();
                pauseMillis = pauses.next();
                LOG.warn("{}, and opened again by its next call after {} ms: {}", place, pauseMillis, cause.toString());
            } else {
                // A log that is away, or closed before its synchronizers. Calls fail with that, or open the name again.
                LOG.debug("{} for now: {}", place, cause.toString());
            }
            drop();
            news();
        }
    }
}
