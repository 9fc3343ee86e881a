package io.strandline.processing.group;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.strandline.Headers;
import io.strandline.JsonCodec;
import io.strandline.StreamName;
import org.jspecify.annotations.Nullable;

/** An event of a group's parking stream. */
sealed interface ParkingEntry {

    JsonCodec<ParkingEntry> CODEC = JsonCodec.builder(ParkingEntry.class)
            .type("parked", 1, Parked.class)
            .type("settled", 1, Settled.class)
            .build();

    /** Most bytes of an event that can be parked, headers included; as JSON it is a third larger. */
    int MAX_EVENT_BYTES = 700 << 10;

    /**
     * An event that was parked.
     *
     * @param bytes its payload, as it was written
     * @param generation of the group when it was parked
     * @param headers its headers, as {@link Headers} draws them; null if it has none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Parked(
            String stream,
            long generation,
            long partition,
            long offset,
            long stamp,
            @Nullable String key,
            String type,
            int version,
            byte[] bytes,
            @JsonInclude(JsonInclude.Include.NON_NULL) byte @Nullable [] headers,
            String cause)
            implements ParkingEntry {

        @JsonIgnore
        StreamName streamName() {
            return StreamName.parse(stream);
        }

        @JsonIgnore
        Headers eventHeaders() {
            return headers == null ? Headers.NONE : Headers.decode(headers, 0, headers.length);
        }

        /** Bytes of payload and headers. */
        @JsonIgnore
        int size() {
            return bytes.length + (headers == null ? 0 : headers.length);
        }
    }

    /** A parked event was replayed, or dropped. */
    record Settled(long parkedAt, boolean dropped) implements ParkingEntry {}
}
