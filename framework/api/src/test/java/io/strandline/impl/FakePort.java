package io.strandline.impl;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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

    static final StreamName STREAM = new StreamName("scope", "stream");

    /** What happens to a parcel. */
    enum Fate {
        TAKEN,
        OVERLOADED,
        UNAVAILABLE,
        UNKNOWN_TAKEN,
        UNKNOWN_NOT_TAKEN,
        /** The first batch is refused as Invalid. */
        FIRST_BATCH_INVALID,
        /** No answer until {@link #answerHeld}. */
        HELD
    }

    /** A parcel as it arrived. */
    record Arrived(int shard, List<byte[]> batches) {}

    private record Entry(int epoch, Sequence last, long offset, long digest) {}

    static final class Part {
        final PartitionDescription description;
        final List<byte[]> batches = new ArrayList<>();
        final Map<Long, Entry> writers = new HashMap<>();
        long start;
        long end;

        Part(PartitionDescription description) {
            this.description = description;
        }
    }

    private record Waiter(Part part, long offset, int maxBytes, Promise<ReadSlice> promise) {}

    private final Context context;
    private final int shards;
    private final CRC32C crc = new CRC32C();
    private final List<Part> parts = new ArrayList<>();
    private final Map<String, long[]> named = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private long writers;

    final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    final AtomicInteger reads = new AtomicInteger();
    volatile Function<Parcel, Fate> fate = parcel -> Fate.TAKEN;
    /** How many turns of the event loop an answer is late. */
    volatile Function<Parcel, Integer> lateness = parcel -> 0;

    volatile @Nullable StrandlineException admissionFailure;
    volatile @Nullable StrandlineException readFailure;
    volatile int maxEventBytes = 1 << 20;
    volatile boolean deleted;
    volatile boolean closed;
    final FakeTransactions transactions = new FakeTransactions();

    public FakePort(Vertx vertx, int shards, int partitions) {
        this(vertx, shards, KeyRange.equalRanges(partitions));
    }

    FakePort(Vertx vertx, int shards, List<KeyRange> ranges) {
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.shards = shards;
        for (int i = 0; i < ranges.size(); i++) {
            parts.add(new Part(new PartitionDescription(100 + i, i % shards, ranges.get(i))));
        }
    }

    List<Part> parts() {
        return parts;
    }

    /** All payloads of a partition as text, in order. */
    Future<List<String>> texts(int partition) {
        return call(() -> {
            List<String> texts = new ArrayList<>();
            Batch.Records records = new Batch.Records();
            for (byte[] batch : parts.get(partition).batches) {
                records.reset(batch, 0);
                while (records.hasNext()) {
                    records.next();
                    texts.add(
                            new String(batch, records.payloadFrom(), records.payloadLength(), StandardCharsets.UTF_8));
                }
            }
            return texts;
        });
    }

    private <T> Future<T> call(java.util.concurrent.Callable<T> action) {
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
    public int shards() {
        return shards;
    }

    @Override
    public int maxEventBytes() {
        return maxEventBytes;
    }

    private StreamDescription description() {
        return new StreamDescription(
                STREAM, parts.stream().map(part -> part.description).toList());
    }

    // ---- writers ----

    @Override
    public Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id) {
        return call(() -> {
            StrandlineException failure = admissionFailure;
            if (failure != null) {
                throw failure;
            }
            if (deleted) {
                throw new StrandlineException.NotFound("stream " + stream + " does not exist");
            }
            if (id == null) {
                return grant(++writers, 1);
            }
            long[] writer = named.computeIfAbsent(id, ignored -> new long[] {++writers, 0});
            int epoch = (int) ++writer[1];
            for (Part part : parts) {
                Entry entry = part.writers.get(writer[0]);
                Sequence sequence = entry == null ? Sequence.NONE : entry.last;
                long offset = entry == null ? -1 : entry.offset;
                long digest = entry == null ? 0 : entry.digest;
                part.writers.put(writer[0], new Entry(epoch, sequence, offset, digest));
            }
            return grant(writer[0], epoch);
        });
    }

    /** What the log would grant a writer. */
    WriterGrant grant(long writer, int epoch) {
        List<WriterGrant.Slot> slots = new ArrayList<>();
        for (Part part : parts) {
            PartitionDescription partition = part.description;
            Entry entry = part.writers.get(writer);
            WriterGrant.LastWritten last = entry == null || entry.last.equals(Sequence.NONE)
                    ? null
                    : new WriterGrant.LastWritten(entry.last, partition.id(), entry.offset, entry.digest);
            slots.add(new WriterGrant.Slot(partition, 0, partition.keys(), last));
        }
        return new WriterGrant(description(), writer, epoch, slots);
    }

    @Override
    public Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id) {
        return call(() -> grant(held.writer(), held.epoch()));
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return call(this::description);
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        throw new UnsupportedOperationException();
    }

    @Override
    public TransactionPort transactions() {
        return transactions;
    }

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        Promise<ParcelReply> promise = Promise.promise();
        byte[] bytes = Arrays.copyOf(parcel.bytes(), parcel.length());
        arrived.add(new Arrived(parcel.shard(), split(bytes)));
        context.runOnContext(ignored -> {
            Runnable answer = decide(parcel, bytes, promise);
            if (answer != null) {
                late(lateness.apply(parcel), answer);
            }
        });
        return promise.future();
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

    private @Nullable Runnable decide(Parcel parcel, byte[] bytes, Promise<ParcelReply> promise) {
        switch (fate.apply(parcel)) {
            case OVERLOADED -> {
                return () -> promise.fail(new StrandlineException.Overloaded("queue of 0 bytes is full"));
            }
            case UNAVAILABLE -> {
                return () -> promise.fail(new StrandlineException.Unavailable("shard recovers"));
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
        parts.forEach(part ->
                part.writers.replaceAll((writer, entry) -> new Entry(entry.epoch, entry.last, entry.offset, 0)));
    }

    /** A power cut took the newest batch of a partition, which was acknowledged before it was forced. */
    Future<Void> loseNewest(int partition) {
        return call(() -> {
            Part part = parts.get(partition);
            byte[] lost = part.batches.remove(part.batches.size() - 1);
            part.end -= Batch.count(lost, 0);
            Sequence before = sequence(lost, Batch.PREVIOUS_MAJOR);
            part.writers.put(Batch.writer(lost, 0), new Entry(Batch.epoch(lost, 0), before, part.end - 1, 0));
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
                refusals[i] = takeBatch(parcel.shard(), batch, i, offsets, duplicates);
            }
        }
        if (at != bytes.length) {
            throw new AssertionError(at + " of " + bytes.length + " bytes are batches");
        }
        waitersLook();
        return new ParcelReply(offsets, duplicates, refusals);
    }

    private @Nullable StrandlineException takeBatch(
            int shard, byte[] batch, int index, long[] offsets, boolean[] duplicates) {
        if (deleted) {
            return new StrandlineException.NotFound("stream " + STREAM + " does not exist");
        }
        Part part = parts.get((int) Batch.partition(batch, 0) - 100);
        if (part.description.shard() != shard) {
            throw new AssertionError("partition " + part.description + " came to shard " + shard);
        }
        long writer = Batch.writer(batch, 0);
        int epoch = Batch.epoch(batch, 0);
        Entry entry = part.writers.getOrDefault(writer, new Entry(epoch, Sequence.NONE, -1, 0));
        if (epoch < entry.epoch) {
            return new StrandlineException.Fenced("epoch " + epoch + " is below " + entry.epoch);
        }
        Sequence previous = sequence(batch, Batch.PREVIOUS_MAJOR);
        Sequence last = sequence(batch, Batch.LAST_MAJOR);
        if (last.compareTo(entry.last) <= 0) {
            offsets[index] = entry.offset;
            duplicates[index] = true;
            return null;
        }
        if (!previous.equals(entry.last)) {
            return new StrandlineException.Conflict("previous " + previous + " is not " + entry.last);
        }
        long expected = Batch.getLong(batch, Batch.EXPECTED_OFFSET);
        if (Batch.conditional(batch, 0) && expected != part.end) {
            return new StrandlineException.Conflict("expected offset " + expected + " is not " + part.end);
        }
        offsets[index] = part.end;
        Batch.stamp(batch, 0, part.end, 1_000);
        part.batches.add(batch);
        part.end += Batch.count(batch, 0);
        part.writers.put(writer, new Entry(epoch, last, part.end - 1, Batch.getLong(batch, Batch.DIGEST)));
        return null;
    }

    private static Sequence sequence(byte[] batch, int at) {
        return new Sequence(Batch.getLong(batch, at), Batch.getLong(batch, at + 8));
    }

    // ---- readers ----

    @Override
    public Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request) {
        reads.incrementAndGet();
        return call(() -> {
            StrandlineException failure = readFailure;
            if (failure != null) {
                throw failure;
            }
            return history(part(partition), request);
        });
    }

    private static HistorySlice history(Part part, HistoryRequest request) {
        long from = request.from() == HistoryRequest.START ? part.start : request.from();
        long to = Math.min(part.end, request.to());
        if (from < part.start && request.isForward()) {
            throw new StrandlineException.Truncated("offset " + from + " is below " + part.start);
        }
        from = Math.max(from, part.start);
        List<HistorySlice.Event> all = new ArrayList<>();
        Batch.Records records = new Batch.Records();
        for (byte[] batch : part.batches) {
            records.reset(batch, 0);
            int recordAt = Batch.HEADER_BYTES;
            while (records.hasNext()) {
                records.next();
                int next = records.payloadFrom() + records.payloadLength();
                if (records.offset() >= from && records.offset() < to && records.hasKey(request.key())) {
                    all.add(new HistorySlice.Event(
                            records.offset(), records.stamp(), batch, recordAt, next - recordAt));
                }
                recordAt = next;
            }
        }
        if (!request.isForward()) {
            Collections.reverse(all);
        }
        int bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            if (bytes >= request.maxBytes()) {
                long offset = all.get(i).offset();
                List<HistorySlice.Event> some = all.subList(0, i);
                return request.isForward()
                        ? new HistorySlice(offset, to, some)
                        : new HistorySlice(from, offset + 1, some);
            }
            bytes += all.get(i).length();
        }
        return new HistorySlice(to, to, all);
    }

    @Override
    public Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes) {
        reads.incrementAndGet();
        return call(() -> slice(part(partition), offset, maxBytes));
    }

    @Override
    public Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes) {
        reads.incrementAndGet();
        Promise<ReadSlice> promise = Promise.promise();
        context.runOnContext(ignored -> {
            waiters.add(new Waiter(part(partition), offset, maxBytes, promise));
            waitersLook();
        });
        return promise.future();
    }

    @Override
    public void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait) {
        context.runOnContext(ignored -> waiters.stream()
                .filter(waiter -> waiter.promise.future() == wait)
                .toList()
                .forEach(waiter -> {
                    waiters.remove(waiter);
                    waiter.promise.complete(slice(waiter.part, waiter.offset, waiter.maxBytes));
                }));
    }

    /** Answers every wait with an empty slice, as after a long time. */
    Future<Integer> tireWaiters() {
        return call(() -> {
            List<Waiter> all = new ArrayList<>(waiters);
            waiters.clear();
            all.forEach(waiter -> waiter.promise.complete(slice(waiter.part, waiter.offset, waiter.maxBytes)));
            return all.size();
        });
    }

    private void waitersLook() {
        for (Waiter waiter : new ArrayList<>(waiters)) {
            if (waiter.part.end > waiter.offset || readFailure != null) {
                waiters.remove(waiter);
                try {
                    waiter.promise.complete(slice(waiter.part, waiter.offset, waiter.maxBytes));
                } catch (StrandlineException e) {
                    waiter.promise.fail(e);
                }
            }
        }
    }

    private Part part(PartitionDescription partition) {
        return parts.get((int) partition.id() - 100);
    }

    private ReadSlice slice(Part part, long offset, int maxBytes) {
        StrandlineException failure = readFailure;
        if (failure != null) {
            throw failure;
        }
        if (offset < part.start) {
            throw new StrandlineException.Truncated("offset " + offset + " is below " + part.start);
        }
        if (offset > part.end) {
            throw new StrandlineException.Invalid("offset " + offset + " is past " + part.end);
        }
        List<ReadSlice.Segment> segments = new ArrayList<>();
        int size = 0;
        for (byte[] batch : part.batches) {
            boolean wanted = Batch.offset(batch, 0) + Batch.count(batch, 0) > offset;
            if (wanted && (segments.isEmpty() || size + batch.length <= maxBytes)) {
                segments.add(new ReadSlice.Segment(batch, 0, batch.length));
                size += batch.length;
            } else if (wanted) {
                break;
            }
        }
        return new ReadSlice(part.start, part.end, segments);
    }

    // ---- the rest ----

    /** Removes what is before an offset. */
    Future<Void> truncate(int partition, long start) {
        return call(() -> {
            parts.get(partition).start = start;
            return null;
        });
    }

    @Override
    public Catalog catalog() {
        return new FakeCatalog();
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return answerHeld();
    }

    private final class FakeCatalog implements Catalog {

        @Override
        public Future<Boolean> createScope(String scope) {
            return call(() -> true);
        }

        @Override
        public Future<Void> deleteScope(String scope) {
            return call(() -> null);
        }

        @Override
        public Future<List<String>> scopes() {
            return call(() -> List.of(STREAM.scope()));
        }

        @Override
        public Future<StreamDescription> createStream(String stream, StreamOptions options) {
            return call(FakePort.this::description);
        }

        @Override
        public Future<StreamDescription> describe(String stream) {
            return call(FakePort.this::description);
        }

        @Override
        public Future<List<StreamName>> streams(String scope) {
            return call(() -> List.of(STREAM));
        }

        @Override
        public Future<Void> deleteStream(String stream) {
            deleted = true;
            return call(() -> null);
        }

        @Override
        public Future<StreamCut> startCut(String stream) {
            return cut(part -> part.start);
        }

        @Override
        public Future<StreamCut> endCut(String stream) {
            return cut(part -> part.end);
        }

        private Future<StreamCut> cut(Function<Part, Long> offset) {
            return call(() -> {
                TreeMap<Long, Long> offsets = new TreeMap<>();
                parts.forEach(part -> offsets.put(part.description.id(), offset.apply(part)));
                return new StreamCut(STREAM, offsets);
            });
        }

        @Override
        public Future<Void> truncate(String stream, StreamCut before) {
            return call(() -> null);
        }

        @Override
        public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> setScaling(String stream, ScalingPolicy policy) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> setRetention(String stream, Retention retention) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> noteConsumed(String stream, String subscriber, StreamCut consumed) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> retireWriter(String stream, String writerId) {
            return call(() -> null);
        }
    }
}
