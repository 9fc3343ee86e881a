package io.strandline.processing.pipeline.impl.parking;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StreamName;
import io.strandline.json.JsonCodec;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** An event of the parking stream of a pipeline. */
public sealed interface ParkingEntry {

    JsonCodec<ParkingEntry> CODEC = JsonCodec.builder(ParkingEntry.class)
            .type("strandline.parking-of", 1, Owned.class)
            .type("strandline.parked", 1, Parked.class)
            .type("strandline.settled", 1, Settled.class)
            .build();

    /**
     * Most bytes of an event, headers included, whose payload is parked. As JSON it is a third larger. For a larger event
     * only the place is parked.
     */
    int MAX_EVENT_BYTES = 700 << 10;

    /** Name of the pipeline that parks. */
    String pipeline();

    /** The stream takes the events of one pipeline. */
    record Owned(String pipeline) implements ParkingEntry {}

    /**
     * An event that was passed over. It holds nothing that a replay does not find again.
     *
     * @param stream where it was read
     * @param bytes its payload, as it was written. Null if it was too large, and then it is read at its place when it is replayed
     * @param headers its headers, in the format of {@link Headers}. Null if it has none, or its payload is null
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Parked(
            String pipeline,
            String stream,
            long partition,
            long offset,
            long stamp,
            @Nullable String key,
            String type,
            int version,
            byte @Nullable [] bytes,
            @JsonInclude(JsonInclude.Include.NON_NULL) byte @Nullable [] headers,
            String cause)
            implements ParkingEntry {

        public static Parked of(String pipeline, StreamName stream, EventRecord<Buffer> event, String cause) {
            int headerBytes = event.headers().isEmpty() ? 0 : event.headers().encodedBytes();
            boolean fits = event.event().length() + headerBytes <= MAX_EVENT_BYTES;
            byte[] headers = null;
            if (fits && headerBytes > 0) {
                headers = new byte[headerBytes];
                event.headers().encodeTo(headers, 0);
            }
            return new Parked(
                    pipeline,
                    stream.toString(),
                    event.partition(),
                    event.offset(),
                    event.stamp(),
                    event.key(),
                    event.type().name(),
                    event.type().version(),
                    fits ? event.event().getBytes() : null,
                    headers,
                    cause);
        }

        /** The place of the event alone, for a log that takes no event as large as this one. */
        public Parked asReference() {
            return new Parked(pipeline, stream, partition, offset, stamp, key, type, version, null, null, cause);
        }

        /** The event, with its payload, or null if the payload was too large. */
        @JsonIgnore
        @Nullable
        EventRecord<Buffer> event() {
            byte[] payload = bytes;
            byte[] encoded = headers;
            return payload == null
                    ? null
                    : new EventRecord<>(
                            partition,
                            offset,
                            stamp,
                            key,
                            eventType(),
                            encoded == null ? Headers.NONE : Headers.decode(encoded, 0, encoded.length),
                            Buffer.buffer(payload));
        }

        @JsonIgnore
        StreamName streamName() {
            return StreamName.parse(stream);
        }

        @JsonIgnore
        EventType eventType() {
            return new EventType(type, version);
        }
    }

    /** A parked event was replayed, or dropped. */
    record Settled(String pipeline, long parkedAt, boolean dropped) implements ParkingEntry {}
}
