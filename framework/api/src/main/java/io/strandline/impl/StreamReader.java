package io.strandline.impl;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the records of all cursors on one context. A cursor whose slice has come waits in {@code ready}; one slice is
 * delivered, then the next cursor has its turn. The next slice of a partition is read while the present one is
 * delivered, as far as the bytes for reading ahead allow.
 */
final class StreamReader<E> extends DemandReader<E> {

    static final int LEAST_READ_BYTES = 16 << 10;
    static final int MOST_READ_BYTES = 512 << 10;

    private final LogPort port;
    private final EventDecoder<E> decoder;
    private final List<Cursor> cursors;
    private final int readBytes;
    private final long aheadBytes;
    private final KeyStrings keys = new KeyStrings();
    private final Backoff backoff = new Backoff();

    private final ArrayDeque<Cursor> ready = new ArrayDeque<>();
    /** Cursors that may not read yet, because enough is read ahead. */
    private final ArrayDeque<Cursor> wanting = new ArrayDeque<>();

    private long reserved;
    private int unfinished;
    private @Nullable Cursor current;

    /** @param onEnd called when the reader has stopped */
    StreamReader(
            LogPort port,
            ContextInternal context,
            EventCodec<E> codec,
            StreamName stream,
            List<Cursor> cursors,
            int readAheadBytes,
            Runnable onEnd) {
        super(context, stream, onEnd);
        this.port = port;
        this.decoder = new EventDecoder<>(codec, stream);
        this.cursors = List.copyOf(cursors);
        this.aheadBytes = readAheadBytes;
        int share = readAheadBytes / (2 * Math.max(1, cursors.size()));
        this.readBytes = Math.max(LEAST_READ_BYTES, Math.min(MOST_READ_BYTES, share));
    }

    // ---- reading ----

    @Override
    void start() {
        for (Cursor cursor : cursors) {
            if (!cursor.isFinished()) {
                unfinished++;
                wanting.add(cursor);
            }
        }
        readWanting();
    }

    /** Reads for those who wait, as long as there is room; a reader of many partitions so holds no more than few. */
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

    /** Reads, or at the end of the partition waits; a wait holds no bytes, so it counts for none. */
    private void read(Cursor cursor) {
        cursor.reading = true;
        Future<ReadSlice> answer;
        try {
            if (cursor.end == Long.MAX_VALUE && cursor.readFrom >= cursor.knownEnd && cursor.knownEnd >= 0) {
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

    private void answered(Cursor cursor, @Nullable ReadSlice slice, @Nullable Throwable failure) {
        cursor.reading = false;
        cursor.wait = null;
        if (isStopped()) {
            return;
        }
        if (slice == null) {
            readFailed(cursor, failure);
        } else {
            cursor.failedSince = 0;
            backoff.reset();
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
        if (cursor.end == Long.MAX_VALUE || slice.endOffset() > cursor.readFrom) {
            read(cursor);
        } else {
            cursor.failure = new StrandlineException.Corrupt("partition " + cursor.partition.id() + " of " + stream
                    + " ends at offset " + slice.endOffset() + ", but it reached " + cursor.end + " before");
            enqueue(cursor);
            schedule();
        }
    }

    private void readFailed(Cursor cursor, @Nullable Throwable failure) {
        boolean mayPass = failure instanceof StrandlineException.Unavailable
                || failure instanceof StrandlineException.Overloaded
                || failure instanceof StrandlineException.NotOwner
                || failure instanceof StrandlineException.Unknown;
        long now = System.nanoTime();
        if (mayPass && (cursor.failedSince == 0 || now - cursor.failedSince < RETRY_MILLIS * 1_000_000)) {
            cursor.failedSince = cursor.failedSince == 0 ? now | 1 : cursor.failedSince;
            context.setTimer(backoff.next(), ignored -> {
                if (!isStopped()) {
                    read(cursor);
                }
            });
            return;
        }
        cursor.failure = failure == null ? new IllegalStateException("no answer to a read") : failure;
        enqueue(cursor);
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
        if (cursor.readFrom < cursor.end && !cursor.reading) {
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
        Cursor cursor = ready.poll();
        if (cursor == null) {
            return null;
        }
        cursor.queued = false;
        if (cursor.turn()) {
            current = cursor;
            readAhead(cursor);
            return cursor;
        }
        Throwable failure = cursor.failure;
        if (failure != null) {
            fail(failure);
        }
        return null;
    }

    /** Delivers up to {@code most} events of the slice in turn; returns how many. */
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
                        "malformed batch behind offset " + cursor.position + " of " + place(cursor), e));
                return events;
            }
            if (record == null) {
                sliceEnds(cursor);
                return events;
            }
            events++;
            cursor.position = record.offset() + 1;
            handOver(record);
        }
        return events;
    }

    private void sliceEnds(Cursor cursor) {
        current = null;
        if (cursor.isFinished()) {
            cursor.drop();
            unfinished--;
        } else if (cursor.ahead != null || cursor.failure != null) {
            enqueue(cursor);
        }
    }

    /** The next record of the slice that the reader wants, or null at its end. */
    private @Nullable EventRecord<E> nextRecord(Cursor cursor) {
        Batch.Records records = cursor.records;
        do {
            if (cursor.isFinished() || !cursor.advance()) {
                return null;
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
        cursors.forEach(this::leave);
    }

    @Override
    public StreamCut position() {
        requireContext();
        TreeMap<Long, Long> offsets = new TreeMap<>();
        for (Cursor cursor : cursors) {
            offsets.put(cursor.partition.id(), cursor.position);
        }
        return new StreamCut(stream, offsets);
    }
}
