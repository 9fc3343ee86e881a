package io.strandline.log.impl.shard;

import io.strandline.Durability;
import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkNames;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.flush.ChunkFlush;
import io.strandline.log.impl.flush.ClosingCheckpoint;
import io.strandline.log.impl.flush.Compaction;
import io.strandline.log.impl.flush.FlushedShard;
import io.strandline.log.impl.flush.JournalCheckpoints;
import io.strandline.log.impl.flush.Pending;
import io.strandline.log.impl.flush.ShardStorage;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.KeyConditions;
import io.strandline.log.impl.state.Numbering;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.Sender;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.Waiter;
import io.strandline.log.impl.transaction.HomeShard;
import io.strandline.log.impl.transaction.ShardTransactions;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.ForceFigures;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.Logger;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.watch.ShardStatistics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One life of a shard, from a recovery to a close or a failure: a state machine without thread, clock or file of its own.
 * All of it runs on the shard's executor.
 *
 * <p>The sequence is always the same: decide against the numbered state, queue a frame, wait until it is forced, apply
 * it, answer. State that could be lost is never applied. No answer, not even a refusal, is given before the frames that
 * it depends on are forced. There is one exception: a writer may ask for an answer when its accepted batches are written.
 */
public final class Shard implements Journal.Listener, HomeShard, FlushedShard {

    /** A life goes through these in order, and may leave out the second. */
    private enum Phase {
        SERVING,
        /** Takes nothing. What it has taken is forced, and a checkpoint is left. */
        CLOSING,
        STOPPED
    }

    private static final Logger LOG = Logger.of(Shard.class);

    /** How long what nobody waits for is left unforced under {@link Durability#OS}, in milliseconds. */
    private static final long OS_FORCE_MILLIS = 1_000;

    private static final Future<List<FrameBody>> NO_CHECKPOINT = Future.succeededFuture(List.of());

    private final Environment environment;
    private final ShardState state;
    private final Journal journal;
    private final DiskSpace diskSpace;
    private final Numbering numbering;
    private final PartitionReads reads;
    private final HistoryReads history;
    private final TimeSearch times;
    private final ChunkFlush flush;
    private final Compaction compaction;
    private final JournalCheckpoints checkpoints;
    private final ClosingCheckpoint closingCheckpoint;
    private final ShardTransactions transactions;
    private final ParcelArrays parcelArrays;
    private final Runnable chunksAdded;
    private final Consumer<Throwable> failed;
    private final long forceIntervalMillis;
    private final ParcelIntake intake;
    private final RestingShard rest;

    private final PendingFrames pending = new PendingFrames();
    private final CutFrame cut = new CutFrame();

    private long lastQueued;
    private long lastLazy;
    private long forcedUpTo;
    private Phase phase = Phase.SERVING;

    /** @param failed hears why this life is over, once */
    Shard(SharedByLives shared, ShardState state, Journal journal, int epoch, Consumer<Throwable> failed) {
        ShardLimits limits = shared.limits();
        ChunkReader chunkReader = shared.chunkReader();
        this.environment = shared.environment();
        this.state = state;
        this.journal = journal;
        this.diskSpace = new DiskSpace(state, journal);
        this.parcelArrays = shared.parcelArrays();
        this.rest = new RestingShard(this, parcelArrays);
        this.chunksAdded = shared.calls().chunksAdded();
        this.failed = failed;
        this.forceIntervalMillis = limits.getForceIntervalMillis();
        this.numbering =
                new Numbering(state, environment.clock(), limits, environment.rules(), new KeyConditions(pending));
        this.reads = new PartitionReads(state, chunkReader, this::execute);
        this.history = new HistoryReads(
                state,
                chunkReader,
                environment.readExecutor(),
                environment.shardExecutors().apply(state.shard())::executeNow);
        this.times = new TimeSearch(state, chunkReader, this::execute);
        ShardStorage storage = new ShardStorage(
                this,
                state,
                journal,
                shared.chunks(),
                new ChunkNames(epoch),
                environment.chunkExecutors().apply(state.shard()),
                environment.clock());
        int shardCount = shared.shardCount();
        long tailLimit = Math.max(1, limits.getTailBytes() / shardCount);
        long queuedLimit = Math.max(1, limits.getQueuedBytes() / shardCount);
        this.flush = new ChunkFlush(this, state, storage.chunks(), storage.names(), tailLimit / 2, environment.clock());
        this.intake = new ParcelIntake(state, journal, flush, queuedLimit, tailLimit, this::take);
        this.compaction = new Compaction(storage, limits, shardCount, environment);
        int journalFileBytes = limits.getJournalFileBytes();
        this.checkpoints = new JournalCheckpoints(storage, journalFileBytes);
        this.closingCheckpoint = new ClosingCheckpoint(storage, flush, compaction, checkpoints, journalFileBytes);
        this.transactions = new ShardTransactions(
                this, state.transactions(), environment, limits, shared.calls().parts());
        this.lastQueued = state.appliedFrame();
        this.forcedUpTo = state.appliedFrame();
    }

    public ShardState state() {
        return state;
    }

    @Override
    public int number() {
        return state.shard();
    }

    @Override
    public void execute(Runnable task) {
        environment.shardExecutors().apply(state.shard()).execute(task);
    }

    @Override
    public <T> Future<T> onShard(Future<T> elsewhere) {
        Promise<T> promise = Promise.promise();
        elsewhere.onComplete(outcome -> execute(() -> promise.handle(outcome)));
        return promise.future();
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        environment.timers().after(state.shard(), delayMillis, task);
    }

    @Override
    public void chunksAdded() {
        chunksAdded.run();
    }

    @Override
    public void flushFailed() {
        intake.flushFailed();
        if (phase == Phase.CLOSING) {
            closingCheckpoint.advance();
        }
    }

    /** A chunk was deleted. */
    void spaceFreed() {
        flush.spaceFreed();
    }

    /** Begins to serve: leaves a proof of what recovery found, and flushes if there is a reason. */
    void start() {
        queue(FrameKind.PROOF, FrameBody.EMPTY, null);
        maintain();
        transactions.start();
    }

    /** The transactions whose home is this shard. */
    public ShardTransactions transactions() {
        return transactions;
    }

    /** Lets compaction begin: it is known now what retention asks of the partitions. */
    void compact() {
        compaction.begin();
    }

    @Override
    public boolean isStopped() {
        return phase == Phase.STOPPED;
    }

    // ---- appends

    public Future<ParcelReply> append(Parcel parcel) {
        return append(parcel, Sender.WRITER);
    }

    /**
     * Appends parts of transactions that were decided. They wait for room like others, and are never refused for want of it:
     * how much home shards hold is bounded by {@link ShardTransactions#MAX_BYTES}.
     */
    public Future<ParcelReply> appendDecided(Parcel parcel) {
        return append(parcel, Sender.DECISION);
    }

    private Future<ParcelReply> append(Parcel parcel, Sender sender) {
        if (!serves()) {
            return Future.failedFuture(unavailable());
        }
        try {
            numbering.requireWhole(parcel, sender);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        Promise<ParcelReply> reply = Promise.promise();
        if (intake.offer(parcel, sender, reply)) {
            forceLazyFrames(0);
        }
        return reply.future();
    }

    private StrandlineException unavailable() {
        return new StrandlineException.Unavailable("shard " + state.shard()
                + switch (phase) {
                    case STOPPED -> " is stopped";
                    case CLOSING -> " closes";
                    case SERVING -> " has no space for its journal";
                });
    }

    private void take(Parcel parcel, Sender sender, Promise<ParcelReply> reply) {
        Numbering.Outcome outcome = numbering.number(parcel, sender);
        ParcelReply answer =
                new ParcelReply(outcome.offsets(), outcome.duplicates(), outcome.holders(), outcome.refusals());
        if (outcome.acceptedCount() > 0) {
            ParcelArrays home = parcel.isLent() ? parcelArrays : null;
            PendingAppend waits = new PendingAppend(state, reads, outcome, answer, reply, home);
            if (parcel.durability() == Durability.FORCED || outcome.refusals() != null) {
                queue(FrameKind.BATCHES, outcome.accepted(), waits);
            } else {
                queueLazily(outcome.accepted(), waits, forceWithin(parcel.durability(), outcome));
            }
        } else {
            answerWhenForced(reply, answer);
        }
    }

    /**
     * How long the force of accepted batches may wait. Readers at the end of a partition wait for the interval at most.
     */
    private long forceWithin(Durability durability, Numbering.Outcome outcome) {
        if (durability == Durability.OS) {
            for (int i = 0; i < outcome.acceptedCount(); i++) {
                if (!outcome.partitions()[i].waiters().isEmpty()) {
                    return forceIntervalMillis;
                }
            }
            return Math.max(OS_FORCE_MILLIS, forceIntervalMillis);
        }
        return forceIntervalMillis;
    }

    private void unpark() {
        if (serves()) {
            intake.unpark();
        }
    }

    /** Stamps of a partition were found ahead of the clock. */
    public void stampIsAhead(Partition partition, long nowMillis) {
        numbering.warnIfAhead(partition.id(), partition.lastStamp(), nowMillis);
    }

    // ---- reads

    /** Reads durable batches. See {@link io.strandline.spi.LogPort#read}. */
    public Future<ReadSlice> read(long partition, long offset, int maxBytes) {
        return isStopped()
                ? Future.failedFuture(unavailable())
                : Answers.of(() -> reads.read(partition, offset, maxBytes));
    }

    /** As {@link #read}, but waits at the end of the partition. */
    public void await(long partition, Waiter waiter) {
        if (isStopped()) {
            waiter.promise().fail(unavailable());
        } else {
            reads.await(partition, waiter);
            forceLazyFrames(forceIntervalMillis);
        }
    }

    /** Gives up a wait. */
    public void stopWaiting(long partition, Future<ReadSlice> wait) {
        reads.stopWaiting(partition, wait);
    }

    /** Finds the first event at or after a time. See {@link io.strandline.spi.LogPort#offsetAt}. */
    public Future<Long> offsetAt(long partition, long stamp) {
        return isStopped() ? Future.failedFuture(unavailable()) : Answers.of(() -> times.offsetAt(partition, stamp));
    }

    /** Reads durable events of one key. See {@link io.strandline.spi.LogPort#history}. */
    public Future<HistorySlice> history(long partition, HistoryRequest request) {
        return isStopped() ? Future.failedFuture(unavailable()) : Answers.of(() -> history.read(partition, request));
    }

    // ---- changes

    @Override
    public Future<Void> change(List<? extends ControlRecord> records) {
        Promise<Void> promise = Promise.promise();
        FrameBody body = FrameBody.of(ControlRecord.encode(records));
        if (isStopped() || !diskSpace.takes(records, body)) {
            promise.fail(unavailable());
            return promise.future();
        }
        records.forEach(controlRecord -> controlRecord.bind(numbering));
        PendingAnswer<Void> answer = new PendingAnswer<>(promise, null);
        queue(FrameKind.CONTROL, body, new Pending() {
            @Override
            public void forced() {
                records.forEach(controlRecord -> controlRecord.applyTo(state));
                answer.forced();
            }

            @Override
            public void fail(StrandlineException cause) {
                answer.fail(cause);
            }

            @Override
            public void late(StrandlineException cause) {
                answer.late(cause);
            }
        });
        return promise.future();
    }

    @Override
    public boolean hasRoomToFree(int bodyBytes) {
        return journal.roomFor(bodyBytes) != Journal.Room.NONE;
    }

    @Override
    public Future<Void> settled() {
        Promise<Void> promise = Promise.promise();
        if (isStopped() || (diskSpace.isExhausted() && lastQueued > forcedUpTo)) {
            promise.fail(unavailable());
        } else {
            answerWhenForced(promise, null);
        }
        return promise.future();
    }

    /**
     * Proves that a claim is held; see {@link io.strandline.spi.LogPort#barrier}. The lock of the data directory keeps every
     * other owner away, so what is queued is all that has to be forced.
     */
    public Future<Void> barrier(long partition, long writer, int epoch) {
        StrandlineException lost = numbering.lostClaim(partition, writer, epoch);
        return lost == null ? settled() : refused(lost);
    }

    /** Claims a partition, unless an owner of a later generation has. */
    public Future<Void> claim(long partition, Claim claim) {
        StrandlineException refusal = numbering.refusedClaim(partition, claim);
        return refusal == null
                ? change(List.of(new ControlRecord.PartitionClaimed(partition, claim)))
                : refused(refusal);
    }

    /** Refuses when everything is forced that the refusal may rest on. */
    private Future<Void> refused(StrandlineException why) {
        return settled().compose(settled -> Future.failedFuture(why));
    }

    // ---- copies

    /**
     * Keeps the journal's files for a copy that ends at a moment. Completes when everything that the shard had taken before is
     * forced, and the files no longer change but at their end.
     */
    public Future<Void> hold(CutMoment moment) {
        cut.begin(moment, forcedUpTo);
        return onShard(journal.hold()).compose(held -> settled());
    }

    /** The last frame of the copy that ends at a moment, once that has passed. Fails Unavailable if another life held it. */
    public Future<Long> cutFrame(CutMoment moment) {
        return cut.isOf(moment) && !isStopped()
                ? Future.succeededFuture(cut.frame())
                : Future.failedFuture(recovered());
    }

    /** The journal was copied. Fails Unavailable if another life held it, whose files were not kept. */
    public Future<Void> letGo(CutMoment moment) {
        if (!cut.isOf(moment)) {
            return Future.failedFuture(recovered());
        }
        cut.end();
        journal.letGo();
        return Future.succeededFuture();
    }

    private StrandlineException recovered() {
        return new StrandlineException.Unavailable(
                "shard " + state.shard() + " has recovered or closed while it was copied; back up again");
    }

    /** True while the disk has no room for events. */
    boolean isFull() {
        return !diskSpace.isFree();
    }

    /** Its figures of this moment, with those of its recovery. */
    ShardStatistics statistics(long recoveries, long recoveryNanos) {
        ForceFigures forces = journal.forceFigures();
        long appended = 0;
        long stored = 0;
        for (Partition partition : state.partitions().values()) {
            appended += partition.endOffset();
            stored += partition.endOffset() - partition.startOffset();
        }
        return new ShardStatistics(
                state.shard(),
                recoveries,
                recoveryNanos,
                state.recoveredFrames(),
                forces.forces(),
                forces.bytes(),
                forces.nanos(),
                forces.recentMaxNanos(),
                journal.unforcedBytes(),
                journal.keptFiles(),
                checkpoints.ageMillis(),
                state.partitions().size(),
                appended,
                stored,
                state.unflushedBytes(),
                state.space().chunks().size(),
                state.space().fileBytes(),
                state.space().deadBytes(),
                isFull());
    }

    /** Names of the chunks that the shard refers to. */
    public Future<List<String>> chunkNames() {
        return Future.succeededFuture(state.space().chunks().stream()
                .map(chunk -> chunk.id().objectName())
                .toList());
    }

    // ---- the journal

    /** Number of the last frame. */
    long lastQueued() {
        return lastQueued;
    }

    boolean isForced(long frame) {
        return frame <= forcedUpTo;
    }

    /** False if it is stopped, or closes, or takes only what frees space. */
    public boolean serves() {
        return phase == Phase.SERVING && diskSpace.isFree();
    }

    @Override
    public boolean isSettled() {
        return lastQueued <= forcedUpTo;
    }

    @Override
    public long queue(FrameKind kind, FrameBody body, @Nullable Pending waits) {
        lastQueued = journal.append(kind, body);
        rest.queued(kind);
        compaction.appended(body.length());
        if (waits != null) {
            pending.add(lastQueued, waits);
        }
        return lastQueued;
    }

    /** Queues batches whose answer does not wait for the force. */
    private void queueLazily(FrameBody body, Pending waits, long forceWithinMillis) {
        lastQueued = journal.append(FrameKind.BATCHES, body, forceWithinMillis);
        rest.queued(FrameKind.BATCHES);
        lastLazy = lastQueued;
        compaction.appended(body.length());
        pending.addLazy(lastQueued, waits);
    }

    /** Somebody waits for what would otherwise be forced later. */
    private void forceLazyFrames(long withinMillis) {
        if (lastLazy > forcedUpTo) {
            journal.force(withinMillis);
        }
    }

    private <T> void answerWhenForced(Promise<T> promise, @Nullable T answer) {
        if (isSettled()) {
            promise.complete(answer);
            return;
        }
        forceLazyFrames(0);
        pending.add(lastQueued, new PendingAnswer<>(promise, answer));
    }

    @Override
    public void forced(long upToFrame) {
        if (isStopped()) {
            return;
        }
        forcedUpTo = upToFrame;
        cut.forced(upToFrame);
        diskSpace.forced();
        pending.forced(upToFrame, state::appliedUpTo);
        state.appliedUpTo(upToFrame);
        written(upToFrame);
        unpark();
        maintain();
        rest.watch();
    }

    @Override
    public void written(long upToFrame) {
        pending.written(upToFrame);
    }

    /** Moves events to chunks and forgets journal files, as far as there is a reason. */
    @Override
    public void maintain() {
        if (isStopped()) {
            return;
        }
        if (phase == Phase.CLOSING) {
            closingCheckpoint.advance();
        } else {
            flush.maintain(journal);
            checkpoints.maintain(flush.flushedUpToFrame());
            compaction.maintain();
            unpark();
        }
    }

    @Override
    public void blockedForSpace(boolean isBlocked) {
        diskSpace.blocked(isBlocked);
        if (isBlocked) {
            intake.fail(unavailable());
        } else {
            maintain();
        }
    }

    @Override
    public void stalledForSpace() {
        if (!isStopped()) {
            diskSpace.stalled();
            pending.late(new StrandlineException.Unknown("shard " + state.shard()
                    + " has no space for its journal; what it had taken before becomes durable when there is space"));
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (!isStopped()) {
            stop(new StrandlineException.Unknown(
                    "shard " + state.shard() + " failed, by " + cause + "; whether the append is durable is not known",
                    cause));
            failed.accept(cause);
        }
    }

    @Override
    public void broke(Throwable cause) {
        if (isStopped()) {
            LOG.error("a task of shard {} threw after its end", state.shard(), cause);
            return;
        }
        try {
            journal.abandon();
        } finally {
            failed(cause);
        }
    }

    private void stop(StrandlineException cause) {
        phase = Phase.STOPPED;
        parcelArrays.clear();
        flush.stop();
        compaction.stop();
        closingCheckpoint.giveUp();
        pending.fail(cause);
        intake.fail(unavailable());
        transactions.stop(cause);
        reads.stop(unavailable());
    }

    /** Forces what is queued, leaves a checkpoint for the next open, and stops. */
    Future<Void> close() {
        if (isStopped()) {
            return Future.succeededFuture();
        }
        phase = Phase.CLOSING;
        intake.fail(unavailable());
        compaction.stop();
        if (diskSpace.isExhausted()) {
            // Frames that wait for room on the disk would wait forever.
            stop(new StrandlineException.Unknown("shard " + state.shard() + " closed while it had no space"));
        }
        return settled()
                .transform(settled -> isStopped() ? NO_CHECKPOINT : closingCheckpoint.begin())
                .transform(checkpoint -> {
                    if (!isStopped()) {
                        stop(new StrandlineException.Unavailable("shard " + state.shard() + " is closed"));
                    }
                    return journal.close(checkpoint.succeeded() ? checkpoint.result() : List.of());
                });
    }
}
