package io.strandline.sync.log;

import io.strandline.Catalog;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.sync.impl.Contenders;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One name of a {@link LogRevisionStore}: its history, as far as it was read, and its calls. An append is one chain: queue →
 * decide → encode → append at the known end → apply → reply.
 *
 * <p>Everything is decided on what the log holds durably, and taken by the log only if its end is the one that was decided
 * on. So a history that is behind costs a round trip, and never a revision. Appends and snapshots go one after the other;
 * reads go beside them.
 *
 * <p>All methods run on the home context.
 */
final class LoggedName implements NameTail.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(LoggedName.class);

    /** Every event of a stream has this routing key; there is one partition. */
    private static final String KEY = "";

    /** How often one call appends behind an end that others have moved meanwhile. */
    private static final int MAX_ROUNDS = 16;

    /** How often a stream is opened that others cut while it is. */
    private static final int MAX_OPENINGS = 4;

    private final ContextInternal home;
    private final Strandline log;
    private final StreamName name;
    private final LogStoreOptions options;
    private final HistoryLimits limits;
    private final Runnable news;

    private final Deque<Call<?>> waiting = new ArrayDeque<>();
    private final SharedPass look = new SharedPass(this::lookAtEnd);
    private final Promise<Void> ended = Promise.promise();
    private final Contenders contenders = new Contenders();
    private @Nullable Call<?> active;
    private boolean draining;
    private boolean closed;

    private @Nullable NameTail tail;
    private @Nullable EventWriter<Buffer> writer;
    /** Set when the log may hold something of this store that the history lacks; decisions wait for a look at the end. */
    private boolean doubtful = true;

    private boolean truncating;
    private long truncatedBefore;
    private boolean newsPending;

    private record Call<R>(Supplier<Future<R>> work, Promise<R> reply) {

        void finish(AsyncResult<R> result) {
            reply.handle(result);
        }

        void refuse(StrandlineException reason) {
            reply.fail(reason);
        }
    }

    /** What one call has tried. */
    private static final class Tries {
        private int rounds;
        private boolean looked;
    }

    /** @param news called on the home context after the newest position has changed */
    LoggedName(ContextInternal home, Strandline log, StreamName name, LogStoreOptions options, Runnable news) {
        this.home = home;
        this.log = log;
        this.name = name;
        this.options = options;
        this.limits = options.getLimits();
        this.news = news;
    }

    // ---- calls

    /** See {@link io.strandline.sync.spi.RevisionStore#append}. */
    Future<AppendAnswer> append(Position expected, List<Revision> next) {
        RevisionHistory.requireAppendable(expected, next, limits);
        return submit(() -> decide(expected, next, new Tries()));
    }

    /** See {@link io.strandline.sync.spi.RevisionStore#compact}. */
    Future<Boolean> compact(Revision whole) {
        RevisionHistory.requireSnapshot(whole, limits);
        return submit(() -> decide(whole, new Tries()));
    }

    /** See {@link io.strandline.sync.spi.RevisionStore#readSince}. */
    Future<Missed> readSince(Position known) {
        return look.join().map(looked -> history().since(known));
    }

    /** See {@link io.strandline.sync.spi.RevisionStore#readNews}. */
    Future<Missed> readNews(Position known) {
        NameTail open = tail;
        // Who is ahead of this history would start over from it, as if revisions were lost.
        return open == null
                        || !open.isLoaded()
                        || known.revision() > history().newest().revision()
                ? readSince(known)
                : Future.succeededFuture(history().since(known));
    }

    /** Begins to follow the stream, if there is one. */
    Future<Void> follow() {
        return tail == null ? look.join() : Future.succeededFuture();
    }

    // ---- the queue

    private <R> Future<R> submit(Supplier<Future<R>> work) {
        Call<R> call = new Call<>(work, Promise.promise());
        waiting.add(call);
        drain();
        return call.reply().future();
    }

    /** Starts the next call if none is active. A loop, for calls that are done at once must not nest. */
    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        while (active == null && !waiting.isEmpty()) {
            start(waiting.remove());
        }
        draining = false;
        if (closed && active == null) {
            ended.tryComplete();
        }
    }

    private <R> void start(Call<R> call) {
        active = call;
        resultOf(call.work()).onComplete(result -> {
            active = null;
            snapshotIfDue();
            call.finish(result);
            drain();
        });
    }

    private static <R> Future<R> resultOf(Supplier<Future<R>> work) {
        try {
            return work.get();
        } catch (RuntimeException refused) {
            return Future.failedFuture(refused);
        }
    }

    // ---- an append

    private Future<AppendAnswer> decide(Position expected, List<Revision> next, Tries tries) {
        if (doubtful) {
            return look(tries).compose(looked -> decide(expected, next, tries));
        }
        RevisionHistory before = history();
        RevisionHistory.Step step = before.append(expected, next, limits);
        UUID writing = next.get(0).position().id().writer();
        if (step.after() == before) {
            return tries.looked || isFinal(step.answer(), expected)
                    ? Future.succeededFuture(shared(step.answer(), writing))
                    : look(tries).compose(looked -> decide(expected, next, tries));
        }
        long wait = contenders.mayAppend(writing, System.nanoTime());
        if (wait > 0) {
            return Future.succeededFuture(new AppendAnswer.Refused(before.since(expected), wait));
        }
        NameTail stream = tail;
        if (stream == null) {
            return create(tries).compose(created -> decide(expected, next, tries));
        }
        long end = stream.events().next();
        return appendAt(end, RevisionEvent.ofAppend(next), tries).compose(taken -> {
            if (!taken) {
                return decide(expected, next, tries);
            }
            stream.appended(end, next.size(), step.after());
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
                        && expected.revision() < history().newest().revision());
    }

    /**
     * Appends at an offset.
     *
     * @return true if it stands there; false if the call has to be decided again, on a history that was renewed
     */
    private Future<Boolean> appendAt(long offset, List<Buffer> events, Tries tries) {
        return writer().compose(open -> open.appendIf(KEY, events, offset))
                .map(true)
                .recover(cause -> {
                    doubtful = true;
                    return mayDecideAgain(cause, tries) ? Future.succeededFuture(false) : failed(cause);
                });
    }

    private boolean mayDecideAgain(Throwable cause, Tries tries) {
        boolean writerIsGone =
                cause instanceof StrandlineException.Fenced || cause instanceof StrandlineException.NotFound;
        if (writerIsGone) {
            writer = null;
        }
        if (cause instanceof StrandlineException.NotFound) {
            drop();
        }
        return (writerIsGone || cause instanceof StrandlineException.Conflict) && ++tries.rounds < MAX_ROUNDS;
    }

    private <T> Future<T> failed(Throwable cause) {
        boolean told = cause instanceof StrandlineException.Invalid
                || cause instanceof StrandlineException.Unknown
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Unauthorized;
        return Future.failedFuture(
                told
                        ? cause
                        : new StrandlineException.Unavailable(
                                "nothing was appended to " + name + ": " + cause.getMessage(), cause));
    }

    private Future<EventWriter<Buffer>> writer() {
        EventWriter<Buffer> open = writer;
        if (open != null) {
            return Future.succeededFuture(open);
        }
        WriterOptions wanted = new WriterOptions().setRetryTimeoutMillis(options.getAppendTimeoutMillis());
        return log.createWriter(name.toString(), EventCodec.raw(), wanted).onSuccess(created -> {
            writer = created;
            created.exceptionHandler(cause -> writer = writer == created ? null : writer);
        });
    }

    private Future<Void> create(Tries tries) {
        if (++tries.rounds >= MAX_ROUNDS) {
            return failed(new StrandlineException.NotFound("it was created " + MAX_ROUNDS + " times, and deleted"));
        }
        Catalog catalog = log.catalog();
        return catalog.createScope(name.scope())
                .compose(scope -> catalog.createStream(name.toString(), new StreamOptions()))
                .<Void>mapEmpty()
                .onSuccess(created -> doubtful = true)
                .recover(this::failed);
    }

    // ---- a snapshot

    private Future<Boolean> decide(Revision whole, Tries tries) {
        if (doubtful) {
            return look(tries).compose(looked -> decide(whole, tries));
        }
        RevisionHistory before = history();
        RevisionHistory after = before.compact(whole, limits);
        NameTail stream = tail;
        if (after == before || stream == null) {
            return tries.looked || whole.number() <= before.newest().revision()
                    ? Future.succeededFuture(false)
                    : look(tries).compose(looked -> decide(whole, tries));
        }
        return writeSnapshot(stream, whole, after, tries)
                .compose(taken -> taken ? Future.succeededFuture(true) : decide(whole, tries));
    }

    private Future<Boolean> writeSnapshot(NameTail stream, Revision whole, RevisionHistory after, Tries tries) {
        long end = stream.events().next();
        return appendAt(end, List.of(RevisionEvent.ofSnapshot(whole, after)), tries)
                .onSuccess(taken -> {
                    if (taken) {
                        stream.snapshotted(end, whole, after);
                        truncate(stream);
                    }
                });
    }

    /** Whole states that were appended as revisions let the stream be cut as well, but only behind a snapshot. */
    private void snapshotIfDue() {
        NameTail stream = tail;
        Revision due =
                stream == null || doubtful || closed ? null : stream.events().snapshotDue();
        if (stream == null || due == null) {
            return;
        }
        Call<Boolean> call = new Call<>(
                () -> doubtful
                        ? Future.succeededFuture(false)
                        : writeSnapshot(stream, due, stream.history(), new Tries()),
                Promise.promise());
        call.reply()
                .future()
                .onFailure(cause -> LOG.warn(
                        "{} at offset {} got no snapshot, its next append tries again",
                        name,
                        stream.events().next(),
                        cause));
        waiting.addFirst(call);
    }

    /** Removes what is needed no more: one cut at a time, and another one if more is needed no more by then. */
    private void truncate(NameTail stream) {
        long before = stream.events().removableBefore();
        if (truncating || before <= truncatedBefore) {
            return;
        }
        truncating = true;
        log.catalog()
                .truncate(name.toString(), StreamCut.of(name, stream.partition(), before))
                .onComplete(result -> {
                    truncating = false;
                    if (result.succeeded() && tail == stream) {
                        truncatedBefore = before;
                        truncate(stream);
                    } else if (result.failed()) {
                        LOG.warn(
                                "{} partition {} was not cut before offset {}, the next snapshot tries again: {}",
                                name,
                                stream.partition(),
                                before,
                                result.cause().toString());
                    }
                });
    }

    // ---- the end of the stream

    private RevisionHistory history() {
        return tail == null ? RevisionHistory.EMPTY : tail.history();
    }

    /** A look that begins now; ends all doubts. */
    private Future<Void> look(Tries tries) {
        tries.looked = true;
        return look.join().onSuccess(looked -> doubtful = false);
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

    private Future<Void> open() {
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
        if (closed) {
            opened.close();
            return Future.failedFuture(new StrandlineException.Unavailable("the store of " + name + " was closed"));
        }
        tail = opened;
        truncatedBefore = opened.events().next();
        return reachEnd(opened);
    }

    private long partitionOf(StreamDescription stream) {
        List<PartitionDescription> partitions = stream.partitions();
        if (partitions.size() != 1) {
            throw new StrandlineException.Conflict(
                    "stream " + name + " has " + partitions.size() + " partitions, that of a synchronizer has 1");
        }
        return partitions.get(0).id();
    }

    // ---- the tail

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
            LOG.warn(
                    "{} partition {} is read no further than offset {}, and opened again by its next call: {}",
                    name,
                    failed.partition(),
                    failed.events().next(),
                    cause.toString());
            drop();
            news();
        }
    }

    private void drop() {
        NameTail dropped = tail;
        tail = null;
        doubtful = true;
        if (dropped != null) {
            dropped.close();
        }
    }

    // ---- the end of the name

    boolean isClosed() {
        return closed;
    }

    /** Refuses what waits, and lets go of reader and writer when the active call is done. Calls must not come any more. */
    Future<Void> close() {
        closed = true;
        for (Call<?> call = waiting.poll(); call != null; call = waiting.poll()) {
            call.refuse(new StrandlineException.Unavailable("the store of " + name + " was closed"));
        }
        drain();
        return ended.future().compose(done -> {
            drop();
            EventWriter<Buffer> open = writer;
            writer = null;
            return open == null ? Future.succeededFuture() : open.end();
        });
    }
}
