package io.strandline.sync.log;

import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.log.NameWriter.Tries;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.Future;
import java.util.List;

/**
 * Writes whole states into the stream of one name, and removes events that these make unnecessary.
 *
 * <p>Belongs to the home context. There is one write at a time, and none at the same time as an append.
 */
final class NameSnapshots {

    private static final Logger LOG = Logger.of(NameSnapshots.class);

    private final Strandline log;
    private final StreamName name;
    private final HistoryLimits limits;
    private final NameStream stream;
    private final NameWriter writer;

    private boolean truncating;

    NameSnapshots(Strandline log, StreamName name, HistoryLimits limits, NameStream stream, NameWriter writer) {
        this.log = log;
        this.name = name;
        this.limits = limits;
        this.stream = stream;
        this.writer = writer;
    }

    /** Decides on a whole state that somebody hands over: whether it is news to the stream. */
    Future<Boolean> decide(Revision whole, Tries tries) {
        if (stream.isDoubtful()) {
            return writer.look(tries).compose(looked -> decide(whole, tries));
        }
        RevisionHistory before = stream.history();
        RevisionHistory after = before.compact(whole, limits);
        NameTail tail = stream.tail();
        if (after == before || tail == null) {
            return tries.hasLooked() || whole.number() <= before.newest().revision()
                    ? Future.succeededFuture(false)
                    : writer.look(tries).compose(looked -> decide(whole, tries));
        }
        return write(tail, whole, after, tries)
                .compose(taken -> taken ? Future.succeededFuture(true) : decide(whole, tries));
    }

    /**
     * Lets the next call write a snapshot if one is due. Whole states that were appended as revisions also let the stream
     * be cut, but only after a snapshot.
     */
    void writeIfDue(CallQueue queue) {
        NameTail tail = stream.tail();
        Revision due = tail == null || stream.isDoubtful() || queue.isClosed()
                ? null
                : tail.events().snapshotDue();
        if (tail == null || due == null) {
            return;
        }
        queue.submitNext(() -> stream.isDoubtful()
                        ? Future.succeededFuture(false)
                        : write(tail, due, tail.history(), new Tries()))
                .onFailure(cause -> LOG.warn(
                        "{} at offset {} got no snapshot, its next append tries again",
                        name,
                        tail.events().next(),
                        cause));
    }

    private Future<Boolean> write(NameTail tail, Revision whole, RevisionHistory after, Tries tries) {
        long end = tail.events().next();
        return writer.appendAt(end, List.of(RevisionEvent.ofSnapshot(whole, after)), tries)
                .onSuccess(taken -> {
                    if (taken) {
                        tail.snapshotted(end, whole, after);
                        truncate(tail);
                    }
                });
    }

    /** Removes what is needed no more: one cut at a time, and another one if more is needed no more by then. */
    private void truncate(NameTail tail) {
        long before = tail.events().removableBefore();
        if (truncating || before <= tail.removedBefore()) {
            return;
        }
        truncating = true;
        log.catalog()
                .truncate(name.toString(), StreamCut.of(name, tail.partition(), before))
                .onComplete(result -> {
                    truncating = false;
                    if (result.succeeded() && stream.tail() == tail) {
                        tail.removed(before);
                        truncate(tail);
                    } else if (result.failed()) {
                        LOG.warn(
                                "{} partition {} was not cut before offset {}, the next snapshot tries again: {}",
                                name,
                                tail.partition(),
                                before,
                                result.cause().toString());
                    }
                });
    }
}
