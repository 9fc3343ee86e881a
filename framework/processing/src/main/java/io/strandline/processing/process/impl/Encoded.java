package io.strandline.processing.process.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.spi.BytesOutput;
import io.strandline.spi.UserCode;
import java.util.Arrays;

/**
 * A state, a command or a timer as it is stored, read when it is needed: so an instance can be rebuilt from events whose commands the
 * application no longer knows. Immutable.
 */
final class Encoded {

    /** Events as they are stored, whatever their codec. */
    static final EventCodec<Encoded> CODEC = new EventCodec<>() {
        @Override
        public EventType typeOf(Encoded event) {
            return event.type;
        }

        @Override
        public void encode(Encoded event, PayloadOutput out) {
            out.write(event.bytes, 0, event.bytes.length);
        }

        @Override
        public Encoded decode(EventType type, byte[] bytes, int from, int length) {
            return new Encoded(type, Arrays.copyOfRange(bytes, from, from + length));
        }
    };

    private final EventType type;
    private final byte[] bytes;

    /** @param bytes not changed any more */
    Encoded(EventType type, byte[] bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /**
     * Encodes a value.
     *
     * @param what names it in the message of Invalid, with which whatever the codec throws fails
     */
    static <T> Encoded of(String what, EventCodec<T> codec, T value) {
        try {
            byte[] bytes = BytesOutput.of(codec, value);
            return new Encoded(codec.typeOf(value), bytes);
        } catch (Throwable thrown) {
            throw UserCode.refused(what + " could not be stored", thrown);
        }
    }

    /**
     * Decodes the value.
     *
     * @param what names it in the message of Invalid, with which whatever the codec throws fails
     */
    <T> T read(String what, EventCodec<T> codec) {
        try {
            T value = codec.decode(type, bytes, 0, bytes.length);
            if (value == null) {
                throw new IllegalStateException("the codec gave null");
            }
            return value;
        } catch (Throwable thrown) {
            throw UserCode.refused(what + " of type " + type + " could not be read", thrown);
        }
    }

    void write(StoredOutput out) {
        out.text(type.name());
        out.number(type.version());
        out.number(bytes.length);
        out.bytes(bytes);
    }

    static Encoded read(StoredInput in) {
        EventType type = new EventType(in.text(), in.integer());
        return new Encoded(type, in.bytes(in.integer()));
    }

    @Override
    public String toString() {
        return type + " of " + bytes.length + " bytes";
    }
}
