package io.strandline.processing.group.impl.feed;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;

/**
 * Reads the events that a group wants. One of another type is not decoded at all, and one that cannot be decoded does not
 * stop the reader: it is a poison event like any other.
 */
final class FilterCodec<E> implements EventCodec<Object> {

    /** Stands for an event of a type that is not wanted. */
    static final Object FILTERED = new Object();

    private final EventCodec<E> codec;
    private Set<String> types = Set.of();
    private int decodedBytes;

    /** An event that the codec refused, as its bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Undecodable(byte[] bytes, Throwable cause) {}

    FilterCodec(EventCodec<E> codec) {
        this.codec = codec;
    }

    /** Reads only events of these types from the next one on, or of all types if none is given. */
    void filter(Set<String> wanted) {
        types = Set.copyOf(wanted);
    }

    @Override
    @SuppressWarnings("unchecked") // what this codec has decoded is given back to it
    public EventType typeOf(Object event) {
        return codec.typeOf((E) event);
    }

    @Override
    @SuppressWarnings("unchecked") // what this codec has decoded is given back to it
    public void encode(Object event, PayloadOutput out) throws IOException {
        codec.encode((E) event, out);
    }

    /** Encoded bytes of the last event. */
    int decodedBytes() {
        return decodedBytes;
    }

    @Override
    public Object decode(EventType type, byte[] bytes, int from, int length) {
        decodedBytes = length;
        if (!types.isEmpty() && !types.contains(type.name())) {
            return FILTERED;
        }
        try {
            return Objects.requireNonNull(codec.decode(type, bytes, from, length), "the codec returned null");
        } catch (Throwable e) { // an Error is as good a reason to park the event
            return new Undecodable(Arrays.copyOfRange(bytes, from, from + length), e);
        }
    }
}
