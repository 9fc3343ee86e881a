package io.strandline.processing.group.impl.feed;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.Sequence;
import io.strandline.WriterOptions;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.spi.BytesOutput;
import io.vertx.core.Future;
import io.vertx.core.tracing.TracingPolicy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parks the events of one reader. Each partition has a writer of its own, so a reader that took it over fences the one
 * before it, and what both of them park is there once.
 */
public final class ParkingWriters {

    /** Answer of {@link #park} for an event that is parked. */
    static final long PARKED = -1;

    private final GroupPlace place;
    private final EventCodec<Object> codec;
    private final ParkingStream parking;
    private final Map<Long, Future<EventWriter<ParkingEntry>>> writers = new HashMap<>();

    /** @param codec makes bytes again of what it has read */
    public ParkingWriters(GroupPlace place, EventCodec<Object> codec) {
        this.place = place;
        this.codec = codec;
        this.parking = place.parking();
    }

    /** Completes when events of a partition can be parked: to be asked before anybody decides that one is. */
    Future<Void> prepare(long partition) {
        return writer(partition).mapEmpty();
    }

    /**
     * Appends the event at the position of a partition to the parking stream, once however often it is called. An event that is too
     * large, or that its codec cannot encode again, is parked as a reference to its place.
     *
     * <p>Completes with {@link #PARKED}, or with the number of another event that the stream has under this partition's
     * writer: then nothing is parked, and only an event of a greater number can be.
     *
     * @param claim under which the event was condemned, or 0 for the numbers of an earlier version
     */
    Future<Long> park(HeldPartition held, EventRecord<Object> record, String cause, long claim) {
        return append(record.partition(), parkedOf(held, record, cause, claim));
    }

    private Parked parkedOf(HeldPartition held, EventRecord<Object> record, String cause, long claim) {
        EventType type = record.type();
        byte[] bytes = null;
        byte[] headers = bytesOf(record.headers());
        String why = cause;
        try {
            if (record.event() instanceof FilterCodec.Undecodable undecodable) {
                bytes = undecodable.bytes();
            } else {
                type = codec.typeOf(record.event()); // the codec may have read an older version
                bytes = BytesOutput.of(codec, record.event());
            }
            int size = bytes.length + (headers == null ? 0 : headers.length);
            if (size > ParkingEntry.MAX_EVENT_BYTES) {
                why += " (its " + size + " bytes stay in the stream, at most " + ParkingEntry.MAX_EVENT_BYTES
                        + " are parked)";
                bytes = null;
            }
        } catch (Exception | LinkageError | StackOverflowError e) {
            why += " (its bytes stay in the stream: its codec failed with " + e + ")";
            bytes = null;
        }
        return new Parked(
                place.group(),
                held.stream().toString(),
                held.generation(),
                claim,
                record.partition(),
                record.offset(),
                record.stamp(),
                record.key(),
                bytes == null ? record.type().name() : type.name(),
                bytes == null ? record.type().version() : type.version(),
                bytes,
                bytes == null ? null : headers,
                why);
    }

    private static byte @Nullable [] bytesOf(Headers headers) {
        if (headers.isEmpty()) {
            return null;
        }
        byte[] bytes = new byte[headers.encodedBytes()];
        headers.encodeTo(bytes, 0);
        return bytes;
    }

    private Future<Long> append(long partition, Parked event) {
        return writer(partition)
                .compose(writer -> writer.append(event.key(), event, new Sequence(event.number(), event.offset()))
                        .recover(failure -> forget(partition, writer, failure)))
                .compose(appended -> appended.duplicate() ? known(partition, event, appended) : parked());
    }

    private static Future<Long> parked() {
        return Future.succeededFuture(PARKED);
    }

    /**
     * Looks whether the stream has this event, or only its number. It has the event if a reader died between parking it and
     * saying so. It has the number of another one if the group's state has lost what led there, as two halves of a cluster
     * may that meet again.
     */
    private Future<Long> known(long partition, Parked event, Appended appended) {
        return parking.at(appended.partition(), appended.offset()).compose(entry -> {
            if (entry instanceof Parked other && !other.isAt(event)) {
                leave(partition); // the writer goes on by higher numbers only if it learns them first
                return Future.succeededFuture(other.number());
            }
            return parked(); // or it was parked, settled and cut
        });
    }

    private Future<EventWriter<ParkingEntry>> writer(long partition) {
        Future<EventWriter<ParkingEntry>> known = writers.get(partition);
        if (known == null || known.failed()) {
            known = parking.prepare().compose(done -> place.log()
                    .createWriter(
                            parking.toString(),
                            ParkingEntry.CODEC,
                            new WriterOptions()
                                    .setId("group/" + place.group() + "/" + partition)
                                    .setTracingPolicy(TracingPolicy.IGNORE)));
            writers.put(partition, known);
        }
        return known;
    }

    /** A writer that failed may be fenced by one that this group has opened elsewhere meanwhile. */
    private Future<Appended> forget(long partition, EventWriter<ParkingEntry> writer, Throwable failure) {
        writers.remove(partition);
        return writer.end().transform(ended -> Future.failedFuture(failure));
    }

    /** Lets go of a partition that this reader has no longer. */
    public void leave(long partition) {
        @Nullable Future<EventWriter<ParkingEntry>> writer = writers.remove(partition);
        if (writer != null) {
            writer.onSuccess(EventWriter::end);
        }
    }
}
