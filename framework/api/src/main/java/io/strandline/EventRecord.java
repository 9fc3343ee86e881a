package io.strandline;

import org.jspecify.annotations.Nullable;

/**
 * An event as it was read.
 *
 * @param partition id of its partition
 * @param offset its number in that partition
 * @param stamp when it was appended, in milliseconds since the epoch. Never decreases within a partition
 * @param key its routing key, or null
 * @param type name and version under which it was written
 * @param headers its headers, or {@link Headers#NONE} if it has none
 * @param event the decoded event
 */
public record EventRecord<E>(
        long partition, long offset, long stamp, @Nullable String key, EventType type, Headers headers, E event) {

    /** A record without headers. */
    public EventRecord(long partition, long offset, long stamp, @Nullable String key, EventType type, E event) {
        this(partition, offset, stamp, key, type, Headers.NONE, event);
    }
}
