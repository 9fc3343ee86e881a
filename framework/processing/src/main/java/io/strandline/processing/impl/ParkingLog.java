package io.strandline.processing.impl;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.OnTruncated;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A stream with the parked events of one owner, a group or a pipeline, in one partition. Later entries record which events
 * were replayed or dropped. The stream is cut where no earlier event is open.
 *
 * <pre>
 *  start                                              end
 *  | of shop/billing | parked | parked | settled 1 | parked |
 *    whose stream it is         ▲ open              ▲ open
 * </pre>
 *
 * <p>Every entry names its owner, and the last one is never cut, so a stream that is not empty names its owner.
 *
 * <p>Groups and pipelines park in different formats, and neither uses the other. So this class is below both, and {@link
 * Entries} defines what their entries mean. Parking itself is theirs too, because each numbers its events in its own way. The
 * class has no state that changes. Each call creates its own readers and writers on the context of its caller.
 *
 * @param <E> the entries
 * @param <P> those that are parked events
 */
public final class ParkingLog<E, P extends E> {

    /** Most entries of the stream that are looked through: one bit of memory for each. */
    static final int MAX_ENTRIES = 1 << 30;

    /** Events that are settled with one append. */
    static final int SETTLED_TOGETHER = 500;

    /** Events that a replay holds in memory. */
    private static final int REPLAYED_TOGETHER = 50;

    /** What the entries of a stream mean. */
    public interface Entries<E, P extends E> {

        EventCodec<E> codec();

        /** What the owner is, for messages: a group or a pipeline. */
        String kindOfOwner();

        /** Name of the owner. Null if an earlier version wrote the entry, and then anybody may own the stream. */
        @Nullable
        String ownerOf(E entry);

        /** The entry if it is a parked event, or null. */
        @Nullable
        P parked(E entry);

        /** Offset of the parked event that the entry settles, or -1 if it settles none. */
        long settles(E entry);

        /** The first entry of a stream. */
        E owned(String owner);

        /** An entry that says that the event parked at an offset was replayed or dropped. */
        E settled(String owner, long parkedAt, boolean dropped);
    }

    private final Strandline log;
    private final StreamName stream;
    private final String owner;
    private final Entries<E, P> entries;

    public ParkingLog(Strandline log, StreamName stream, String owner, Entries<E, P> entries) {
        this.log = log;
        this.stream = stream;
        this.owner = owner;
        this.entries = entries;
    }

    // ---- whose it is

    /**
     * Creates the stream unless it exists, and makes it the owner's unless it is. Fails with Conflict if it is another
     * owner's, holds other events, or has several partitions.
     */
    public Future<Void> prepare() {
        return create().compose(created -> partition()).compose(partition -> own(partition, true));
    }

    private Future<?> create() {
        String name = stream.toString();
        return stream.isReserved()
                ? log.catalog().createReserved(name, new StreamOptions())
                : log.catalog().createScope(stream.scope()).compose(scope -> log.catalog()
                        .createStream(name, new StreamOptions()));
    }

    private Future<Long> partition() {
        return log.catalog()
                .describe(stream.toString())
                .compose(description -> description.partitions().size() == 1
                        ? Future.succeededFuture(description.partitions().get(0).id())
                        : Future.failedFuture(new StrandlineException.Conflict("stream " + stream + " has "
                                + description.partitions().size() + " partitions, a parking stream must have 1")));
    }

    /** The end is asked first, so that a claim fails if anything was appended since. */
    private Future<Void> own(long partition, boolean mayClaim) {
        return log.catalog().endCut(stream.toString()).compose(end -> first().compose(first -> {
            if (first != null) {
                return requireOwn(first);
            }
            return mayClaim
                    ? claim(partition, end.offset(partition))
                    : Future.failedFuture(new StrandlineException.Unavailable(
                            "stream " + stream + " was written and emptied while " + owner + " claimed it"));
        }));
    }

    /**
     * Appends the first entry if the end is still the same. Without that condition the entry of the slower of two owners would
     * stay in the stream of the other. A group cannot read the entries of a pipeline, nor a pipeline those of a group.
     */
    private Future<Void> claim(long partition, long end) {
        return writer().compose(writer -> writer.appendIf(owner, List.of(entries.owned(owner)), end)
                        .eventually(writer::end))
                .<Void>mapEmpty()
                .recover(failure -> failure instanceof StrandlineException.Conflict
                        ? own(partition, false)
                        : Future.failedFuture(failure));
    }

    private Future<Void> requireOwn(E first) {
        String named = entries.ownerOf(first);
        return named == null || named.equals(owner)
                ? Future.succeededFuture()
                : Future.failedFuture(
                        new StrandlineException.Conflict("stream " + stream + " takes the parked events of "
                                + entries.kindOfOwner() + " " + named + ", and not of " + owner));
    }

    private Future<@Nullable E> first() {
        AtomicReference<@Nullable E> first = new AtomicReference<>();
        return read(StartPosition.start(), entry -> {
                    first.set(entry.event());
                    return false;
                })
                .map(read -> first.get())
                .recover(failure -> StrandlineException.isTransient(failure)
                        ? Future.failedFuture(failure)
                        : Future.failedFuture(new StrandlineException.Conflict(
                                "stream " + stream + " holds other events than parked ones: " + failure.getMessage())));
    }

    // ---- what it holds

    /** The parked events that were neither replayed nor dropped, by their offsets, when the stream was looked through. */
    public static final class Open {

        private final StreamName stream;
        private final long partition;
        private final long start;
        private final BitSet bits = new BitSet();
        /** Offset after the last entry that was looked at. Later entries are not known here. */
        private long end;

        Open(StreamName stream, long partition, long start) {
            this.stream = stream;
            this.partition = partition;
            this.start = start;
            this.end = start;
        }

        /** Looks at the next entry. Fails with Overloaded after {@link #MAX_ENTRIES}. */
        void add(long offset, boolean parked, long settles) {
            if (offset - start >= MAX_ENTRIES) {
                throw new StrandlineException.Overloaded(
                        "more than " + MAX_ENTRIES + " entries are in " + stream + ", the limit");
            }
            end = offset + 1;
            if (parked) {
                bits.set((int) (offset - start));
            } else if (settles >= start && settles < offset) {
                bits.clear((int) (settles - start));
            }
        }

        public boolean contains(long offset) {
            return offset >= start && offset < end && bits.get((int) (offset - start));
        }

        public int size() {
            return bits.cardinality();
        }

        /** Offset of the first entry that was looked at. */
        public long start() {
            return start;
        }

        /** The first one after an offset, or -1. */
        long nextAfter(long offset) {
            int bit = offset >= end ? -1 : bits.nextSetBit((int) (Math.max(offset + 1, start) - start));
            return bit < 0 ? -1 : start + bit;
        }

        /** Offset after the last one. */
        private long afterLast() {
            return start + bits.length();
        }
    }

    /** Looks the whole stream through for what is open. */
    public Future<Open> open() {
        return partition().compose(partition -> log.catalog()
                .startCut(stream.toString())
                .compose(cut -> open(new Open(stream, partition, cut.offset(partition)))));
    }

    private Future<Open> open(Open open) {
        return read(at(open.partition, open.start), entry -> {
                    E event = entry.event();
                    open.add(entry.offset(), entries.parked(event) != null, entries.settles(event));
                    return true;
                })
                .map(open);
    }

    /**
     * Reads parked events, settled ones too, from an offset up to where the stream was looked through.
     *
     * @param visitor false to read no further
     */
    public Future<Void> parked(Open open, long from, Predicate<EventRecord<P>> visitor) {
        return parked(open, Math.max(from, open.start), open.end, visitor);
    }

    /**
     * Reads parked events that are open, after an offset.
     *
     * @param visitor false to read no further
     */
    public Future<Void> openEvents(Open open, long after, Predicate<EventRecord<P>> visitor) {
        long first = open.nextAfter(after);
        return first < 0
                ? Future.succeededFuture()
                : parked(
                        open,
                        first,
                        open.afterLast(),
                        parked -> !open.contains(parked.offset()) || visitor.test(parked));
    }

    private Future<Void> parked(Open open, long from, long end, Predicate<EventRecord<P>> visitor) {
        return from >= end
                ? Future.succeededFuture()
                : read(
                        at(open.partition, from),
                        entry -> entry.offset() < end && visit(entry, visitor) && entry.offset() + 1 < end);
    }

    private boolean visit(EventRecord<E> entry, Predicate<EventRecord<P>> visitor) {
        P parked = entries.parked(entry.event());
        return parked == null
                || visitor.test(new EventRecord<>(
                        entry.partition(),
                        entry.offset(),
                        entry.stamp(),
                        entry.key(),
                        entry.type(),
                        entry.headers(),
                        parked));
    }

    /** The entry at an offset, or null if it is removed. */
    public Future<@Nullable E> entry(long partition, long offset) {
        AtomicReference<@Nullable E> found = new AtomicReference<>();
        return read(at(partition, offset), entry -> {
                    found.set(entry.offset() == offset ? entry.event() : null);
                    return false;
                })
                .map(read -> found.get());
    }

    private StartPosition at(long partition, long offset) {
        return StartPosition.at(StreamCut.of(stream, partition, offset));
    }

    /** Entries that are cut meanwhile are settled, and are passed over. */
    private Future<Void> read(StartPosition from, Predicate<EventRecord<E>> visitor) {
        ReaderOptions options = new ReaderOptions().setFrom(from).setOnTruncated(OnTruncated.SKIP);
        return log.read(stream.toString(), entries.codec(), options)
                .compose(reader -> PartialReading.each(reader, visitor));
    }

    // ---- what becomes of it

    /**
     * Hands the chosen events that are open to a function, one after the other in the order of their offsets, and notes after
     * each that it was replayed. The first failure ends it.
     *
     * @return how many were replayed
     */
    public Future<Integer> replay(Collection<Long> ids, Function<P, Future<?>> handler) {
        return open().compose(open -> replayPages(open, chosen(open, ids), 0, handler));
    }

    private static Deque<Long> chosen(Open open, Collection<Long> ids) {
        Deque<Long> chosen = new ArrayDeque<>(new TreeSet<>(ids));
        chosen.removeIf(id -> !open.contains(id));
        return chosen;
    }

    private Future<Integer> replayPages(Open open, Deque<Long> left, int done, Function<P, Future<?>> handler) {
        if (left.isEmpty()) {
            return Future.succeededFuture(done);
        }
        long first = left.getFirst();
        Set<Long> wanted = new HashSet<>();
        while (wanted.size() < REPLAYED_TOGETHER && !left.isEmpty()) {
            wanted.add(left.removeFirst());
        }
        Deque<EventRecord<P>> page = new ArrayDeque<>();
        return openEvents(open, first - 1, parked -> {
                    if (wanted.contains(parked.offset())) {
                        page.add(parked);
                    }
                    return page.size() < wanted.size();
                })
                .compose(read -> replayPage(page, done, handler))
                .compose(replayed -> replayPages(open, left, replayed, handler));
    }

    private Future<Integer> replayPage(Deque<EventRecord<P>> page, int done, Function<P, Future<?>> handler) {
        EventRecord<P> next = page.poll();
        return next == null
                ? Future.succeededFuture(done)
                : handler.apply(next.event())
                        .compose(processed -> settle(List.of(next.offset()), false))
                        .compose(settled -> replayPage(page, done + 1, handler));
    }

    /**
     * Notes that the chosen events that are open were dropped.
     *
     * @return how many were dropped
     */
    public Future<Integer> drop(Collection<Long> ids) {
        return open().compose(open -> {
            List<Long> chosen = List.copyOf(chosen(open, ids));
            return settle(chosen, true).map(chosen.size());
        });
    }

    /**
     * Notes that parked events were replayed or dropped, {@value #SETTLED_TOGETHER} with one append. Those of one append are
     * noted all or not at all.
     */
    public Future<Void> settle(List<Long> parkedAt, boolean dropped) {
        return parkedAt.isEmpty()
                ? Future.succeededFuture()
                : writer().compose(
                                writer -> settle(writer, parkedAt, 0, dropped).eventually(writer::end));
    }

    private Future<Void> settle(EventWriter<E> writer, List<Long> parkedAt, int from, boolean dropped) {
        if (from == parkedAt.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(parkedAt.size(), from + SETTLED_TOGETHER);
        List<E> settled = parkedAt.subList(from, to).stream()
                .map(at -> entries.settled(owner, at, dropped))
                .toList();
        return writer.appendBatch(owner, settled).compose(appended -> settle(writer, parkedAt, to, dropped));
    }

    private Future<EventWriter<E>> writer() {
        return log.createWriter(
                stream.toString(), entries.codec(), new WriterOptions().setTracingPolicy(TracingPolicy.IGNORE));
    }

    /**
     * Removes settled events from the start of the stream. It removes nothing after the entries that it looked through, so
     * events that are parked meanwhile stay. It also never removes the last of them, so the stream always names its owner.
     */
    public Future<Void> cut() {
        return open().compose(open -> {
            long first = open.nextAfter(-1);
            long before = first < 0 ? open.end - 1 : first;
            return before <= open.start
                    ? Future.succeededFuture()
                    : log.catalog().truncate(stream.toString(), StreamCut.of(stream, open.partition, before));
        });
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
