package io.strandline.sync.log;

import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.sync.impl.Contenders;
import io.strandline.sync.log.NameWriter.Tries;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.UUID;

/**
 * One name of a {@link LogRevisionStore}: its calls, and how appends are decided. An append is one chain: {@link
 * CallQueue} → decide → encode → {@link NameWriter#appendAt} the known end → {@link NameTail#appended} → reply.
 *
 * <p>Everything is decided on durable events of the log, and taken by the log only if its end is the one that the
 * decision was based on. So a history that is behind costs a round trip, and never a revision. Appends and snapshots go
 * one after the other. Reads run concurrently with them.
 *
 * <p>All methods run on the home context.
 */
final class LoggedName {

    private final NameStream stream;
    private final NameWriter writer;
    private final NameSnapshots snapshots;
    private final CallQueue queue;
    private final HistoryLimits limits;
    private final Contenders contenders = new Contenders();

    /** @param news called on the home context after the newest position has changed */
    LoggedName(ContextInternal home, Strandline log, StreamName name, LogStoreOptions options, Runnable news) {
        this.limits = options.getLimits();
        this.stream = new NameStream(home, log, name, limits, news);
        WriterOptions writing = new WriterOptions().setRetryTimeoutMillis(options.getAppendTimeoutMillis());
        this.writer = new NameWriter(log, name, writing, stream);
        this.snapshots = new NameSnapshots(log, name, limits, stream, writer);
        this.queue = new CallQueue(name, this::snapshotIfDue);
    }

    // ---- calls

    /** See {@link io.strandline.sync.spi.RevisionStore#append}. */
    Future<AppendAnswer> append(Position expected, List<Revision> next) {
        RevisionHistory.requireAppendable(expected, next, limits);
        return queue.submit(() -> decide(expected, next, new Tries()));
    }

    /** See {@link io.strandline.sync.spi.RevisionStore#compact}. */
    Future<Boolean> compact(Revision whole) {
        RevisionHistory.requireSnapshot(whole, limits);
        return queue.submit(() -> snapshots.decide(whole, new Tries()));
    }

    /** See {@link io.strandline.sync.spi.RevisionStore#readSince}. */
    Future<CatchUp> readSince(Position known) {
        return stream.look().map(looked -> stream.history().since(known));
    }

    /** See {@link io.strandline.sync.spi.RevisionStore#readNews}. */
    Future<CatchUp> readNews(Position known) {
        NameTail open = stream.tail();
        // Who is ahead of this history would start over from it, as if revisions were lost.
        return open == null
                        || !open.isLoaded()
                        || known.revision() > open.history().newest().revision()
                ? readSince(known)
                : Future.succeededFuture(open.history().since(known));
    }

    /** Begins to follow the stream, if there is one. */
    Future<Void> follow() {
        return stream.tail() == null ? stream.look() : Future.succeededFuture();
    }

    // ---- an append

    private Future<AppendAnswer> decide(Position expected, List<Revision> next, Tries tries) {
        if (stream.isDoubtful()) {
            return writer.look(tries).compose(looked -> decide(expected, next, tries));
        }
        RevisionHistory before = stream.history();
        RevisionHistory.Step step = before.append(expected, next, limits);
        UUID writing = next.get(0).position().id().writer();
        if (step.after() == before) {
            return tries.hasLooked() || isFinal(step.answer(), expected)
                    ? Future.succeededFuture(shared(step.answer(), writing))
                    : writer.look(tries).compose(looked -> decide(expected, next, tries));
        }
        long wait = contenders.mayAppend(writing, System.nanoTime());
        if (wait > 0) {
            return Future.succeededFuture(new AppendAnswer.Refused(before.since(expected), wait));
        }
        NameTail tail = stream.tail();
        if (tail == null) {
            return writer.create(tries).compose(created -> decide(expected, next, tries));
        }
        long end = tail.events().next();
        return writer.appendAt(end, RevisionEvent.ofAppend(next), tries).compose(taken -> {
            if (!taken) {
                return decide(expected, next, tries);
            }
            tail.appended(end, next.size(), step.after());
            contenders.appended(writing, System.nanoTime());
            return Future.succeededFuture(step.answer());
        });
    }

    private AppendAnswer shared(AppendAnswer answer, UUID writing) {
        return answer instanceof AppendAnswer.Refused behind
                ? new AppendAnswer.Refused(behind.missed(), contenders.behind(writing, System.nanoTime()))
                : answer;
    }

    /** Whether an answer that changes nothing would be given on the newest history too. */
    private boolean isFinal(AppendAnswer answer, Position expected) {
        return answer instanceof AppendAnswer.Appended
                || (answer instanceof AppendAnswer.Refused
                        && expected.revision() < stream.history().newest().revision());
    }

    private void snapshotIfDue() {
        snapshots.writeIfDue(queue);
    }

    // ---- the end of the name

    boolean isClosed() {
        return queue.isClosed();
    }

    /** Refuses what waits, and lets go of reader and writer when the active call is done. Calls must not come any more. */
    Future<Void> close() {
        stream.openNoMore();
        return queue.close().compose(done -> {
            stream.drop();
            return writer.close();
        });
    }
}
