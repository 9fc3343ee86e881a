package io.strandline.client.operation;

import static io.strandline.client.operation.Message.field;
import static io.strandline.client.operation.Shapes.BYTES;
import static io.strandline.client.operation.Shapes.FLAG;
import static io.strandline.client.operation.Shapes.NUMBER;
import static io.strandline.client.operation.Shapes.jsonOf;
import static io.strandline.client.operation.Shapes.listOf;
import static io.strandline.client.operation.Shapes.optional;
import static io.strandline.client.operation.Shapes.orNull;

import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Requests.Conditions;
import io.strandline.client.wire.FailureJson;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What carries events, in JSON. Batches and records are base64 of their bytes. Doors for JSON have other operations for events. */
final class BulkJson {

    private static final Shape<KeyCheck> CHECK = Message.of(
            field("key", BYTES, KeyCheck::key),
            field("type", optional(BYTES), check -> Optional.ofNullable(check.type())),
            field("since", NUMBER, KeyCheck::since),
            (key, type, since) -> new KeyCheck(key, type.orElse(null), since));

    private static final Shape<List<Long>> KEYS = listOf(NUMBER, BulkShapes.MAX_CONDITIONS);
    private static final Shape<List<Optional<List<KeyCheck>>>> OTHERS =
            listOf(orNull(listOf(CHECK, EventWriter.MAX_KEY_CONDITIONS)), BulkShapes.MAX_CONDITIONS);

    static final JsonForm<Conditions> CONDITIONS = jsonOf(Message.of(
            field("ofKeys", optional(KEYS), BulkJson::keysOf),
            field("ofOtherKeys", optional(OTHERS), BulkJson::othersOf),
            BulkJson::conditions));

    /** One batch: a duplicate says in which partition, if it is not that of the batch. */
    private record Outcome(
            Optional<Long> offset,
            boolean duplicate,
            Optional<Long> partition,
            Optional<StrandlineException> failure) {}

    private static final Shape<StrandlineException> FAILURE =
            Shapes.ofJson("failure", JsonSchemas.objectForm(FailureJson.schema(), FailureJson::read, FailureJson::of));

    private static final Shape<Outcome> OUTCOME = Message.of(
            field("offset", optional(NUMBER), Outcome::offset),
            field("duplicate", Shapes.or(FLAG, false), Outcome::duplicate),
            field("partition", optional(NUMBER), Outcome::partition),
            field("failure", optional(FAILURE), Outcome::failure),
            Outcome::new);

    static final JsonForm<ParcelReply> PARCEL_REPLY =
            jsonOf(Message.of(field("batches", listOf(OUTCOME), BulkJson::outcomes), BulkJson::reply));

    static final JsonForm<ReadSlice> SLICE = jsonOf(Message.of(
            field("startOffset", NUMBER, ReadSlice::startOffset),
            field("endOffset", NUMBER, ReadSlice::endOffset),
            field("sealed", FLAG, ReadSlice::sealed),
            field("batches", BYTES, BulkJson::bytesOf),
            (start, end, isSealed, bytes) -> new ReadSlice(
                    start,
                    end,
                    isSealed,
                    bytes.length == 0 ? List.of() : List.of(new ReadSlice.Segment(bytes, 0, bytes.length)))));

    private static final Shape<HistorySlice.Event> EVENT = Message.of(
            field("offset", NUMBER, HistorySlice.Event::offset),
            field("stamp", NUMBER, HistorySlice.Event::stamp),
            field("record", BYTES, event -> Arrays.copyOfRange(event.bytes(), event.at(), event.at() + event.length())),
            (offset, stamp, bytes) -> new HistorySlice.Event(offset, stamp, bytes, 0, bytes.length));

    static final JsonForm<HistorySlice> HISTORY_SLICE = jsonOf(Message.of(
            field("from", NUMBER, HistorySlice::from),
            field("to", NUMBER, HistorySlice::to),
            field("events", listOf(EVENT), HistorySlice::events),
            HistorySlice::new));

    private BulkJson() {}

    private static Optional<List<Long>> keysOf(Conditions conditions) {
        long[] keys = conditions.ofKeys();
        return keys == null
                ? Optional.empty()
                : Optional.of(Arrays.stream(keys).boxed().toList());
    }

    private static Optional<List<Optional<List<KeyCheck>>>> othersOf(Conditions conditions) {
        @Nullable KeyCheck[][] others = conditions.ofOtherKeys();
        return others == null
                ? Optional.empty()
                : Optional.of(Arrays.stream(others)
                        .map(checks -> Optional.ofNullable(checks).map(List::of))
                        .toList());
    }

    private static Conditions conditions(Optional<List<Long>> keys, Optional<List<Optional<List<KeyCheck>>>> others) {
        long[] ofKeys = null;
        if (keys.isPresent()) {
            ofKeys = keys.get().stream().mapToLong(Long::longValue).toArray();
        }
        KeyCheck[][] ofOthers = null;
        if (others.isPresent()) {
            ofOthers = new KeyCheck[others.get().size()][];
            for (int i = 0; i < ofOthers.length; i++) {
                Optional<List<KeyCheck>> checks = others.get().get(i);
                ofOthers[i] = checks.isPresent() ? checks.get().toArray(KeyCheck[]::new) : null;
            }
        }
        return new Conditions(ofKeys, ofOthers);
    }

    private static List<Outcome> outcomes(ParcelReply reply) {
        Outcome[] outcomes = new Outcome[reply.batches()];
        for (int i = 0; i < outcomes.length; i++) {
            StrandlineException refusal = reply.refusal(i);
            long partition = refusal == null && reply.duplicate(i) ? reply.partition(i) : 0;
            outcomes[i] = new Outcome(
                    refusal == null ? Optional.of(reply.offset(i)) : Optional.empty(),
                    refusal == null && reply.duplicate(i),
                    partition == 0 ? Optional.empty() : Optional.of(partition),
                    Optional.ofNullable(refusal));
        }
        return List.of(outcomes);
    }

    private static ParcelReply reply(List<Outcome> outcomes) {
        int batches = outcomes.size();
        long[] offsets = new long[batches];
        boolean[] duplicates = new boolean[batches];
        long[] holders = new long[batches];
        @Nullable StrandlineException[] refusals = new StrandlineException[batches];
        for (int i = 0; i < batches; i++) {
            Outcome outcome = outcomes.get(i);
            offsets[i] = outcome.offset().orElse(0L);
            duplicates[i] = outcome.duplicate();
            holders[i] = outcome.partition().orElse(0L);
            refusals[i] = outcome.failure().orElse(null);
        }
        return new ParcelReply(offsets, duplicates, holders, refusals);
    }

    private static byte[] bytesOf(ReadSlice slice) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        slice.segments()
                .forEach(segment -> bytes.write(segment.bytes(), segment.from(), segment.to() - segment.from()));
        return bytes.toByteArray();
    }
}
