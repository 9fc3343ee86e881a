package io.strandline.processing.group;

import io.strandline.EventType;
import io.strandline.StreamName;
import org.jspecify.annotations.Nullable;

/**
 * An event that a group put aside.
 *
 * @param id its number in the parking stream, in the order of parking
 * @param stream where it was read
 * @param partition id of its partition
 * @param offset its number there
 * @param key its routing key, or null
 * @param type name and version under which it was written
 * @param cause why it is parked
 */
public record ParkedEvent(
        long id,
        StreamName stream,
        long partition,
        long offset,
        @Nullable String key,
        EventType type,
        String cause) {}
