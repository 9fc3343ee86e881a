package io.strandline.processing.group.impl.feed;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.strandline.Headers;
import io.strandline.StreamName;
import io.strandline.json.JsonCodec;
import org.jspecify.annotations.Nullable;

/** An event of a group's parking stream. */
public sealed interface ParkingEntry {

    JsonCodec<ParkingEntry> CODEC = JsonCodec.builder(ParkingEntry.class)
            .type("parking-of", 1, Owned.class)
            .type("parked", 1, Parked.class)
            .type("settled", 1, Settled.class)
            .build();

    /**
     * Most bytes of an event, headers included, whose payload is parked. As JSON it is a third larger. For a larger event
     * only the place is parked.
     */
    int MAX_EVENT_BYTES = 700 << 10;

    /** The group that parks, or null if an earlier version wrote the entry. */
    @Nullable
    String group();

    /** The stream takes the events of one group. */
    record Owned(String group) implements ParkingEntry {}

    /**
     * An event that was parked.
     *
     * @param generation of the group when it was parked
     * @param claim under which it was condemned. 0 if an earlier version parked it
     * @param bytes its payload, as it was written. Null if it was too large, and then it is read at its place when it is
     *     replayed
     * @param headers its headers, in the format of {@link Headers}. Null if it has none, or its payload is null
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Parked(
            @Nullable String group,
            String stream,
            long generation,
            long claim,
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

        @JsonIgnore
        StreamName streamName() {
            return StreamName.parse(stream);
        }

        @JsonIgnore
        Headers eventHeaders() {
            return headers == null ? Headers.NONE : Headers.decode(headers, 0, headers.length);
        }

        /** The major number of the event in the parking stream. */
        @JsonIgnore
        long number() {
            return claim == 0 ? generation : claim;
        }

        @JsonIgnore
        boolean isAt(Parked other) {
            return number() == other.number()
                    && partition == other.partition
                    && offset == other.offset
                    && stream.equals(other.stream);
        }
    }

    /** A parked event was replayed, or dropped. */
    record Settled(@Nullable String group, long parkedAt, boolean dropped) implements ParkingEntry {}
}
