package io.strandline.impl.reader;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.OnTruncated;
import io.strandline.ReaderOptions;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.Truncation;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the records of all cursors on one context. A cursor whose slice has come waits in {@code ready}. One slice is
 * delivered, then the next cursor has its turn. The next slice of a partition is read while the present one is delivered,
 * as far as the bytes for reading ahead allow.
 *
 * <p>A cursor that was delivered to its end hands over to those that {@link Succession} names. If it is not yet known
 * which partitions replaced a sealed one, the log is asked.
 */
public final class StreamReader<E> extends DemandReader<E> {

    static final int MIN_READ_BYTES = 16 << 10;
    static final int MAX_READ_BYTES = 512 << 10;

    private final LogPort port;
    private final EventDecoder<E> decoder;
    private final Succession succession;
    private final List<Truncation> skipped;
    private final OnTruncated onTruncated;
    private final int readBytes;
    private final long aheadBytes;
    /** Events that were stamped earlier are passed over: the reader begins at a time that may be in the future. */
    private final long notBefore;

    private final KeyStrings keys = new KeyStrings();

    private final ArrayDeque<Cursor> ready = new ArrayDeque<>();
    /** Cursors that may not read yet, because enough is read ahead. */
    private final ArrayDeque<Cursor> wanting = new ArrayDeque<>();

    private long reserved;
    /** Cursors that are not at their ends, and questions about those that are. */
    private int unfinished;

    private @Nullable Cursor current;

    /** @param onEnd called when the reader has stopped */
    public StreamReader(
            LogPort port,
            ContextInternal context,
            EventCodec<E> codec,
            ReaderStart start,
            ReaderOptions options,
            Runnable onEnd) {
        super(context, start.succession().stream().name(), onEnd);
        this.port = port;
        this.decoder = new EventDecoder<>(codec, stream);
        this.succession = start.succession();
        this.skipped = start.skipped();
        this.onTruncated = options.getOnTruncated();
        this.aheadBytes = options.getReadAheadBytes();
        this.notBefore = options.getFrom() instanceof StartPosition.Time time ? time.millis() : Long.MIN_VALUE;
        int share = options.getReadAheadBytes()
                / (2 * Math.max(1, succession.cursors().size()));
        this.readBytes = Math.max(MIN_READ_BYTES, Math.min(MAX_READ_BYTES, share));
    }

    // ---- reading ----

    @Override
    void start() {
        skipped.forEach(this::handOver);
        begin(succession.cursors());
    }

    /** Begins cursors, and those that follow if they are at their ends already. */
    private void begin(List<Cursor> cursors) {
        ArrayDeque<Cursor> begun = new ArrayDeque<>(cursors);
        while (!begun.isEmpty()) {
            Cursor cursor = begun.remove();
            if (!cursor.isFinished()) {
                unfinished++;
                wanting.add(cursor);
            } else if (succession.isUnknown(cursor)) {
                unfinished++;
                askWhatFollows(cursor);
            } else {
                begun.addAll(succession.follow(cursor));
            }
        }
        readWanting();
    }

    private void ended(Cursor cursor) {
        cursor.drop();
        unfinished--;
        begin(List.of(cursor));
    }

    private void askWhatFollows(Cursor cursor) {
        port.layout(stream)
                .onComplete((described, failure) -> context.runOnContext(ignored -> {
                    if (isStopped()) {
                        return;
                    }
                    if (described != null) {
                        succession.learn(described);
                    }
                    if (described != null && !succession.isUnknown(cursor)) {
                        cursor.retries.close();
                        ended(cursor);
                        deliver();
                        return;
                    }
                    Throwable cause = described == null
                            ? failure
                            : new StrandlineException.Unavailable(
                                    place(cursor) + " is sealed, and the log does not say what took over from it");
                    if (!repeat(cursor.retries, cause, () -> askWhatFollows(cursor))) {
                        fail(cause == null ? new IllegalStateException("no answer from the log") : cause);
                    }
                }));
    }

    /**
     * Reads for the waiting cursors, as long as there is room. So a reader of many partitions holds no more than one of
     * few.
     */
    private void readWanting() {
        while (!wanting.isEmpty() && (reserved == 0 || reserved + readBytes <= aheadBytes)) {
            Cursor cursor = wanting.remove();
            reserve(cursor);
            read(cursor);
        }
    }

    private void reserve(Cursor cursor) {
        if (!cursor.reserved) {
            cursor.reserved = true;
            reserved += readBytes;
        }
    }

    private void unreserve(Cursor cursor) {
        if (cursor.reserved) {
            cursor.reserved = false;
            reserved -= readBytes;
        }
    }

    /** Reads, or waits at the end of the partition. A wait holds no bytes, so it reserves none. */
    private void read(Cursor cursor) {
        cursor.reading = true;
        Future<ReadSlice> answer;
        try {
            if (cursor.isEndless() && cursor.readFrom >= cursor.knownEnd && cursor.knownEnd >= 0) {
                unreserve(cursor);
                answer = port.awaitEvents(cursor.partition, cursor.readFrom, readBytes);
                cursor.wait = answer;
            } else {
                answer = port.read(cursor.partition, cursor.readFrom, readBytes);
            }
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onComplete((slice, failure) -> context.runOnContext(ignored -> answered(cursor, slice, failure)));
    }

    /** Reads a cursor that has room. If it waits instead, the room is for others. */
    private void readAgain(Cursor cursor) {
        read(cursor);
        readWanting();
    }

    private void answered(Cursor cursor, @Nullable ReadSlice slice, @Nullable Throwable failure) {
        cursor.reading = false;
        cursor.wait = null;
        if (isStopped()) {
            return;
        }
        if (slice == null) {
            readFailed(cursor, failure);
        } else {
            cursor.retries.close();
            try {
                cursor.keep(slice);
            } catch (StrandlineException | IndexOutOfBoundsException e) {
                cursor.ahead = null;
                cursor.failure = e;
            }
            if (cursor.failure == null && slice.isEmpty()) {
                cursor.ahead = null;
                foundNothing(cursor, slice);
                return;
            }
            enqueue(cursor);
        }
        deliver();
    }

    private void foundNothing(Cursor cursor, ReadSlice slice) {
        if (!cursor.mayHaveMore()) {
            // It turned out to be sealed. If its last slice is still being delivered, the end of that is the end of the
            // cursor.
            unreserve(cursor);
            if (cursor.isFinished() && cursor != current) {
                ended(cursor);
                deliver();
            } else {
                schedule();
            }
            readWanting();
        } else if (cursor.isEndless() || slice.endOffset() > cursor.readFrom) {
            readAgain(cursor);
        } else {
            cursor.failure = new StrandlineException.Corrupt("partition " + cursor.partition.id() + " of " + stream
                    + " ends at offset " + slice.endOffset() + ", but it reached " + cursor.end() + " before");
            enqueue(cursor);
            schedule();
        }
    }

    private void readFailed(Cursor cursor, @Nullable Throwable failure) {
        if (!repeat(cursor.retries, failure, () -> readAgain(cursor))) {
            cursor.failure =
                    failure == null ? new IllegalStateException("no answer to a read") : inStream(stream, failure);
            enqueue(cursor);
        }
    }

    private void enqueue(Cursor cursor) {
        if (cursor != current && !cursor.queued) {
            cursor.queued = true;
            ready.add(cursor);
        }
    }

    /** The next read goes while the present slice is delivered. */
    private void readAhead(Cursor cursor) {
        unreserve(cursor);
        if (cursor.mayHaveMore() && !cursor.reading) {
            wanting.add(cursor);
        }
        readWanting();
    }

    // ---- delivering ----

    @Override
    boolean isFinished() {
        return unfinished == 0;
    }

    @Override
    int deliverSome(int most) {
        Cursor cursor = current == null ? nextCursor() : current;
        return cursor == null ? NOTHING_YET : deliverSlice(cursor, most);
    }

    private @Nullable Cursor nextCursor() {
        for (Cursor cursor = ready.poll(); cursor != null; cursor = ready.poll()) {
            cursor.queued = false;
            if (cursor.turn()) {
                current = cursor;
                readAhead(cursor);
                return cursor;
            }
            Throwable failure = cursor.failure;
            if (failure instanceof StrandlineException.Truncated || failure instanceof StrandlineException.NotFound) {
                cursor.failure = null;
                unreserve(cursor);
                askWhatIsKept(cursor, failure);
            } else if (failure != null) {
                fail(failure);
                return null;
            }
        }
        return null;
    }

    // ---- what was removed ----

    /** The first offset of a partition that is kept, and the stream as it was then. */
    private record Kept(StreamDescription stream, long start) {}

    /** The next events are not kept. Everything before them was handed over. */
    private void askWhatIsKept(Cursor cursor, Throwable removed) {
        port.layout(stream)
                .compose(described -> port.catalog()
                        .startCut(stream.toString())
                        .map(start -> new Kept(described, ReaderStart.startOf(described, start, cursor.partition))))
                .onComplete((kept, failure) -> context.runOnContext(ignored -> {
                    if (isStopped()) {
                        return;
                    }
                    if (kept != null) {
                        cursor.retries.close();
                        succession.learn(kept.stream());
                        goOnBehind(cursor, kept.start(), removed);
                    } else if (!repeat(cursor.retries, failure, () -> askWhatIsKept(cursor, removed))) {
                        fail(failure == null ? removed : failure);
                    }
                }));
    }

    private void goOnBehind(Cursor cursor, long start, Throwable removed) {
        long from = cursor.position;
        if (start <= from) {
            fail(removed);
            return;
        }
        if (onTruncated == OnTruncated.FAIL) {
            fail(new StrandlineException.Truncated(
                    "offset " + from + " of " + place(cursor) + " was removed; the start offset is " + start));
            return;
        }
        cursor.skipTo(start);
        SealedPartition sealed = succession.stream().sealed(cursor.partition.id());
        if (sealed != null) {
            cursor.seal(sealed.endOffset());
        }
        handOver(new Truncation(succession.stream().name(), cursor.partition.id(), from, start));
        unfinished--;
        begin(List.of(cursor));
        deliver();
    }

    /** Delivers up to {@code most} events of the current slice, and returns how many. */
    private int deliverSlice(Cursor cursor, int most) {
        int events = 0;
        while (events < most && mayHandOver()) {
            EventRecord<E> record;
            try {
                record = nextRecord(cursor);
            } catch (StrandlineException e) {
                fail(e);
                return events;
            } catch (IndexOutOfBoundsException e) {
                fail(new StrandlineException.Corrupt(
                        "malformed batch after offset " + cursor.position + " of " + place(cursor), e));
                return events;
            }
            if (record == null) {
                sliceEnds(cursor);
                return events;
            }
            events++;
            cursor.position = record.offset() + 1;
            StrandlineException.Invalid failed = handOver(record);
            if (failed != null) {
                cursor.position = record.offset();
                fail(failed);
                return events;
            }
        }
        if (cursor.isFinished() && !isStopped()) {
            sliceEnds(cursor); // the end shows without the demand for one more event
        }
        return events;
    }

    private void sliceEnds(Cursor cursor) {
        current = null;
        if (cursor.isFinished()) {
            ended(cursor);
        } else if (cursor.ahead != null || cursor.failure != null) {
            enqueue(cursor);
        }
    }

    /** The next record of the slice that the reader wants, or null at its end. */
    private @Nullable EventRecord<E> nextRecord(Cursor cursor) {
        Batch.Records records = cursor.records;
        do {
            if (cursor.isFinished() || !advance(cursor)) {
                return null;
            }
            if (records.stamp() < notBefore && records.offset() == cursor.position) {
                cursor.position++;
            }
        } while (records.offset() < cursor.position);
        if (records.offset() != cursor.position) {
            throw new StrandlineException.Corrupt(
                    "offset " + records.offset() + " follows where " + cursor.position + " is due in " + place(cursor));
        }
        byte[] bytes = records.bytes();
        String key = records.keyLength() < 0 ? null : keys.of(bytes, records.keyFrom(), records.keyLength());
        return decoder.decode(cursor.partition.id(), key, records);
    }

    /** As {@link Cursor#advance}. A batch that cannot be read is named with its stream. */
    private boolean advance(Cursor cursor) {
        try {
            return cursor.advance();
        } catch (StrandlineException e) {
            throw inStream(stream, e);
        }
    }

    private String place(Cursor cursor) {
        return "partition " + cursor.partition.id() + " of " + stream;
    }

    private void leave(Cursor cursor) {
        cursor.drop();
        Future<ReadSlice> wait = cursor.wait;
        if (wait != null) {
            port.stopWaiting(cursor.partition, wait);
        }
    }

    @Override
    void drop() {
        ready.clear();
        wanting.clear();
        current = null;
        succession.cursors().forEach(this::leave);
    }

    @Override
    public StreamCut position() {
        requireContext();
        return succession.position();
    }
}
