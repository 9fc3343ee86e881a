package io.strandline.server.impl.operation;

import io.strandline.EventRecord;
import io.strandline.client.operation.Payload;

/** What an event counts among the bytes that a door holds for a client. */
public final class EventBytes {

    /** What each event counts beside its own bytes: its place, its type and the names of its fields. */
    public static final int BESIDE = 128;

    private EventBytes() {}

    /** Bytes of payload, headers and key (a character as one), and {@value #BESIDE}. */
    public static long of(EventRecord<Payload> event) {
        String key = event.key();
        return (long) BESIDE
                + event.event().bytes().length
                + event.headers().encodedBytes()
                + (key == null ? 0 : key.length());
    }
}
