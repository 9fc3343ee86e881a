package io.strandline.sync.log;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the stream of a name from its start, and keeps its history. Belongs to one context.
 *
 * <p>It ends with the first failure of its reader, or with the first event that no store has written. All waiting calls
 * fail with the same failure.
 */
final class NameTail {

    private static final int READ_AHEAD_BYTES = 1 << 20;

    private final long partition;
    private final EventReader<Buffer> reader;
    private final LoggedHistory events;
    private final Listener listener;

    private @Nullable Promise<Void> reached;
    private long reachedAt;
    private boolean loaded;
    private long removedBefore;
    private @Nullable Throwable end;

    /** Who is told what the tail hears. */
    interface Listener {

        /** The newest position has changed. */
        void news();

        /** The tail has ended by itself. */
        void failed(NameTail tail, Throwable cause);
    }

    private NameTail(
            EventReader<Buffer> reader, StreamName name, long partition, HistoryLimits limits, Listener listener) {
        this.partition = partition;
        this.reader = reader;
        this.listener = listener;
        this.removedBefore = reader.position().offset(partition);
        this.events = new LoggedHistory(name, limits, removedBefore);
    }

    /** Begins to read a stream of one partition on the current context. */
    static Future<NameTail> open(
            Strandline log, StreamName name, long partition, HistoryLimits limits, Listener listener) {
        ReaderOptions options = new ReaderOptions().setReadAheadBytes(READ_AHEAD_BYTES);
        return log.subscribe(name.toString(), EventCodec.raw(), options).map(reader -> {
            NameTail tail = new NameTail(reader, name, partition, limits, listener);
            reader.exceptionHandler(tail::fail).handler(tail::read);
            return tail;
        });
    }

    /** Id of the partition that is read. */
    long partition() {
        return partition;
    }

    /** Whether an end of the stream was reached once. Before that, the history is an earlier one, or there is none. */
    boolean isLoaded() {
        return loaded;
    }

    /** The offset before which the stream holds nothing: where it began when it was opened, or a later cut. */
    long removedBefore() {
        return removedBefore;
    }

    /** Takes over a cut. */
    void removed(long before) {
        removedBefore = before;
    }

    RevisionHistory history() {
        return events.history();
    }

    LoggedHistory events() {
        return events;
    }

    /**
     * Completes when everything before an offset of the stream is in the history. Only one may wait at a time.
     *
     * @param offset at most the end offset of the stream
     */
    Future<Void> reach(long offset) {
        if (end != null) {
            return Future.failedFuture(end);
        }
        Promise<Void> promise = Promise.promise();
        reached = promise;
        reachedAt = offset;
        tellReached();
        return promise.future();
    }

    /** Takes over an append of this store that the log has taken at an offset, unless it was read meanwhile. */
    void appended(long offset, int revisions, RevisionHistory after) {
        if (events.next() == offset) {
            events.appended(revisions, after);
            listener.news();
            tellReached();
        }
    }

    /** As {@link #appended}, for a snapshot. */
    void snapshotted(long offset, Revision whole, RevisionHistory after) {
        if (events.next() == offset) {
            events.snapshotted(whole, after);
            tellReached();
        }
    }

    /** Stops reading. Waiting calls fail with Unavailable. */
    void close() {
        end(new StrandlineException.Unavailable("the tail of " + reader.stream() + " was closed"));
    }

    private void read(EventRecord<Buffer> event) {
        if (end != null) {
            return;
        }
        Position before = events.history().newest();
        try {
            events.read(event.offset(), event.event());
        } catch (StrandlineException.Corrupt | StrandlineException.Conflict unreadable) {
            fail(unreadable);
            return;
        }
        if (!before.equals(events.history().newest())) {
            listener.news();
        }
        tellReached();
    }

    private void tellReached() {
        Promise<Void> waiting = reached;
        if (waiting == null || events.next() < reachedAt) {
            return;
        }
        try {
            events.requireBase();
        } catch (StrandlineException.Corrupt corrupt) {
            fail(corrupt);
            return;
        }
        reached = null;
        loaded = true;
        waiting.complete();
    }

    private void fail(Throwable cause) {
        if (end(cause)) {
            listener.failed(this, cause);
        }
    }

    /** Ends once. Calls that wait, or that ask later, get the cause. */
    private boolean end(Throwable cause) {
        if (end != null) {
            return false;
        }
        end = cause;
        reader.close();
        Promise<Void> waiting = reached;
        reached = null;
        if (waiting != null) {
            waiting.fail(cause);
        }
        return true;
    }
}
