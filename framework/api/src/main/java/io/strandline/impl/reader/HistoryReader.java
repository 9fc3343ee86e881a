package io.strandline.impl.reader;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.impl.reader.HistoryStart.Piece;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the events of one key on one context, partition by partition. The next slice is read while the present one is
 * delivered. Together they are the events that the reader holds ahead.
 */
public final class HistoryReader<E> extends DemandReader<E> {

    private final LogPort port;
    private final String key;
    private final EventDecoder<E> decoder;
    private final RetryWindow retries;
    private final Batch.Records records = new Batch.Records();
    private final boolean forward;

    /** The partitions that are not read to their ends, in their order. */
    private final ArrayDeque<Piece> pieces;

    /** The unread part of the first of them. Null when all is read. */
    private @Nullable HistoryRequest next;

    private boolean reading;
    private @Nullable HistorySlice ahead;
    /** The partition of {@link #ahead}, that of {@link #events}, and that of the last event handed over. */
    private PartitionDescription aheadOf;

    private PartitionDescription eventsOf;
    private PartitionDescription positionOf;
    private @Nullable Throwable failure;
    private List<HistorySlice.Event> events = List.of();
    private int delivered;

    /** Events that are counted and not handed over. */
    private long skip;

    private long limit;
    private long position;

    /** The end up to which the partition of {@link #ahead} is read, once that is known. */
    private long end;

    /**
     * A reader that begins with a slice.
     *
     * @param onEnd called when the reader has stopped
     */
    public HistoryReader(
            LogPort port,
            ContextInternal context,
            EventCodec<E> codec,
            HistoryQuery query,
            HistoryStart start,
            Runnable onEnd) {
        super(context, query.stream(), onEnd);
        this.port = port;
        this.retries = port.retryTime().window(RETRY_MILLIS);
        this.pieces = new ArrayDeque<>(start.pieces());
        this.aheadOf = pieces.element().partition();
        this.eventsOf = aheadOf;
        this.positionOf = aheadOf;
        this.key = query.key();
        this.decoder = new EventDecoder<>(codec, stream);
        this.forward = start.request().isForward();
        this.skip = start.skip();
        this.limit = query.limit();
        this.next = start.request();
        this.position = firstPosition(start.first());
        keep(start.request(), start.first());
    }

    /** The position before any event is handed over. It skips no event of the key. */
    private long firstPosition(HistorySlice first) {
        if (first.events().isEmpty()) {
            return forward ? first.from() : first.to();
        }
        long offset = first.events().get(0).offset();
        return forward ? offset : offset + 1;
    }

    private void keep(HistoryRequest asked, HistorySlice slice) {
        ahead = slice;
        aheadOf = pieces.element().partition();
        if (!slice.isLast()) {
            next = asked.after(slice);
            return;
        }
        end = slice.to();
        pieces.remove();
        Piece following = pieces.peek();
        next = following == null ? null : following.request(asked);
    }

    @Override
    void start() {
        // The first slice is there already.
    }

    // ---- reading

    private void readAhead() {
        HistoryRequest request = next;
        if (request == null || reading || ahead != null || failure != null || limit == 0) {
            return;
        }
        reading = true;
        Piece piece = pieces.element();
        port.history(piece.partition(), request)
                .recover(failed -> piece.isGone(failed)
                        ? Future.succeededFuture(new HistorySlice(0, 0, List.of()))
                        : Future.failedFuture(failed))
                .onComplete((slice, failed) -> context.runOnContext(ignored -> answered(request, slice, failed)));
    }

    private void answered(HistoryRequest request, @Nullable HistorySlice slice, @Nullable Throwable failed) {
        reading = false;
        if (isStopped()) {
            return;
        }
        if (slice != null) {
            retries.close();
            keep(request, slice);
        } else if (repeat(retries, failed, this::readAgain)) {
            reading = true;
        } else {
            failure = failed == null ? new IllegalStateException("no answer to a read") : inStream(stream, failed);
        }
        deliver();
    }

    private void readAgain() {
        reading = false;
        readAhead();
    }

    // ---- delivering

    @Override
    boolean isFinished() {
        return limit == 0 || (delivered == events.size() && ahead == null && next == null);
    }

    @Override
    int deliverSome(int most) {
        if (delivered == events.size() && !turn()) {
            return NOTHING_YET;
        }
        int count = 0;
        while (count < most && delivered < events.size() && limit > 0 && mayHandOver()) {
            HistorySlice.Event event = events.get(delivered);
            delivered++;
            count++;
            if (skip > 0) {
                skip--;
            } else if (!deliver(event)) {
                return count;
            }
        }
        return count;
    }

    /** Takes the slice that was read ahead. Returns false if there is none. */
    private boolean turn() {
        HistorySlice slice = ahead;
        Throwable failed = failure;
        if (slice == null) {
            if (failed != null) {
                fail(failed);
            } else {
                readAhead();
            }
            return false;
        }
        ahead = null;
        events = slice.events();
        eventsOf = aheadOf;
        delivered = 0;
        readAhead();
        return true;
    }

    private boolean deliver(HistorySlice.Event event) {
        EventRecord<E> decoded;
        try {
            records.resetToRecord(event.bytes(), event.at(), event.length(), event.offset(), event.stamp());
            records.next();
            decoded = decoder.decode(eventsOf.id(), key, records);
        } catch (StrandlineException e) {
            fail(e);
            return false;
        }
        PartitionDescription beforeOf = positionOf;
        long before = position;
        positionOf = eventsOf;
        position = forward ? event.offset() + 1 : event.offset();
        limit--;
        StrandlineException.Invalid failed = handOver(decoded);
        if (failed != null) {
            positionOf = beforeOf;
            position = before;
            fail(failed);
        }
        return failed == null;
    }

    /** Forward nothing of the key is between its last event and the end: whoever goes on from there misses nothing. */
    @Override
    void ended() {
        if (forward && delivered == events.size() && ahead == null && next == null) {
            positionOf = aheadOf;
            position = end;
        }
    }

    @Override
    void drop() {
        ahead = null;
        next = null;
        events = List.of();
        delivered = 0;
    }

    @Override
    public StreamCut position() {
        requireContext();
        return StreamCut.of(stream, positionOf.id(), position);
    }
}
