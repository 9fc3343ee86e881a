package io.strandline.log;

import io.strandline.Catalog;
import io.strandline.Durability;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.SimulatedCrash;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** A log on a simulated disk in simulated time, with one writer for everything. For one thread. */
public final class SimulatedLog {

    private static final long MAX_STEPS = 400_000;

    public final SimulatedScheduler scheduler;
    private final LogOptions options;
    private final int shards;
    private final Flaw flaw;
    private SimulatedDisk disk;
    private EmbeddedLog log;
    private final long writer = Long.MIN_VALUE | 7;
    private final Map<Long, Sequence> last = new HashMap<>();
    private boolean existed;

    public SimulatedLog(long seed, LogOptions options, int shards) {
        this(seed, options, shards, Flaw.NONE);
    }

    public SimulatedLog(long seed, LogOptions options, int shards, Flaw flaw) {
        this.scheduler = new SimulatedScheduler(seed);
        this.disk = new SimulatedDisk(seed);
        this.options = options;
        this.shards = shards;
        this.flaw = flaw;
        this.log = open();
    }

    public SimulatedScheduler scheduler() {
        return scheduler;
    }

    private EmbeddedLog open() {
        EmbeddedLog opened = get(EmbeddedLog.open(flaw.in(scheduler.environment(disk)), options, shards, existed));
        existed = true;
        log = opened;
        return opened;
    }

    public LogPort port() {
        return log;
    }

    public EmbeddedLog engine() {
        return log;
    }

    /** The shards of the log as it is open now. */
    public ShardHost[] hosts() {
        return log.hosts();
    }

    /** What a shard says, on its executor. */
    public <R> R ask(int shard, Function<Shard, R> question) {
        return get(log.call(shard, life -> Future.succeededFuture(question.apply(life))));
    }

    public Catalog catalog() {
        return log.catalog();
    }

    public SimulatedDisk disk() {
        return disk;
    }

    public StreamDescription createStream(String name, StreamOptions streamOptions) {
        get(catalog().createScope(StreamName.parse(name).scope()));
        return get(catalog().createStream(name, streamOptions));
    }

    // ---- time

    public <T> T get(Future<T> future) {
        until("an answer", future::isComplete);
        if (future.failed()) {
            throw new AssertionError("failed", future.cause());
        }
        return future.result();
    }

    public Throwable failure(Future<?> future) {
        until("an answer", future::isComplete);
        if (future.succeeded()) {
            throw new AssertionError("completed with " + future.result());
        }
        return future.cause();
    }

    public void until(String what, BooleanSupplier condition) {
        if (!scheduler.runUntil(condition, MAX_STEPS)) {
            throw new AssertionError("not reached: " + what);
        }
    }

    /** Runs until an answer or the planned crash. Returns true if a good answer came first. */
    boolean runToCrash(Future<?> future) {
        while (!future.isComplete() && !disk.crashed()) {
            try {
                if (!scheduler.step()) {
                    throw new AssertionError("nothing is left to do, and no answer came");
                }
            } catch (SimulatedCrash e) {
                return future.succeeded();
            }
        }
        return future.succeeded();
    }

    /** Lets everything happen for a while. */
    public void pass(long millis) {
        long end = scheduler.monotonicNanos() + millis * 1_000_000;
        // A timer of its own, so that time passes also if nothing is to be done.
        scheduler.after(0, millis, () -> {});
        until("time passes", () -> scheduler.monotonicNanos() >= end);
    }

    // ---- appends

    /** A parcel of one batch of one event, which follows the last one of this partition. */
    public Parcel next(PartitionDescription partition, int payloadBytes) {
        Sequence previous = last.getOrDefault(partition.id(), Sequence.NONE);
        Sequence following = Sequence.of(previous.major() + 1);
        last.put(partition.id(), following);
        byte[] batch = new BatchBuilder(partition.id(), writer, 1, previous, following)
                .add(new byte[payloadBytes])
                .build();
        return BatchBuilder.parcel(partition.shard(), batch);
    }

    public Future<ParcelReply> append(PartitionDescription partition, int payloadBytes) {
        return append(partition, payloadBytes, Durability.FORCED);
    }

    public Future<ParcelReply> append(PartitionDescription partition, int payloadBytes, Durability durability) {
        return log.append(next(partition, payloadBytes).with(durability));
    }

    /** Takes back the last parcel for a partition, which was refused. */
    public void forget(PartitionDescription partition) {
        last.computeIfPresent(
                partition.id(), (id, sequence) -> sequence.major() == 0 ? null : Sequence.of(sequence.major() - 1));
    }

    /** Number of the writer. It is anonymous and in epoch 1. */
    public long writer() {
        return writer;
    }

    /** Bytes of the batch that {@link #append} appends. */
    public static int batchBytes(int payloadBytes) {
        return new BatchBuilder(1, 1, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[payloadBytes])
                .build()
                .length;
    }

    // ---- what is there

    public long start(StreamDescription stream, int partition) {
        return get(catalog().startCut(stream.name().toString()))
                .offset(stream.partitions().get(partition).id());
    }

    public long end(StreamDescription stream, int partition) {
        return get(catalog().endCut(stream.name().toString()))
                .offset(stream.partitions().get(partition).id());
    }

    /** Bytes of all batches that readers see from the start offset on. */
    public long bytes(PartitionDescription partition) {
        long bytes = 0;
        for (Long at : batches(partition, ReadSlice::startOffset)) {
            bytes += at;
        }
        return bytes;
    }

    private List<Long> batches(PartitionDescription partition, ToLongFunction<ReadSlice> from) {
        List<Long> lengths = new ArrayList<>();
        ReadSlice probe = get(log.read(partition, endOf(partition), 1));
        long offset = from.applyAsLong(probe);
        while (offset < probe.endOffset()) {
            ReadSlice slice = get(log.read(partition, offset, 1 << 20));
            for (ReadSlice.Segment segment : slice.segments()) {
                for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                    lengths.add((long) Batch.length(segment.bytes(), at));
                    offset = Batch.offset(segment.bytes(), at) + Batch.count(segment.bytes(), at);
                }
            }
        }
        return lengths;
    }

    private long endOf(PartitionDescription partition) {
        return get(log.call(partition.shard(), shard -> {
            Partition state = shard.state().partition(partition.id());
            return Future.succeededFuture(state == null ? 0L : state.endOffset());
        }));
    }

    /** Names of all chunks. */
    public List<String> chunks() {
        List<String> chunks = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            try {
                disk.list(ShardDirectories.directory(shard) + "/chunks").stream()
                        .filter(name -> name.endsWith(".chunk"))
                        .forEach(chunks::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return chunks;
    }

    /** Bytes of all chunks. */
    public long chunkBytes() {
        long bytes = 0;
        for (int shard = 0; shard < shards; shard++) {
            String directory = ShardDirectories.directory(shard) + "/chunks";
            try {
                for (String name : disk.list(directory)) {
                    try (DiskFile file = disk.openToRead(directory + "/" + name)) {
                        bytes += file.size();
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return bytes;
    }

    // ---- lives

    public void close() {
        get(log.close());
    }

    public void reopen() {
        get(log.close());
        openAgain();
    }

    /** Opens the log, which is closed. */
    public void openAgain() {
        scheduler.abandon();
        open();
    }

    /** The power is cut. */
    public void crash() {
        scheduler.abandon();
        disk = disk.crash();
        open();
    }

    /** The process ends. Data that the operating system has survives. */
    public void kill() {
        scheduler.abandon();
        disk = disk.kill();
        open();
    }
}
