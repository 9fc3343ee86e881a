package io.strandline.client.operation;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import java.util.Arrays;

/**
 * An event as it is stored: its type, and its bytes. A door appends and reads events as this, without a class for them.
 *
 * @param type name and version, {@link EventType#RAW} for an event of which nothing is said
 * @param bytes its bytes, which nobody changes
 */
@SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
public record Payload(EventType type, byte[] bytes) {

    /** Writes and reads the bytes as they are, under the type that they have. */
    public static final EventCodec<Payload> CODEC = new EventCodec<>() {
        @Override
        public EventType typeOf(Payload event) {
            return event.type;
        }

        @Override
        public void encode(Payload event, PayloadOutput out) {
            out.write(event.bytes, 0, event.bytes.length);
        }

        @Override
        public Payload decode(EventType type, byte[] bytes, int from, int length) {
            return new Payload(type, Arrays.copyOfRange(bytes, from, from + length));
        }
    };
}
