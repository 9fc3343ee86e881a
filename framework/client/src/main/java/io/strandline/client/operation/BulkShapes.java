package io.strandline.client.operation;

import static io.strandline.client.operation.Message.field;
import static io.strandline.client.operation.Shapes.BYTES;
import static io.strandline.client.operation.Shapes.COUNT;
import static io.strandline.client.operation.Shapes.NUMBER;
import static io.strandline.client.operation.Shapes.constant;

import io.strandline.Direction;
import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Requests.Append;
import io.strandline.client.operation.Requests.Bulk;
import io.strandline.client.operation.Requests.Conditions;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The shapes of what carries events. Batches and records are bulk: they cross as they are, and no event is touched. */
final class BulkShapes {

    static final Shape<Bulk> BULK = Shapes.of(
            "bulk",
            (out, bulk) -> out.bulk(bulk.bytes(), 0, bulk.length()),
            in -> new Bulk(in.bulk(), in.bulkBytes(), in.bulkIsLent()),
            JsonForm.BYTES.as(bytes -> new Bulk(bytes, bytes.length, false), Bulk::whole));

    private static final Shape<Durability> DURABILITY =
            constant(List.of(Durability.FORCED, Durability.INTERVAL, Durability.OS));
    private static final Shape<Direction> DIRECTION = constant(List.of(Direction.FORWARD, Direction.BACKWARD));

    /** An offset, or -1 and -2, which have a meaning: written one and two higher. */
    private static final Shape<Long> SINCE =
            Shapes.withJson(NUMBER.as("offset or less", written -> written - 2, since -> since + 2), JsonForm.NUMBER);

    private static final Shape<Conditions> CONDITIONS = Shapes.of(
            "conditions on keys", BulkShapes::writeConditions, BulkShapes::readConditions, BulkJson.CONDITIONS);

    static final Shape<Append> APPEND = Message.of(
            field("shard", COUNT, Append::shard),
            field("count", COUNT, Append::count),
            field("durability", DURABILITY, Append::durability),
            field("conditions", CONDITIONS, Append::conditions),
            field("batches", BULK, Append::batches),
            Append::new);

    /**
     * <pre>
     * number  of batches, then for each
     *   number  0: accepted · 1: a duplicate, in the partition of the batch · 2: a duplicate · 3: refused
     *   number  offset                          unless it is refused
     *   number  partition of the duplicate      if 2
     *   failure as {@link Failures} draws it    if refused
     * </pre>
     */
    static final Shape<ParcelReply> PARCEL_REPLY =
            Shapes.of("outcome of each batch", BulkShapes::writeReply, BulkShapes::readReply, BulkJson.PARCEL_REPLY);

    static final Shape<ReadSlice> SLICE =
            Shapes.of("batches of a partition", BulkShapes::writeSlice, BulkShapes::readSlice, BulkJson.SLICE);

    static final Shape<HistoryRequest> HISTORY = Message.of(
            field("key", BYTES, HistoryRequest::key),
            field("from", SINCE, HistoryRequest::from),
            field("to", NUMBER, HistoryRequest::to),
            field("direction", DIRECTION, HistoryRequest::direction),
            field("maxBytes", COUNT, HistoryRequest::maxBytes),
            HistoryRequest::new);

    static final Shape<HistorySlice> HISTORY_SLICE =
            Shapes.of("events of a key", BulkShapes::writeHistory, BulkShapes::readHistory, BulkJson.HISTORY_SLICE);

    /** Batches of one parcel with conditions, at most. A writer of this release lays out fewer. */
    static final int MAX_CONDITIONS = 1 << 16;

    private static final int ACCEPTED = 0;
    private static final int DUPLICATE = 1;
    private static final int DUPLICATE_ELSEWHERE = 2;
    private static final int REFUSED = 3;

    private BulkShapes() {}

    // ---- conditions

    private static void writeConditions(WireOutput out, Conditions conditions) {
        long[] keys = conditions.ofKeys();
        out.flag(keys != null);
        if (keys != null) {
            out.number(keys.length);
            for (long since : keys) {
                SINCE.write(out, since);
            }
        }
        @Nullable KeyCheck[][] others = conditions.ofOtherKeys();
        out.flag(others != null);
        if (others != null) {
            out.number(others.length);
            for (KeyCheck[] checks : others) {
                writeChecks(out, checks);
            }
        }
    }

    private static void writeChecks(WireOutput out, KeyCheck @Nullable [] checks) {
        out.flag(checks != null);
        if (checks == null) {
            return;
        }
        out.number(checks.length);
        for (KeyCheck check : checks) {
            out.bytes(check.key());
            byte[] type = check.type();
            out.flag(type != null);
            if (type != null) {
                out.bytes(type);
            }
            SINCE.write(out, check.since());
        }
    }

    private static Conditions readConditions(WireInput in) {
        long[] keys = null;
        if (in.flag()) {
            keys = new long[in.count(MAX_CONDITIONS)];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = SINCE.read(in);
            }
        }
        KeyCheck[][] others = null;
        if (in.flag()) {
            others = new KeyCheck[in.count(MAX_CONDITIONS)][];
            for (int i = 0; i < others.length; i++) {
                others[i] = readChecks(in);
            }
        }
        return new Conditions(keys, others);
    }

    private static KeyCheck @Nullable [] readChecks(WireInput in) {
        if (!in.flag()) {
            return null;
        }
        List<KeyCheck> checks = new ArrayList<>();
        int count = in.count(EventWriter.MAX_KEY_CONDITIONS);
        for (int i = 0; i < count; i++) {
            byte[] key = in.bytes();
            byte[] type = in.flag() ? in.bytes() : null;
            checks.add(new KeyCheck(key, type, SINCE.read(in)));
        }
        return checks.toArray(KeyCheck[]::new);
    }

    // ---- replies

    private static void writeReply(WireOutput out, ParcelReply reply) {
        out.number(reply.batches());
        for (int batch = 0; batch < reply.batches(); batch++) {
            StrandlineException refusal = reply.refusal(batch);
            if (refusal != null) {
                Failures.write(out.number(REFUSED), refusal);
            } else if (!reply.duplicate(batch)) {
                out.number(ACCEPTED).number(reply.offset(batch));
            } else if (reply.partition(batch) == 0) {
                out.number(DUPLICATE).number(reply.offset(batch));
            } else {
                out.number(DUPLICATE_ELSEWHERE).number(reply.offset(batch)).number(reply.partition(batch));
            }
        }
    }

    private static ParcelReply readReply(WireInput in) {
        int batches = in.count();
        long[] offsets = new long[batches];
        boolean[] duplicates = null;
        long[] holders = null;
        StrandlineException[] refusals = null;
        for (int batch = 0; batch < batches; batch++) {
            int outcome = in.integer(ACCEPTED, REFUSED);
            if (outcome == REFUSED) {
                refusals = refusals == null ? new StrandlineException[batches] : refusals;
                refusals[batch] = Failures.read(in, true).failure();
                continue;
            }
            offsets[batch] = in.number();
            if (outcome != ACCEPTED) {
                duplicates = duplicates == null ? new boolean[batches] : duplicates;
                duplicates[batch] = true;
            }
            if (outcome == DUPLICATE_ELSEWHERE) {
                holders = holders == null ? new long[batches] : holders;
                holders[batch] = in.number();
            }
        }
        return new ParcelReply(offsets, duplicates, holders, refusals);
    }

    // ---- reads

    private static void writeSlice(WireOutput out, ReadSlice slice) {
        out.number(slice.startOffset()).number(slice.endOffset()).flag(slice.sealed());
        for (ReadSlice.Segment segment : slice.segments()) {
            out.bulk(segment.bytes(), segment.from(), segment.to());
        }
    }

    private static ReadSlice readSlice(WireInput in) {
        long start = in.number();
        long end = in.number();
        boolean sealed = in.flag();
        int bytes = in.bulkBytes();
        return new ReadSlice(
                start, end, sealed, bytes == 0 ? List.of() : List.of(new ReadSlice.Segment(in.bulk(), 0, bytes)));
    }

    private static void writeHistory(WireOutput out, HistorySlice slice) {
        SINCE.write(out, slice.from());
        SINCE.write(out, slice.to());
        out.number(slice.events().size());
        for (HistorySlice.Event event : slice.events()) {
            out.number(event.offset()).number(event.stamp()).number(event.length());
            out.bulk(event.bytes(), event.at(), event.at() + event.length());
        }
    }

    private static HistorySlice readHistory(WireInput in) {
        long from = SINCE.read(in);
        long to = SINCE.read(in);
        int count = in.count();
        List<HistorySlice.Event> events = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < count; i++) {
            long offset = in.number();
            long stamp = in.number();
            int length = in.integer(0, in.bulkBytes() - at);
            events.add(new HistorySlice.Event(offset, stamp, in.bulk(), at, length));
            at += length;
        }
        return new HistorySlice(from, to, events);
    }
}
