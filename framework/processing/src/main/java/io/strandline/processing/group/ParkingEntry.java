package io.strandline.processing.group;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.strandline.JsonCodec;
import io.strandline.StreamName;
import org.jspecify.annotations.Nullable;

/** An event of a group's parking stream. */
sealed interface ParkingEntry {

    JsonCodec<ParkingEntry> CODEC = JsonCodec.builder(ParkingEntry.class)
            .type("parked", 1, Parked.class)
            .type("settled", 1, Settled.class)
            .build();

    /** Most bytes of an event that can be parked; as JSON it is a third larger. */
    int MAX_EVENT_BYTES = 700 << 10;

    /**
     * An event that was parked.
     *
     * @param bytes its payload, as it was written
     * @param generation of the group when it was parked
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
            String cause)
            implements ParkingEntry {

        @JsonIgnore
        StreamName streamName() {
            return StreamName.parse(stream);
        }
    }

    /** A parked event was replayed, or dropped. */
    record Settled(long parkedAt, boolean dropped) implements ParkingEntry {}
}
