package io.strandline.impl;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
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
import io.strandline.spi.KeyHash;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
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

    private record Entry(int epoch, Sequence last, long partition, long offset, long digest) {}

    static final class Part {
        final PartitionDescription description;
        final List<byte[]> batches = new ArrayList<>();
        /** Of each range of keys, whose last sequences are kept by themselves. */
        final List<KeyRange> ranges = new ArrayList<>();

        final List<Map<Long, Entry>> writers = new ArrayList<>();
        long start;
        long end;
        boolean sealed;
        /** True if it was wholly truncated, so that its data is gone. */
        boolean gone;

        Part(PartitionDescription description) {
            this.description = description;
        }

        void addRange(KeyRange keys, Map<Long, Entry> entries) {
            ranges.add(keys);
            writers.add(new HashMap<>(entries));
        }

        KeyRange keys() {
            return description.keys();
        }
    }

    /** A change of the partitions that is begun and not done. */
    private record Change(List<Part> sealed, List<Part> opened) {}

    private record Waiter(Part part, long offset, int maxBytes, Promise<ReadSlice> promise) {}

    private final Context context;
    private final int shards;
    private final CRC32C crc = new CRC32C();
    /** All that there ever were, by their ids from 100 on. */
    private final List<Part> parts = new CopyOnWriteArrayList<>();

    private final List<Part> open = new ArrayList<>();
    private final List<Scaling> scalings = new ArrayList<>();
    private @Nullable Change change;
    private final List<Runnable> waitForChange = new ArrayList<>();
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
        for (int i = 0; i < ranges.size(); i++) {
            newPart(ranges.get(i)).addRange(ranges.get(i), Map.of());
        }
        open.addAll(parts);
    }

    private Part newPart(KeyRange keys) {
        int index = parts.size();
        Part part = new Part(new PartitionDescription(100L + index, index % shards, keys));
        parts.add(part);
        return part;
    }

    // ---- scaling ----

    /** Seals open partitions and opens others, as one step. */
    Future<StreamDescription> scale(Set<Long> seal, List<KeyRange> ranges) {
        return call(() -> {
            begin(seal, ranges);
            finish();
            return description();
        });
    }

    /** Seals open partitions; those that take over are not there before {@link #finishScale}. */
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
            int index = random.nextInt(open.size());
            KeyRange keys = open.get(index).keys();
            if (open.size() > 1 && (open.size() > 8 || random.nextBoolean())) {
                int left = Math.min(index, open.size() - 2);
                Part a = open.get(left);
                Part b = open.get(left + 1);
                begin(
                        Set.of(a.description.id(), b.description.id()),
                        List.of(new KeyRange(a.keys().from(), b.keys().to())));
            } else {
                long middle = keys.from() + ((keys.to() - keys.from()) >>> 1);
                begin(
                        Set.of(open.get(index).description.id()),
                        List.of(new KeyRange(keys.from(), middle), new KeyRange(middle + 1, keys.to())));
            }
            finish();
            return description();
        });
    }

    private void begin(Set<Long> seal, List<KeyRange> ranges) {
        List<Part> parents = open.stream()
                .filter(part -> seal.contains(part.description.id()))
                .toList();
        parents.forEach(parent -> parent.sealed = true);
        List<Part> children = new ArrayList<>();
        for (KeyRange keys : ranges) {
            Part child = newPart(keys);
            for (Part parent : parents) {
                inherit(child, parent);
            }
            children.add(child);
        }
        change = new Change(parents, children);
        waitersLook();
    }

    private static void inherit(Part child, Part parent) {
        for (int i = 0; i < parent.ranges.size(); i++) {
            KeyRange keys = parent.ranges.get(i);
            if (keys.overlaps(child.keys())) {
                KeyRange cut = new KeyRange(
                        unsignedMax(keys.from(), child.keys().from()),
                        ~unsignedMax(~keys.to(), ~child.keys().to()));
                child.addRange(cut, parent.writers.get(i));
            }
        }
    }

    private static long unsignedMax(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private void finish() {
        Change done = Objects.requireNonNull(change);
        change = null;
        open.removeAll(done.sealed);
        open.addAll(done.opened);
        open.sort((a, b) -> Long.compareUnsigned(a.keys().from(), b.keys().from()));
        scalings.add(new Scaling(
                clock,
                done.sealed.stream()
                        .map(part -> new Scaling.SealedPartition(part.description, part.end))
                        .toList(),
                done.opened.stream().map(part -> part.description).toList()));
        List<Runnable> waiting = new ArrayList<>(waitForChange);
        waitForChange.clear();
        waiting.forEach(Runnable::run);
    }

    private <T> Future<T> afterChange(java.util.concurrent.Callable<T> action) {
        return call(() -> {
                    Promise<T> promise = Promise.promise();
                    Runnable step = () -> call(action).onComplete(promise);
                    if (change == null) {
                        step.run();
                    } else {
                        waitForChange.add(step);
                    }
                    return promise.future();
                })
                .compose(future -> future);
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
                STREAM, open.stream().map(part -> part.description).toList(), scalings);
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
            for (Part part : parts) {
                for (Map<Long, Entry> entries : part.writers) {
                    Entry entry = entries.getOrDefault(writer[0], new Entry(0, Sequence.NONE, -1, -1, 0));
                    entries.put(writer[0], new Entry(epoch, entry.last, entry.partition, entry.offset, entry.digest));
                }
            }
            return grant(writer[0], epoch);
        });
    }

    /** What the log would grant a writer. */
    WriterGrant grant(long writer, int epoch) {
        List<WriterGrant.Slot> slots = new ArrayList<>();
        for (Part part : open) {
            for (int range = 0; range < part.ranges.size(); range++) {
                Entry entry = part.writers.get(range).get(writer);
                WriterGrant.LastWritten last = entry == null || entry.last.equals(Sequence.NONE)
                        ? null
                        : new WriterGrant.LastWritten(entry.last, entry.partition, entry.offset, entry.digest);
                slots.add(new WriterGrant.Slot(part.description, range, part.ranges.get(range), last));
            }
        }
        return new WriterGrant(description(), writer, epoch, slots);
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

    private void requireStream() {
        if (deleted) {
            throw new StrandlineException.NotFound("stream " + STREAM + " does not exist");
        }
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return afterChange(() -> {
            requireStream();
            return description();
        });
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        return call(() -> {
            Part part = part(partition);
            for (byte[] batch : part.batches) {
                if (Batch.stamp(batch, 0) >= stamp && Batch.offset(batch, 0) >= part.start) {
                    return Batch.offset(batch, 0);
                }
            }
            return part.end;
        });
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
        parts.forEach(part -> part.writers.forEach(entries -> entries.replaceAll(
                (writer, entry) -> new Entry(entry.epoch, entry.last, entry.partition, entry.offset, 0))));
    }

    /** A power cut took the newest batch of a partition, which was acknowledged before it was forced. */
    Future<Void> loseNewest(int partition) {
        return call(() -> {
            Part part = parts.get(partition);
            byte[] lost = part.batches.remove(part.batches.size() - 1);
            part.end -= Batch.count(lost, 0);
            Sequence before = sequence(lost, Batch.PREVIOUS_MAJOR);
            part.writers
                    .get(Batch.range(lost, 0))
                    .put(
                            Batch.writer(lost, 0),
                            new Entry(Batch.epoch(lost, 0), before, part.description.id(), part.end - 1, 0));
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
        if (part.sealed) {
            return new StrandlineException.Sealed("partition " + part.description.id() + " takes no more events");
        }
        Map<Long, Entry> entries = part.writers.get(Batch.range(batch, 0));
        requireKeysIn(batch, part.ranges.get(Batch.range(batch, 0)));
        long writer = Batch.writer(batch, 0);
        int epoch = Batch.epoch(batch, 0);
        Entry entry = entries.getOrDefault(writer, new Entry(epoch, Sequence.NONE, -1, -1, 0));
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
        Batch.stamp(batch, 0, part.end, clock);
        part.batches.add(batch);
        part.end += Batch.count(batch, 0);
        entries.put(
                writer,
                new Entry(epoch, last, part.description.id(), part.end - 1, Batch.getLong(batch, Batch.DIGEST)));
        return null;
    }

    private static void requireKeysIn(byte[] batch, KeyRange keys) {
        Batch.Records records = new Batch.Records();
        records.reset(batch, 0);
        while (records.hasNext()) {
            records.next();
            if (records.keyLength() >= 0 && !keys.contains(KeyHash.of(batch, records.keyFrom(), records.keyLength()))) {
                throw new AssertionError("a key is outside " + keys);
            }
        }
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
            Part part = part(partition);
            if (part.gone) {
                throw new StrandlineException.NotFound("partition " + partition.id() + " is gone");
            }
            return history(part, request);
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
            if (waiter.part.end > waiter.offset || waiter.part.sealed || readFailure != null) {
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
        if (part.gone) {
            throw new StrandlineException.NotFound("partition " + part.description.id() + " is gone");
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
        return new ReadSlice(part.start, part.end, part.sealed, segments);
    }

    // ---- the rest ----

    /** Removes what is before an offset. */
    Future<Void> truncate(int partition, long start) {
        return call(() -> {
            parts.get(partition).start = start;
            return null;
        });
    }

    /** Removes a sealed partition wholly. */
    Future<Void> remove(int partition) {
        return call(() -> {
            parts.get(partition).start = parts.get(partition).end;
            parts.get(partition).gone = true;
            return null;
        });
    }

    /** The oldest partitions that hold something, as the contract of the start cut says. */
    private SortedMap<Long, Long> startOffsets() {
        TreeMap<Long, Long> offsets = new TreeMap<>();
        Set<Long> opened = new HashSet<>();
        scalings.forEach(scaling -> scaling.opened().forEach(partition -> opened.add(partition.id())));
        parts.stream().filter(part -> !opened.contains(part.description.id())).forEach(part -> {
            if (change == null || !change.opened.contains(part)) {
                offsets.put(part.description.id(), part.start);
            }
        });
        for (Scaling scaling : scalings) {
            boolean empty = scaling.sealed().stream().allMatch(parent -> {
                Part part = part(parent.partition());
                return part.start == part.end
                        && offsets.containsKey(parent.partition().id());
            });
            if (empty) {
                scaling.sealed()
                        .forEach(parent -> offsets.remove(parent.partition().id()));
                scaling.opened().forEach(child -> offsets.put(child.id(), part(child).start));
            }
        }
        return offsets;
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
            return call(() -> {
                requireStream();
                return description();
            });
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
            return call(() -> {
                requireStream();
                return new StreamCut(STREAM, startOffsets());
            });
        }

        @Override
        public Future<StreamCut> endCut(String stream) {
            return call(() -> {
                TreeMap<Long, Long> offsets = new TreeMap<>();
                open.forEach(part -> offsets.put(part.description.id(), part.end));
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
