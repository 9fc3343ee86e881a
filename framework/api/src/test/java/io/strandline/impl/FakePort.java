package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchStructure;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.RetryTime;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A log of one stream that follows rules A3, D1 and D6 on one context of its own. What it does to a parcel before it
 * answers is decided by {@link #fate}.
 */
public final class FakePort implements LogPort {

    static final StreamName STREAM = FakeStream.NAME;

    /** What happens to a parcel. */
    enum Fate {
        TAKEN,
        OVERLOADED,
        UNAVAILABLE,
        UNAUTHORIZED,
        UNKNOWN_TAKEN,
        UNKNOWN_NOT_TAKEN,
        /** The first batch is refused as Invalid. */
        FIRST_BATCH_INVALID,
        /** Taken, and answered with fewer places than there are batches: the writer throws when it takes the answer. */
        MALFORMED,
        /** No answer until {@link #answerHeld}. */
        HELD
    }

    /** A parcel as it arrived. */
    record Arrived(int shard, List<byte[]> batches) {}

    private final Context context;
    private final int shards;
    final FakeStream fake;
    private final CRC32C crc = new CRC32C();
    private final List<Runnable> waitForChange = new ArrayList<>();
    private final Map<String, long[]> named = new HashMap<>();
    private final FakeWaiters waiters = new FakeWaiters(this);
    private final List<Runnable> held = new ArrayList<>();
    private long writers;

    final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    final AtomicInteger reads = new AtomicInteger();
    volatile Function<Parcel, Fate> fate = parcel -> Fate.TAKEN;
    /** What it lends to writers that are created from now on. */
    volatile ParcelArrays arrays = ParcelArrays.NONE;
    /** How many turns of the event loop an answer is late. */
    volatile Function<Parcel, Integer> lateness = parcel -> 0;

    volatile @Nullable StrandlineException admissionFailure;
    volatile @Nullable StrandlineException readFailure;
    volatile int maxEventBytes = 1 << 20;
    /** The clock and the pauses of writers that are created from now on. */
    volatile RetryTime retryTime = RetryTime.SYSTEM;
    /** Questions about the stream and reads of histories are answered when it is open. */
    volatile Future<Void> readGate = Future.succeededFuture();

    volatile boolean deleted;
    volatile boolean closed;
    final FakeTransactions transactions = new FakeTransactions();
    volatile long clock = 1_000;
    /** How often a writer asked where to go on. */
    final AtomicInteger refreshes = new AtomicInteger();

    volatile @Nullable StrandlineException refreshFailure;

    public FakePort(Vertx vertx, int shards, int partitions) {
        this(vertx, shards, KeyRange.equalRanges(partitions));
    }

    FakePort(Vertx vertx, int shards, List<KeyRange> ranges) {
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.shards = shards;
        this.fake = new FakeStream(shards, ranges);
    }

    // ---- scaling ----

    /** Seals open partitions and opens others, as one step. */
    Future<StreamDescription> scale(Set<Long> seal, List<KeyRange> ranges) {
        return call(() -> {
            begin(seal, ranges);
            finish();
            return fake.description();
        });
    }

    /** Seals open partitions. Their successors do not exist before {@link #finishScale}. */
    Future<Void> beginScale(Set<Long> seal, List<KeyRange> ranges) {
        return call(() -> {
            begin(seal, ranges);
            return null;
        });
    }

    Future<Void> finishScale() {
        return call(() -> {
            finish();
            return null;
        });
    }

    /** Splits an open partition, or merges two neighbours, as chance has it. */
    Future<StreamDescription> scaleAtRandom(Random random) {
        return call(() -> {
            fake.beginAtRandom(random);
            waiters.look();
            finish();
            return fake.description();
        });
    }

    private void begin(Set<Long> seal, List<KeyRange> ranges) {
        fake.begin(seal, ranges);
        waiters.look();
    }

    private void finish() {
        fake.finish(clock);
        List<Runnable> waiting = new ArrayList<>(waitForChange);
        waitForChange.clear();
        waiting.forEach(Runnable::run);
    }

    private <T> Future<T> afterChange(java.util.concurrent.Callable<T> action) {
        return call(() -> {
                    Promise<T> promise = Promise.promise();
                    Runnable step = () -> call(action).onComplete(promise);
                    if (!fake.isChanging()) {
                        step.run();
                    } else {
                        waitForChange.add(step);
                    }
                    return promise.future();
                })
                .compose(future -> future);
    }

    List<FakePartition> parts() {
        return fake.parts();
    }

    /** All payloads of a partition as text, in order. */
    Future<List<String>> texts(int partition) {
        return call(() -> parts().get(partition).texts());
    }

    <T> Future<T> call(java.util.concurrent.Callable<T> action) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(ignored -> {
            try {
                promise.complete(action.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    @Override
    public ParcelArrays parcelArrays(int shard) {
        return arrays;
    }

    @Override
    public int shards() {
        return shards;
    }

    @Override
    public int maxEventBytes() {
        return maxEventBytes;
    }

    @Override
    public RetryTime retryTime() {
        return retryTime;
    }

    // ---- writers ----

    @Override
    public Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id) {
        return call(() -> {
            StrandlineException failure = admissionFailure;
            if (failure != null) {
                throw failure;
            }
            requireStream();
            if (id == null) {
                return grant(++writers, 1);
            }
            long[] writer = named.computeIfAbsent(id, ignored -> new long[] {++writers, 0});
            int epoch = (int) ++writer[1];
            parts().forEach(part -> part.raise(writer[0], epoch));
            return grant(writer[0], epoch);
        });
    }

    /** What the log would grant a writer. */
    WriterGrant grant(long writer, int epoch) {
        List<WriterGrant.Slot> slots = new ArrayList<>();
        fake.open().forEach(part -> slots.addAll(part.slots(writer)));
        return new WriterGrant(fake.description(), writer, epoch, slots);
    }

    @Override
    public Future<WriterGrant> claim(StreamName stream, long partition, long generation) {
        return call(() -> {
            FakePartition part = fake.part(partition);
            long[] writer = named.computeIfAbsent("claim", ignored -> new long[] {++writers, 0});
            if (generation > writer[1]) {
                throw new StrandlineException.Invalid("claim of generation " + generation + ", known is " + writer[1]);
            }
            int epoch = (int) ++writer[1];
            long kept = generation == WriterOptions.NEW_GENERATION ? epoch : generation;
            part.claim(kept);
            part.raise(writer[0], epoch);
            return new WriterGrant(fake.description(), writer[0], epoch, kept, List.of(part.wholeSlot(writer[0])));
        });
    }

    /** What the next barriers fail with; they pass without. */
    final ArrayDeque<StrandlineException> barrierFailures = new ArrayDeque<>();

    /** True while barriers get no answer. */
    volatile boolean barriersAreSilent;

    @Override
    public Future<Void> barrier(WriterGrant held) {
        if (barriersAreSilent) {
            return Promise.<Void>promise().future();
        }
        return call(() -> {
            StrandlineException failure = barrierFailures.poll();
            if (failure != null) {
                throw failure;
            }
            fake.part(held.slots().get(0).partition().id()).requireHeld(held.writer(), held.epoch());
            return null;
        });
    }

    @Override
    public Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id) {
        refreshes.incrementAndGet();
        return afterChange(() -> {
            StrandlineException failure = refreshFailure;
            if (failure != null) {
                throw failure;
            }
            requireStream();
            long epoch = id == null ? held.epoch() : Objects.requireNonNull(named.get(id))[1];
            if (epoch != held.epoch()) {
                throw new StrandlineException.Fenced("epoch " + held.epoch() + " is below " + epoch);
            }
            return grant(held.writer(), held.epoch());
        });
    }

    void requireStream() {
        if (deleted) {
            throw new StrandlineException.NotFound("stream " + STREAM + " does not exist");
        }
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return readGate.compose(open -> afterChange(() -> {
            requireStream();
            return fake.description();
        }));
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        return call(() -> fake.part(partition).offsetAt(stamp));
    }

    @Override
    public TransactionPort transactions() {
        return transactions;
    }

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        Promise<ParcelReply> promise = Promise.promise();
        byte[] bytes = Arrays.copyOf(parcel.bytes(), parcel.length());
        requireTrustworthy(parcel);
        arrived.add(new Arrived(parcel.shard(), split(bytes)));
        // Here, so that a test may change the fate as soon as a call has handed its parcels over.
        Fate decided = fate.apply(parcel);
        context.runOnContext(ignored -> {
            Runnable answer = decide(decided, parcel, bytes, promise);
            if (answer != null) {
                late(lateness.apply(parcel), answer);
            }
        });
        return promise.future();
    }

    /** An engine does not walk the records of the writer in its process, so they have to be whole. */
    private static void requireTrustworthy(Parcel parcel) {
        assertThat(parcel.origin()).isEqualTo(Parcel.Origin.WRITER_IN_PROCESS);
        BatchStructure structure = new BatchStructure();
        for (int at = 0; at < parcel.length(); at += Batch.length(parcel.bytes(), at)) {
            assertThat(structure.defect(parcel.bytes(), at)).isNull();
        }
    }

    private static List<byte[]> split(byte[] bytes) {
        List<byte[]> batches = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += Batch.length(bytes, at)) {
            batches.add(Arrays.copyOfRange(bytes, at, at + Batch.length(bytes, at)));
        }
        return batches;
    }

    private void late(int turns, Runnable answer) {
        if (turns == 0) {
            answer.run();
        } else {
            context.runOnContext(ignored -> late(turns - 1, answer));
        }
    }

    private @Nullable Runnable decide(Fate decided, Parcel parcel, byte[] bytes, Promise<ParcelReply> promise) {
        switch (decided) {
            case OVERLOADED -> {
                return () -> promise.fail(new StrandlineException.Overloaded("queue of 0 bytes is full"));
            }
            case UNAVAILABLE -> {
                return () -> promise.fail(new StrandlineException.Unavailable("shard recovers"));
            }
            case UNAUTHORIZED -> {
                return () -> promise.fail(new StrandlineException.Unauthorized("no right to append to " + STREAM));
            }
            case UNKNOWN_NOT_TAKEN -> {
                return () -> promise.fail(new StrandlineException.Unknown("connection lost"));
            }
            case UNKNOWN_TAKEN -> {
                take(parcel, bytes, false);
                return () -> promise.fail(new StrandlineException.Unknown("connection lost"));
            }
            case FIRST_BATCH_INVALID -> {
                ParcelReply reply = take(parcel, bytes, true);
                return () -> promise.complete(reply);
            }
            case MALFORMED -> {
                take(parcel, bytes, false);
                return () -> promise.complete(new ParcelReply(new long[0], null, null, null));
            }
            case HELD -> {
                held.add(() -> promise.complete(take(parcel, bytes, false)));
                return null;
            }
            default -> {
                ParcelReply reply = take(parcel, bytes, false);
                return () -> promise.complete(reply);
            }
        }
    }

    /** Makes every writer's digest one that was not kept. */
    void forgetDigests() {
        parts().forEach(FakePartition::forgetDigests);
    }

    /** A power cut took the newest batch of a partition, which was acknowledged before it was forced. */
    Future<Void> loseNewest(int partition) {
        return call(() -> {
            parts().get(partition).loseNewest();
            return null;
        });
    }

    /** Takes and answers the parcels that were held, in their order. */
    Future<Void> answerHeld() {
        return call(() -> {
            List<Runnable> all = new ArrayList<>(held);
            held.clear();
            all.forEach(Runnable::run);
            return null;
        });
    }

    private ParcelReply take(Parcel parcel, byte[] bytes, boolean refuseFirst) {
        long[] offsets = new long[parcel.batches()];
        boolean[] duplicates = new boolean[parcel.batches()];
        @Nullable StrandlineException[] refusals = new StrandlineException[parcel.batches()];
        int at = 0;
        for (int i = 0; i < parcel.batches(); i++) {
            String defect = Batch.defect(bytes, at, bytes.length, crc);
            if (defect != null) {
                throw new AssertionError(defect);
            }
            byte[] batch = Arrays.copyOfRange(bytes, at, at + Batch.length(bytes, at));
            at += batch.length;
            if (i == 0 && refuseFirst) {
                refusals[i] = new StrandlineException.Invalid("refused");
            } else {
                refusals[i] = takeBatch(parcel, batch, i, offsets, duplicates);
            }
        }
        if (at != bytes.length) {
            throw new AssertionError(at + " of " + bytes.length + " bytes are batches");
        }
        waiters.look();
        return new ParcelReply(offsets, duplicates, refusals);
    }

    private @Nullable StrandlineException takeBatch(
            Parcel parcel, byte[] batch, int index, long[] offsets, boolean[] duplicates) {
        if (deleted) {
            return new StrandlineException.NotFound("stream " + STREAM + " does not exist");
        }
        FakePartition part = fake.part(Batch.partition(batch, 0));
        if (part.description.shard() != parcel.shard()) {
            throw new AssertionError("partition " + part.description + " came to shard " + parcel.shard());
        }
        long[] conditions = parcel.keyConditions();
        long since = conditions == null ? Parcel.NO_CONDITION : conditions[index];
        KeyCheck[][] all = parcel.otherKeys();
        KeyCheck[] others = all == null ? null : all[index];
        boolean isElsewhere =
                others != null && Arrays.stream(others).anyMatch(other -> other.since() == Parcel.ELSEWHERE);
        return part.take(batch, clock, isElsewhere ? Parcel.ELSEWHERE : since, index, offsets, duplicates);
    }

    // ---- readers ----

    @Override
    public Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request) {
        reads.incrementAndGet();
        return readGate.compose(open -> call(() -> {
            StrandlineException failure = readFailure;
            if (failure != null) {
                throw failure;
            }
            return fake.part(partition).history(request);
        }));
    }

    @Override
    public Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes) {
        reads.incrementAndGet();
        return call(() -> slice(fake.part(partition), offset, maxBytes));
    }

    @Override
    public Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes) {
        reads.incrementAndGet();
        Promise<ReadSlice> promise = Promise.promise();
        context.runOnContext(ignored -> waiters.add(fake.part(partition), offset, maxBytes, promise));
        return promise.future();
    }

    @Override
    public void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait) {
        context.runOnContext(ignored -> waiters.stop(wait));
    }

    /** Answers every wait with an empty slice, as after a long time. */
    Future<Integer> tireWaiters() {
        return call(waiters::tire);
    }

    ReadSlice slice(FakePartition part, long offset, int maxBytes) {
        StrandlineException failure = readFailure;
        if (failure != null) {
            throw failure;
        }
        return part.slice(offset, maxBytes);
    }

    // ---- the rest ----

    /** Removes what is before an offset. */
    Future<Void> truncate(int partition, long start) {
        return call(() -> {
            parts().get(partition).start = start;
            return null;
        });
    }

    /** Removes a sealed partition wholly. */
    Future<Void> remove(int partition) {
        return call(() -> {
            parts().get(partition).start = parts().get(partition).end;
            parts().get(partition).gone = true;
            return null;
        });
    }

    @Override
    public Catalog catalog() {
        return new FakeCatalog(this);
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return answerHeld();
    }
}
