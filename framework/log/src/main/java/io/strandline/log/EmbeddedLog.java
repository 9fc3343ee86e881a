package io.strandline.log;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.backup.BackupTurns;
import io.strandline.log.impl.catalog.LogCatalog;
import io.strandline.log.impl.catalog.RetentionWatch;
import io.strandline.log.impl.file.DiskSideFiles;
import io.strandline.log.impl.file.KeptFiles;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardCalls;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Waiter;
import io.strandline.log.impl.transaction.TransactionParts;
import io.strandline.log.spi.Environment;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.SideFiles;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import io.strandline.spi.watch.DiskRoom;
import io.strandline.spi.watch.ShardCondition;
import io.strandline.spi.watch.ShardStatistics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The embedded engine over any environment: the shards of one log, and its catalog. Applications open it through {@link
 * io.strandline.Strandline#open}. This entry point is for callers that bring their own disk, time and executors, such as
 * a simulation.
 */
public final class EmbeddedLog implements LogPort {

    private static final int ANONYMOUS_COUNT_BITS = 32;

    private final LogOptions options;
    private final Environment environment;
    private final KeptFiles disk;
    private final BackupTurns backups;
    private final ShardHost[] shards;
    private final RetentionWatch retention;
    private final LogCatalog catalog;
    private final EmbeddedTransactions transactions;
    private final AtomicLong anonymous = new AtomicLong();
    private final AtomicReference<@Nullable Future<Void>> closing = new AtomicReference<>();
    private final LogPlace place;
    private volatile long opening = UNKNOWN_OPENING;

    private EmbeddedLog(Environment outside, LogOptions options, int shardCount, LogPlace place) {
        this.options = options;
        this.place = place;
        this.disk = new KeptFiles(outside.disk());
        this.environment = outside.withDisk(disk);
        this.shards = new ShardHost[shardCount];
        for (int i = 0; i < shardCount; i++) {
            shards[i] = new ShardHost(environment, options, i, shardCount);
        }
        this.backups = new BackupTurns(shards, disk, environment.clock());
        this.retention = new RetentionWatch(
                shards, environment, options.getRetentionIntervalMillis(), options.getSectionBytes());
        this.catalog = new LogCatalog(shards, retention, environment);
        this.transactions = new EmbeddedTransactions(shards, catalog.writers());
    }

    /**
     * Recovers all shards and opens the log.
     *
     * @param environment everything outside the log that the shards use
     * @param options limits
     * @param shards number of shards, the same every time
     * @param mustExist true if an earlier opening of the log completed, so that a shard without any file is damage
     */
    public static Future<EmbeddedLog> open(Environment environment, LogOptions options, int shards, boolean mustExist) {
        return open(environment, options, shards, mustExist, LogPlace.UNKNOWN);
    }

    /** As {@link #open(Environment, LogOptions, int, boolean)}, at a place, which is released also if the opening fails. */
    static Future<EmbeddedLog> open(
            Environment environment, LogOptions options, int shards, boolean mustExist, LogPlace place) {
        EmbeddedLog log = new EmbeddedLog(environment, options, shards, place);
        return log.openShards(mustExist).map(log).recover(cause -> log.close()
                .transform(closed -> Future.failedFuture(cause)));
    }

    private Future<Void> openShards(boolean mustExist) {
        if (options.getMaxSubscriberIdleMillis() > 0) {
            catalog.forgetIdle(options.getMaxSubscriberIdleMillis());
        }
        ShardCalls calls = new ShardCalls(transactions, catalog::resume, retention::chunksAdded);
        List<Future<Void>> opened = new ArrayList<>();
        for (ShardHost shard : shards) {
            opened.add(shard.open(calls, mustExist));
        }
        return Future.join(opened).compose(all -> {
            int epoch = shards[0].epoch();
            opening = place.opening(epoch);
            // Negative, with the epoch in front: no two runs of a log hand out one number, and later ones are higher.
            anonymous.set(Long.MIN_VALUE | ((long) epoch << ANONYMOUS_COUNT_BITS));
            return catalog.resume();
        });
    }

    @Override
    public String address() {
        return place.address();
    }

    @Override
    public LogIdentity identity() {
        return place.identity();
    }

    @Override
    public long opening() {
        return opening;
    }

    @Override
    public SideFiles sideFiles(String directory) {
        return new DiskSideFiles(disk, directory, place.address() + "/" + directory);
    }

    @Override
    public Future<List<ShardStatistics>> statistics() {
        List<Future<ShardStatistics>> asked =
                Arrays.stream(shards).map(ShardHost::statistics).toList();
        return Future.join(asked).transform((all, failure) -> {
            List<ShardStatistics> told =
                    asked.stream().filter(Future::succeeded).map(Future::result).toList();
            return told.isEmpty() ? Future.failedFuture(failure) : Future.succeededFuture(told);
        });
    }

    @Override
    public List<Future<ShardCondition>> conditions() {
        return Arrays.stream(shards).map(ShardHost::condition).toList();
    }

    @Override
    public Future<DiskRoom> diskRoom() {
        Promise<DiskRoom> promise = Promise.promise();
        try {
            environment.readExecutor().execute(() -> {
                try {
                    promise.complete(disk.room());
                } catch (IOException e) {
                    promise.fail(new StrandlineException.Unavailable("the disk does not tell its room: " + e, e));
                }
            });
        } catch (RejectedExecutionException e) {
            promise.fail(new StrandlineException.Unavailable("the log is closed", e));
        }
        return promise.future();
    }

    @Override
    public Future<BackupPoint> backup() {
        String directory = options.getBackupDirectory();
        return directory.isEmpty()
                ? Future.failedFuture(new StrandlineException.Invalid("log \"" + place.address()
                        + "\" was opened without a directory for backups: set backupDirectory of its options"))
                : backup(Path.of(directory), BackupProgress.NONE);
    }

    @Override
    public Future<BackupProgress.State> backupState() {
        return Future.succeededFuture(backups.state());
    }

    /** As {@link #backup()}, to any directory. */
    Future<BackupPoint> backup(Path root, BackupProgress progress) {
        return backups.take(root, place.identity().id(), progress);
    }

    /** The hosts of its shards, in order. */
    ShardHost[] hosts() {
        return shards.clone();
    }

    @Override
    public int shards() {
        return shards.length;
    }

    @Override
    public int maxEventBytes() {
        return options.getMaxEventBytes();
    }

    @Override
    public ParcelArrays parcelArrays(int shard) {
        return shards[shard].parcelArrays();
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id) {
        if (id != null && id.startsWith(TransactionParts.WRITER_PREFIX)) {
            return Future.failedFuture(new StrandlineException.Invalid("writer id " + id + " begins with "
                    + TransactionParts.WRITER_PREFIX + ", which is kept for transactions"));
        }
        return id == null
                ? catalog.writers().admitAnonymous(stream, anonymous.incrementAndGet())
                : catalog.writers().admit(stream, id);
    }

    @Override
    public Future<WriterGrant> claim(StreamName stream, long partition, long generation) {
        return catalog.writers().claim(stream, partition, generation);
    }

    @Override
    public Future<Void> barrier(WriterGrant held) {
        PartitionDescription claimed = held.slots().get(0).partition();
        return call(claimed.shard(), shard -> shard.barrier(claimed.id(), held.writer(), held.epoch()));
    }

    @Override
    public Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id) {
        return catalog.writers().refresh(held, id);
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return catalog.layout(stream);
    }

    @Override
    public Future<StreamName> streamOf(long partition) {
        return catalog.streamOf(partition);
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        return call(partition.shard(), shard -> shard.offsetAt(partition.id(), stamp));
    }

    @Override
    public TransactionPort transactions() {
        return transactions;
    }

    @Override
    public Future<WriterGrant> readmitWriter(WriterGrant held, @Nullable String id) {
        return id == null
                ? admitWriter(held.stream().name(), null)
                : catalog.writers().readmit(held, id);
    }

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        return call(parcel.shard(), shard -> shard.append(parcel));
    }

    @Override
    public Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes) {
        return call(partition.shard(), shard -> shard.read(partition.id(), offset, maxBytes));
    }

    @Override
    public Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes) {
        Waiter waiter = new Waiter(offset, maxBytes, Promise.promise());
        call(partition.shard(), shard -> {
                    shard.await(partition.id(), waiter);
                    return Future.succeededFuture();
                })
                .onFailure(waiter.promise()::tryFail);
        return waiter.promise().future();
    }

    @Override
    public void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait) {
        call(partition.shard(), shard -> {
            shard.stopWaiting(partition.id(), wait);
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request) {
        return call(partition.shard(), shard -> shard.history(partition.id(), request));
    }

    <T> Future<T> call(int shard, Function<Shard, Future<T>> action) {
        return shard >= 0 && shard < shards.length
                ? shards[shard].call(action)
                : Future.failedFuture(new StrandlineException.Invalid(
                        "shard " + shard + " does not exist, the log has " + shards.length));
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        if (closing.compareAndSet(null, closed.future())) {
            backups.close()
                    .transform(ended -> closeShards())
                    .eventually(place.release())
                    .<Void>mapEmpty()
                    .onComplete(closed);
        }
        Future<Void> first = closing.get();
        return first == null ? closed.future() : first;
    }

    private Future<?> closeShards() {
        catalog.stop();
        retention.stop();
        List<Future<Void>> closed = new ArrayList<>();
        for (ShardHost shard : shards) {
            closed.add(shard.close());
        }
        return Future.join(closed);
    }
}
