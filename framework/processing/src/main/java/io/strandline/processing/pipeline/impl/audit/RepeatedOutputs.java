package io.strandline.processing.pipeline.impl.audit;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The log to which repeated tasks append. It takes everything and keeps no event. What counts are the digests that the writers keep of what
 * they are given, which begin where the marks of a checkpoint are. A digest of each event is remembered until its task is compared, to find
 * the first that differs.
 *
 * <p>A writer finds the partitions that the sink had at that checkpoint. If the sink was scaled since, the partitions that took over are
 * not there, so of them nothing is known.
 */
final class RepeatedOutputs implements LogPort {

    private final Catalog catalog;
    private final int maxEventBytes;

    /** Writer id → sink → its partition → where the task begins. */
    private final Map<String, Map<StreamName, SortedMap<Long, WriterMark>>> begun = new ConcurrentHashMap<>();

    /** Writer id → sink → what its writer found. */
    private final Map<String, Map<StreamName, Found>> found = new ConcurrentHashMap<>();

    /** Writer number → partition → what it was given. */
    private final Map<Long, Map<Long, FirstOutput.Outputs>> given = new ConcurrentHashMap<>();

    /** Writer id and sink → writer number. */
    private final Map<String, Long> numbers = new ConcurrentHashMap<>();

    private final AtomicLong lastNumber = new AtomicLong();

    /**
     * What a writer found of its sink.
     *
     * @param open where it may write
     */
    private record Found(StreamDescription now, Set<Long> open) {}

    /**
     * Knows nothing yet.
     *
     * @param catalog has the sinks
     * @param maxEventBytes as in the log, because a step is refused for an output that is larger
     */
    RepeatedOutputs(Catalog catalog, int maxEventBytes) {
        this.catalog = catalog;
        this.maxEventBytes = maxEventBytes;
    }

    /** A task begins where its outputs have come to these marks. Callable from any thread, as all else. */
    void begin(String writer, Map<StreamName, SortedMap<Long, WriterMark>> marks) {
        begun.put(writer, Map.copyOf(marks));
    }

    /** Where a task began in a partition of a sink. */
    WriterMark begin(String writer, StreamName sink, long partition) {
        return begun.getOrDefault(writer, Map.of())
                .getOrDefault(sink, new TreeMap<>())
                .getOrDefault(partition, WriterMark.NONE);
    }

    // ---- what a writer finds

    @Override
    public Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id) {
        String writer = String.valueOf(id);
        SortedMap<Long, WriterMark> marks = begun.getOrDefault(writer, Map.of()).getOrDefault(stream, new TreeMap<>());
        return catalog.describe(stream.toString())
                .map(now -> {
                    StreamDescription then = asAt(now, marks.keySet());
                    Set<Long> open = new TreeSet<>();
                    then.partitions().forEach(partition -> open.add(partition.id()));
                    found.computeIfAbsent(writer, first -> new ConcurrentHashMap<>())
                            .put(stream, new Found(now, open));
                    return grant(then, numberOf(writer, stream), marks);
                })
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(grant(missing(stream), numberOf(writer, stream), new TreeMap<>()))
                        : Future.failedFuture(cause));
    }

    /** A sink that is not there, as that of parked events if none was ever parked. Nothing is compared with it. */
    private static StreamDescription missing(StreamName stream) {
        return new StreamDescription(stream, List.of(new PartitionDescription(1, 0, KeyRange.ALL)));
    }

    private long numberOf(String writer, StreamName sink) {
        return numbers.computeIfAbsent(writer + " " + sink, first -> lastNumber.incrementAndGet());
    }

    private static WriterGrant grant(StreamDescription sink, long writer, SortedMap<Long, WriterMark> marks) {
        List<WriterGrant.Slot> slots = new ArrayList<>();
        for (PartitionDescription partition : sink.partitions()) {
            WriterMark mark = marks.get(partition.id());
            slots.add(new WriterGrant.Slot(
                    partition,
                    0,
                    partition.keys(),
                    mark == null ? null : new WriterGrant.LastWritten(mark.last(), partition.id(), 0, mark.digest())));
        }
        return new WriterGrant(sink, writer, 1, slots);
    }

    /** The stream as it was before the first scaling that left all these partitions open, with its partitions in one shard. */
    private static StreamDescription asAt(StreamDescription now, Set<Long> open) {
        Map<Long, PartitionDescription> partitions = new HashMap<>(now.byId());
        // Back to the beginning, and then forward until all of them are there.
        for (Scaling scaling : now.scalings()) {
            scaling.opened().forEach(opened -> partitions.remove(opened.id()));
        }
        int done = 0;
        while (done < now.scalings().size() && !partitions.keySet().containsAll(open)) {
            Scaling scaling = now.scalings().get(done++);
            scaling.sealed()
                    .forEach(parent -> partitions.remove(parent.partition().id()));
            scaling.opened().forEach(opened -> partitions.put(opened.id(), opened));
        }
        List<PartitionDescription> ordered = partitions.values().stream()
                .map(each -> new PartitionDescription(each.id(), 0, each.keys()))
                .sorted((one, other) ->
                        Long.compareUnsigned(one.keys().from(), other.keys().from()))
                .toList();
        return new StreamDescription(now.name(), ordered, now.scalings().subList(0, done));
    }

    // ---- what is compared

    /**
     * The partitions of a sink whose digest the audit knows as well as the checkpoint does: those of which it began with a mark, and those
     * that succeed no others and of which it began with none, because nothing had been appended there.
     *
     * @param audited what the task of this writer came to
     * @param stored what the later checkpoint has
     */
    Set<Long> comparable(
            String writer, StreamName sink, SortedMap<Long, WriterMark> audited, SortedMap<Long, WriterMark> stored) {
        Found known = found.getOrDefault(writer, Map.of()).get(sink);
        if (known == null || stored.isEmpty()) {
            return Set.of();
        }
        Set<Long> begin = begun.getOrDefault(writer, Map.of())
                .getOrDefault(sink, new TreeMap<>())
                .keySet();
        Set<Long> comparable = new TreeSet<>(stored.keySet());
        // Of these the run has had no output, unless the partition was sealed before the checkpoint.
        audited.keySet().stream().filter(id -> known.now().sealed(id) == null).forEach(comparable::add);
        comparable.removeIf(id -> !known.open().contains(id)
                || !(begin.contains(id) || known.now().predecessors(id).isEmpty()));
        return comparable;
    }

    /** What a task gave to a partition of a sink. */
    FirstOutput.Outputs given(String writer, StreamName sink, long partition) {
        return given.getOrDefault(numberOf(writer, sink), Map.of()).getOrDefault(partition, new FirstOutput.Outputs());
    }

    /** A task is compared. */
    void end(String writer) {
        numbers.forEach((of, number) -> {
            if (of.startsWith(writer + " ")) {
                given.remove(number);
            }
        });
    }

    /** A partition of a sink, as it is now. */
    PartitionDescription partition(String writer, StreamName sink, long partition) {
        return Objects.requireNonNull(found.getOrDefault(writer, Map.of()).get(sink))
                .now()
                .partition(partition);
    }

    // ---- what a writer does

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        byte[] bytes = parcel.bytes();
        for (int at = 0; at < parcel.length(); at += Batch.length(bytes, at)) {
            given.computeIfAbsent(Batch.writer(bytes, at), first -> new ConcurrentHashMap<>())
                    .computeIfAbsent(Batch.partition(bytes, at), first -> new FirstOutput.Outputs())
                    .add(bytes, at);
        }
        return Future.succeededFuture(new ParcelReply(new long[parcel.batches()], null, null));
    }

    @Override
    public Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id) {
        return admitWriter(held.stream().name(), id);
    }

    @Override
    public int shards() {
        return 1;
    }

    @Override
    public int maxEventBytes() {
        return maxEventBytes;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    // ---- what no writer of a pipeline does

    private static <T> Future<T> unasked() {
        return Future.failedFuture(new UnsupportedOperationException("an audit only appends"));
    }

    @Override
    public Future<WriterGrant> claim(StreamName stream, long partition, long generation) {
        return unasked();
    }

    @Override
    public Future<Void> barrier(WriterGrant held) {
        return unasked();
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return catalog.describe(stream.toString());
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        return unasked();
    }

    @Override
    public TransactionPort transactions() {
        throw new UnsupportedOperationException("an audit only appends");
    }

    @Override
    public Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes) {
        return unasked();
    }

    @Override
    public Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes) {
        return unasked();
    }

    @Override
    public void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait) {
        // Nobody waits.
    }

    @Override
    public Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request) {
        return unasked();
    }
}
