package io.strandline.processing.group;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.processing.group.ParkingEntry.Parked;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parks the events of one reader. Each partition has a writer of its own, so a reader that took it over fences the one
 * before it, and what both of them park is there once.
 */
final class ParkingWriters<E> {

    private final GroupPlace place;
    private final EventCodec<Object> codec;
    private final ParkingStream parking;
    private final Map<Long, Future<EventWriter<ParkingEntry>>> writers = new HashMap<>();

    /** @param codec makes bytes again of what it has read */
    ParkingWriters(GroupPlace place, EventCodec<Object> codec) {
        this.place = place;
        this.codec = codec;
        this.parking = place.parking();
    }

    /** Appends the event at a feed's position to the parking stream, once however often it is called. */
    Future<Void> park(PartitionFeed<E> feed, EventRecord<Object> record, String cause) {
        Parked parked;
        try {
            parked = new Parked(
                    feed.stream.toString(),
                    feed.generation(),
                    record.partition(),
                    record.offset(),
                    record.stamp(),
                    record.key(),
                    record.type().name(),
                    record.type().version(),
                    bytesOf(record.event()),
                    bytesOf(record.headers()),
                    cause);
        } catch (Exception e) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    "offset " + record.offset() + " of " + feed.place() + " cannot be encoded again: " + e, e));
        }
        if (parked.size() > ParkingEntry.MAX_EVENT_BYTES) {
            return Future.failedFuture(new StrandlineException.Invalid("offset " + record.offset() + " of "
                    + feed.place() + " has " + parked.size() + " bytes, an event of more than "
                    + ParkingEntry.MAX_EVENT_BYTES + " cannot be parked"));
        }
        return append(record.partition(), parked);
    }

    private static byte @Nullable [] bytesOf(Headers headers) {
        if (headers.isEmpty()) {
            return null;
        }
        byte[] bytes = new byte[headers.encodedBytes()];
        headers.encodeTo(bytes, 0);
        return bytes;
    }

    private byte[] bytesOf(Object event) throws Exception {
        if (event instanceof FilterCodec.Undecodable undecodable) {
            return undecodable.bytes();
        }
        BytesOutput bytes = new BytesOutput();
        codec.encode(event, bytes);
        return bytes.toByteArray();
    }

    private Future<Void> append(long partition, Parked event) {
        return writer(partition)
                .compose(writer -> writer.append(event.key(), event, new Sequence(event.generation(), event.offset()))
                        .recover(failure -> forget(partition, writer, failure)))
                .mapEmpty();
    }

    private Future<EventWriter<ParkingEntry>> writer(long partition) {
        Future<EventWriter<ParkingEntry>> known = writers.get(partition);
        if (known == null || known.failed()) {
            known = parking.createIfMissing().compose(done -> place.log()
                    .createWriter(
                            parking.toString(),
                            ParkingEntry.CODEC,
                            new WriterOptions().setId("group/" + place.group() + "/" + partition)));
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
    void leave(long partition) {
        Future<EventWriter<ParkingEntry>> writer = writers.remove(partition);
        if (writer != null) {
            writer.onSuccess(EventWriter::end);
        }
    }
}
