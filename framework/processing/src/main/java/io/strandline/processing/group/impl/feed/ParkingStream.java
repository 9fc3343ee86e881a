package io.strandline.processing.group.impl.feed;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.group.impl.feed.ParkingEntry.Owned;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.feed.ParkingEntry.Settled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The stream with the parked events of one group, in one partition. A parked event has its own number, (claim, offset),
 * under a writer of its partition. So a reader that died half-way and the reader after it park the event once. Later
 * events of the stream record which events were replayed or dropped. The stream is cut where no earlier event is open.
 *
 * <pre>
 *  start                                                       end
 *  | of shop/billing | parked | parked | settled 1 | parked |
 *    whose stream it is         ▲ open              ▲ open
 * </pre>
 *
 * <p>Every entry names its group, and the last one is never cut, so a stream that is not empty names its owner. Belongs
 * to one context.
 */
public final class ParkingStream {

    /** Most entries of the stream that are looked through: one bit of memory for each. */
    static final int MAX_ENTRIES = 1 << 30;

    private final Strandline log;
    private final StreamName stream;
    private final String group;
    private @Nullable Future<Void> prepared;

    public ParkingStream(Strandline log, StreamName stream, String group) {
        this.log = log;
        this.stream = stream;
        this.group = group;
    }

    // ---- whose it is

    /**
     * Creates the stream unless it exists, and makes it the group's unless it is. Fails with Conflict if it is another
     * group's, holds other events, or has several partitions.
     */
    public Future<Void> prepare() {
        Future<Void> known = prepared;
        if (known == null || known.failed()) {
            known = create().compose(created -> partition()).compose(partition -> own(partition, true));
            prepared = known;
        }
        return known;
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

    private Future<Void> own(long partition, boolean mayClaim) {
        String name = stream.toString();
        return log.catalog()
                .startCut(name)
                .compose(start -> log.catalog().endCut(name).compose(end -> {
                    long last = end.offset(partition);
                    if (start.offsets().getOrDefault(partition, last) < last) {
                        return firstEntry().compose(this::requireOwn);
                    }
                    return mayClaim
                            ? claim(partition, last)
                            : Future.failedFuture(
                                    new StrandlineException.Unavailable("stream " + stream + " is being marked"));
                }));
    }

    private Future<Void> claim(long partition, long end) {
        return log.createWriter(stream.toString(), ParkingEntry.CODEC, new WriterOptions())
                .compose(writer ->
                        writer.appendIf(group, List.of(new Owned(group)), end).eventually(writer::end))
                .<Void>mapEmpty()
                .recover(failure -> failure instanceof StrandlineException.Conflict
                        ? own(partition, false) // another reader, or another group, was faster
                        : Future.failedFuture(failure));
    }

    private Future<Void> requireOwn(@Nullable ParkingEntry first) {
        String owner = first == null ? null : first.group();
        return owner == null || owner.equals(group)
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Conflict(
                        "stream " + stream + " takes the parked events of group " + owner + ", and not of " + group));
    }

    private Future<@Nullable ParkingEntry> firstEntry() {
        ParkingEntry[] first = new ParkingEntry[1];
        return read(StartPosition.start(), record -> {
                    first[0] = record.event();
                    return false;
                })
                .map(read -> first[0])
                .recover(failure -> StrandlineException.isTransient(failure)
                        ? Future.failedFuture(failure)
                        : Future.failedFuture(new StrandlineException.Conflict(
                                "stream " + stream + " holds other events than parked ones: " + failure.getMessage())));
    }

    // ---- what it holds

    /** The parked events that were neither replayed nor dropped, by their offsets, when the stream was looked through. */
    public static final class Open {

        private final long partition;
        private final long start;
        private final BitSet bits = new BitSet();
        /** Offset after the last entry that was looked at. Later entries are not known here. */
        private long end;

        private Open(long partition, long start) {
            this.partition = partition;
            this.start = start;
            this.end = start;
        }

        private void add(EventRecord<ParkingEntry> record) {
            end = record.offset() + 1;
            if (record.event() instanceof Parked) {
                bits.set((int) (record.offset() - start));
            } else if (record.event() instanceof Settled settled && settled.parkedAt() >= start) {
                bits.clear((int) (settled.parkedAt() - start));
            }
        }

        public boolean contains(long offset) {
            long bit = offset - start;
            return bit >= 0 && bit < bits.length() && bits.get((int) bit);
        }

        int size() {
            return bits.cardinality();
        }

        public long start() {
            return start;
        }

        /** The first one, or -1. */
        long first() {
            int bit = bits.nextSetBit(0);
            return bit < 0 ? -1 : start + bit;
        }
    }

    /** Looks the whole stream through for what is open. */
    public Future<Open> open() {
        return prepare().compose(done -> partition()).compose(partition -> log.catalog()
                .startCut(stream.toString())
                .compose(cut -> open(new Open(partition, cut.offset(partition)))));
    }

    private Future<Open> open(Open open) {
        return read(from(open.partition, open.start), record -> {
                    if (record.offset() - open.start >= MAX_ENTRIES) {
                        throw new StrandlineException.Overloaded(
                                "more than " + MAX_ENTRIES + " entries are in " + stream + ", the limit");
                    }
                    open.add(record);
                    return true;
                })
                .map(open);
    }

    /**
     * Reads parked events, settled ones too, from an offset up to where it was looked through.
     *
     * @param visitor false to read no further
     */
    public Future<Void> parked(Open open, long from, Predicate<EventRecord<Parked>> visitor) {
        if (from >= open.end) {
            return Future.succeededFuture();
        }
        return read(
                from(open.partition, Math.max(from, open.start)),
                record ->
                        record.offset() < open.end && (!(record.event() instanceof Parked) || visit(record, visitor)));
    }

    private static boolean visit(EventRecord<ParkingEntry> record, Predicate<EventRecord<Parked>> visitor) {
        return visitor.test(new EventRecord<>(
                record.partition(), record.offset(), record.stamp(), record.key(), record.type(), (Parked)
                        record.event()));
    }

    /** The entry at an offset, or null if it is removed. */
    Future<@Nullable ParkingEntry> at(long partition, long offset) {
        ParkingEntry[] found = new ParkingEntry[1];
        return read(from(partition, offset), record -> {
                    found[0] = record.offset() == offset ? record.event() : null;
                    return false;
                })
                .map(read -> found[0])
                .recover(failure -> failure instanceof StrandlineException.Truncated
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(failure));
    }

    private StartPosition from(long partition, long offset) {
        return StartPosition.at(StreamCut.of(stream, partition, offset));
    }

    private Future<Void> read(StartPosition from, Predicate<EventRecord<ParkingEntry>> visitor) {
        return log.read(stream.toString(), ParkingEntry.CODEC, new ReaderOptions().setFrom(from))
                .compose(reader -> visit(reader, visitor));
    }

    private static Future<Void> visit(EventReader<ParkingEntry> reader, Predicate<EventRecord<ParkingEntry>> visitor) {
        Promise<Void> all = Promise.promise();
        reader.exceptionHandler(all::tryFail);
        reader.endHandler(ended -> all.tryComplete());
        reader.handler(record -> {
            if (all.future().isComplete()) {
                return;
            }
            try {
                if (!visitor.test(record)) {
                    all.tryComplete();
                }
            } catch (StrandlineException e) {
                all.tryFail(e);
            }
        });
        return all.future().eventually(reader::close);
    }

    // ---- what becomes of it

    /** Notes that parked events were replayed or dropped. */
    public Future<Void> settle(List<Long> parkedAt, boolean dropped) {
        if (parkedAt.isEmpty()) {
            return Future.succeededFuture();
        }
        List<ParkingEntry> settled = parkedAt.stream()
                .<ParkingEntry>map(at -> new Settled(group, at, dropped))
                .toList();
        return log.createWriter(stream.toString(), ParkingEntry.CODEC, new WriterOptions())
                .compose(writer -> writer.appendBatch(null, settled).eventually(writer::end))
                .mapEmpty();
    }

    /**
     * Removes settled events from the start of the stream. It asks for the end first, so it never removes events that are
     * parked meanwhile. It also never removes the last entry, which names the owner of the stream.
     */
    public Future<Void> cut() {
        return log.catalog().endCut(stream.toString()).compose(end -> open().compose(open -> {
            long last = end.offset(open.partition) - 1;
            long first = open.first();
            long before = first < 0 ? last : Math.min(first, last);
            return before <= open.start
                    ? Future.succeededFuture()
                    : log.catalog().truncate(stream.toString(), StreamCut.of(stream, open.partition, before));
        }));
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
