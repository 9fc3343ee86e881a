package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.FileChunkStorage;
import io.strandline.log.impl.control.ShardRecovery;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.FileJournal;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.log.spi.ShardExecutor;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Backoff;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchCompressor;
import io.strandline.spi.Logger;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.watch.ShardCondition;
import io.strandline.spi.watch.ShardStatistics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a shard alive: recovers it when the log opens, and again after its journal failed or one of its tasks threw, as
 * after a crash. Calls from any thread reach the shard of the moment through {@link #call}.
 *
 * <p>A shard that fails again and again without serving for a while is given up after {@link #MAX_RECOVERIES}: its calls then
 * fail with the reason, until the log is opened again.
 */
public final class ShardHost {

    private static final Logger LOG = Logger.of(ShardHost.class);
    private static final int FIRST_RETRY_MILLIS = 50;
    private static final int LAST_RETRY_MILLIS = 5_000;

    /**
     * Recoveries in a row, which take about three minutes together. A disk without room does not count, because room may
     * come.
     */
    public static final int MAX_RECOVERIES = 40;

    /** How long a life serves before its end counts as the first failure again, in milliseconds. */
    public static final long SERVED_MILLIS = 10_000;

    private final Environment environment;
    private final ShardLimits limits;
    private final int index;
    private final ShardExecutor executor;
    private final FileChunkStorage storage;
    private final ParcelArrays parcelArrays;
    private final int shardCount;

    private @Nullable Shard shard;

    /** The recovery in progress, or the last one. It must not continue after a close. */
    private Future<Void> recovery = Future.succeededFuture();

    private volatile int epoch;
    private long opens;
    private long recoveryNanos;
    private final Backoff pauses = Backoff.exact(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS);
    private long servesSinceNanos;
    private int recoveries;

    /** Why there is no shard to call. Null if it never failed. */
    private @Nullable Throwable why;

    private boolean givenUp;
    private boolean closed;

    /**
     * A host that is not open yet: its calls fail Unavailable.
     *
     * @param shardCount shards of the log
     */
    public ShardHost(Environment environment, ShardLimits limits, int index, int shardCount) {
        this.environment = environment;
        this.limits = limits;
        this.index = index;
        this.shardCount = shardCount;
        this.executor = environment.shardExecutors().apply(index);
        this.executor.whenThrown(this::broke);
        this.storage = new FileChunkStorage(
                environment.disk(),
                ShardDirectories.chunks(index),
                environment.chunkExecutors().apply(index),
                environment.compactionExecutor(),
                environment.readExecutor());
        // What a round of the flush frees at once.
        this.parcelArrays = new ParcelArrays((int) (limits.getTailBytes() / shardCount / 2 / ParcelArrays.ARRAY_BYTES));
    }

    /** Arrays for parcels of the shard. */
    public ParcelArrays parcelArrays() {
        return parcelArrays;
    }

    /**
     * Recovers the shard. To be called once.
     *
     * @param calls what this life of the shard, and later ones, call in the rest of the log
     * @param mustExist fail Corrupt if there is no journal at all
     */
    public Future<Void> open(ShardCalls calls, boolean mustExist) {
        return open(
                new SharedByLives(
                        environment, limits, shardCount, storage, new ChunkReader(storage), parcelArrays, calls),
                mustExist);
    }

    private Future<Void> open(SharedByLives shared, boolean mustExist) {
        Promise<Void> promise = Promise.promise();
        storage.sizes()
                .onComplete(listed -> executor.execute(() -> {
                    if (listed.succeeded()) {
                        Answers.of(() -> open(shared, mustExist, listed.result()))
                                .onComplete(promise);
                    } else {
                        promise.fail(known(listed.cause()));
                    }
                }));
        return promise.future();
    }

    private Future<Void> open(SharedByLives shared, boolean mustExist, Map<String, Long> chunks) {
        long beginNanos = environment.clock().monotonicNanos();
        Journal journal = new FileJournal(environment, index, limits, ShardDirectories.journal(index));
        ShardState state = new ShardState(index, this::unreferenced);
        Promise<Void> promise = Promise.promise();
        journal.open(contents -> restore(contents, state, mustExist, chunks))
                .onComplete(result -> executor.execute(() -> {
                    if (result.failed()) {
                        promise.fail(known(result.cause()));
                        return;
                    }
                    try {
                        opens++;
                        recoveryNanos = environment.clock().monotonicNanos() - beginNanos;
                        serve(shared, journal, state, result.result().epoch(), chunks.keySet());
                    } catch (Throwable thrown) {
                        shard = null;
                        journal.abandon();
                        promise.fail(known(thrown));
                        return;
                    }
                    promise.complete();
                }));
        return promise.future();
    }

    /** An error of the disk, which may pass, as the failure that says so. */
    private StrandlineException known(Throwable cause) {
        return cause instanceof StrandlineException known
                ? known
                : new StrandlineException.Unavailable(
                        "shard " + index + " cannot be opened: " + cause.getMessage(), cause);
    }

    private static void restore(
            Journal.Contents contents, ShardState state, boolean mustExist, Map<String, Long> chunks)
            throws IOException {
        if (mustExist && contents.firstFrame() == 0) {
            throw new StrandlineException.Corrupt(
                    "shard " + state.shard() + " has no journal file in " + ShardDirectories.journal(state.shard())
                            + ", though the log was created; restore them from a backup");
        }
        ShardRecovery.restore(contents, state);
        NamedChunks.require(state, chunks);
        requireFlushable(state);
    }

    /** A flush makes the key index from the plain records, so it needs the libraries of all batches in memory. */
    private static void requireFlushable(ShardState state) {
        for (Partition partition : state.dirtyPartitions()) {
            BatchRun tail = partition.tail();
            for (int i = 0; i < tail.size(); i++) {
                if (Batch.isCompressed(tail.array(i), tail.at(i))) {
                    requireLibrary(state.shard(), tail.array(i), tail.at(i));
                }
            }
        }
    }

    private static void requireLibrary(int shard, byte[] bytes, int at) {
        try {
            BatchCompressor.ofBatch(bytes, at);
        } catch (StrandlineException.Invalid missing) {
            throw new StrandlineException.Invalid(
                    "shard " + shard + " holds events that are in no chunk yet: " + missing.getMessage(), missing);
        }
    }

    private void serve(SharedByLives shared, Journal journal, ShardState state, int epoch, Set<String> chunks) {
        Shard life = new Shard(shared, state, journal, epoch, cause -> revive(shared, cause));
        journal.listen(life);
        this.epoch = epoch;
        servesSinceNanos = environment.clock().monotonicNanos();
        shard = life;
        if (closed) {
            return;
        }
        life.start();
        sweep(chunks, state, epoch);
    }

    /** Deletes chunks of earlier owners that nothing refers to: rounds that a crash cut off. */
    private void sweep(Set<String> names, ShardState state, int epoch) {
        for (String name : names) {
            ChunkId id = ChunkId.parse(name);
            if (id != null && id.epoch() < epoch && !state.refersTo(id)) {
                deleteChunk(id);
            }
        }
    }

    /** A chunk that a replay lets go is left to the sweep: the frame that says so may not be forced yet. */
    private void unreferenced(ChunkId id) {
        if (shard != null) {
            deleteChunk(id);
        }
    }

    private void deleteChunk(ChunkId id) {
        storage.delete(id.objectName())
                .onSuccess(deleted -> executor.execute(this::spaceFreed))
                .onFailure(
                        cause -> LOG.warn("shard {} could not delete chunk {}; the next start does", index, id, cause));
    }

    private void spaceFreed() {
        Shard life = shard;
        if (life != null) {
            life.spaceFreed();
        }
    }

    /** A task of this shard threw, whatever it was: that life of the shard is over. */
    private void broke(Throwable cause) {
        Shard life = shard;
        if (life == null) {
            LOG.error("a task of shard {} threw while there was none to serve", index, cause);
        } else {
            life.broke(cause);
        }
    }

    private void revive(SharedByLives shared, Throwable cause) {
        LOG.error("shard {} failed, recovering", index, cause);
        if (environment.clock().monotonicNanos() - servesSinceNanos >= TimeUnit.MILLISECONDS.toNanos(SERVED_MILLIS)) {
            pauses.reset();
            recoveries = 0;
        }
        retryAfter(shared, cause);
    }

    private void retryAfter(SharedByLives shared, Throwable cause) {
        if (closed) {
            return;
        }
        shard = null;
        why = cause;
        if (recoveries >= MAX_RECOVERIES) {
            givenUp = true;
            LOG.error(
                    "shard {} is stopped until the log is opened again, after {} recoveries in a row",
                    index,
                    recoveries,
                    cause);
            return;
        }
        recoveries += hasNoSpace(cause) ? 0 : 1;
        long pause = pauses.next();
        LOG.info("shard {} is recovered in {} ms", index, pause);
        environment.timers().after(index, pause, () -> recover(shared));
    }

    private static boolean hasNoSpace(Throwable cause) {
        return cause instanceof NoSpaceException || cause.getCause() instanceof NoSpaceException;
    }

    private void recover(SharedByLives shared) {
        if (closed) {
            return;
        }
        recovery = Answers.of(() -> open(shared, true));
        recovery.onComplete(result -> {
            if (result.succeeded()) {
                shared.calls().recovered().run();
            } else {
                LOG.error("shard {} could not recover", index, result.cause());
                retryAfter(shared, result.cause());
            }
        });
    }

    /** Its figures. Fails with Unavailable while there is no shard. */
    public Future<ShardStatistics> statistics() {
        return call(life -> Future.succeededFuture(life.statistics(opens, recoveryNanos)));
    }

    /** What it does at the moment. */
    public Future<ShardCondition> condition() {
        Promise<ShardCondition> promise = Promise.promise();
        executor.executeNow(() -> Answers.give(promise, conditionNow()));
        return promise.future();
    }

    private ShardCondition conditionNow() {
        Shard life = shard;
        if (closed || givenUp) {
            return ShardCondition.STOPPED;
        }
        if (life == null) {
            return ShardCondition.RECOVERS;
        }
        return life.isFull() ? ShardCondition.FULL : ShardCondition.SERVES;
    }

    /** Epoch of the newest recovery. */
    public int epoch() {
        return epoch;
    }

    /** Lets the compaction of the shard of the moment begin. Called from any thread. */
    public void compact() {
        executor.execute(() -> {
            if (shard != null) {
                shard.compact();
            }
        });
    }

    /** Runs a task on the shard's executor, whether or not there is a shard at the moment. */
    public void execute(Runnable task) {
        executor.execute(task);
    }

    /** Calls the shard on its executor. Fails with Unavailable while there is none. */
    public <T> Future<T> call(Function<Shard, Future<T>> action) {
        Promise<T> promise = Promise.promise();
        executor.executeNow(() -> {
            Shard life = shard;
            if (life == null || closed) {
                Answers.fail(promise, absent());
                return;
            }
            try {
                action.apply(life).onComplete(outcome -> Answers.handle(promise, outcome));
            } catch (StrandlineException refusal) {
                Answers.fail(promise, refusal);
            } catch (Throwable thrown) {
                Answers.fail(
                        promise,
                        new StrandlineException.Unknown(
                                "shard " + index + " failed in a call; whether it took effect is not known", thrown));
                throw thrown;
            }
        });
        return promise.future();
    }

    private StrandlineException absent() {
        String state =
                closed ? " is closed" : givenUp ? " is stopped after " + recoveries + " recoveries" : " recovers";
        Throwable last = closed ? null : why;
        return last == null
                ? new StrandlineException.Unavailable("shard " + index + state)
                : new StrandlineException.Unavailable("shard " + index + state + ": " + last, last);
    }

    /** Completes when nothing of the shard is under way any more and all its files are closed. */
    public Future<Void> close() {
        Promise<Void> promise = Promise.promise();
        executor.execute(() -> {
            closed = true;
            recovery.transform(recovered -> closeLife())
                    .eventually(storage::close)
                    .onComplete(promise);
        });
        return promise.future();
    }

    private Future<Void> closeLife() {
        Shard life = shard;
        return life == null ? Future.succeededFuture() : life.close();
    }
}
