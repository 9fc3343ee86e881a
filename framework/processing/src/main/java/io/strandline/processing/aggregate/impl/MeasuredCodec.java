package io.strandline.processing.aggregate.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;

/** Counts the bytes that a codec writes and reads. Belongs to one context. */
final class MeasuredCodec<T> implements EventCodec<T> {

    private final EventCodec<T> codec;
    private final Measure measure = new Measure();
    private long bytes;

    MeasuredCodec(EventCodec<T> codec) {
        this.codec = codec;
    }

    /** Bytes since the last call. */
    long take() {
        long taken = bytes;
        bytes = 0;
        return taken;
    }

    @Override
    public EventType typeOf(T event) {
        return codec.typeOf(event);
    }

    @Override
    public void encode(T event, PayloadOutput out) throws IOException {
        measure.out = out;
        try {
            codec.encode(event, measure);
        } finally {
            measure.out = NOWHERE;
        }
    }

    @Override
    public T decode(EventType type, byte[] encoded, int from, int length) throws IOException {
        bytes += length;
        return codec.decode(type, encoded, from, length);
    }

    private static final PayloadOutput NOWHERE = new PayloadOutput() {
        @Override
        public void write(int oneByte) {}

        @Override
        public void write(byte[] source, int from, int length) {}

        @Override
        public void write(Buffer buffer) {}
    };

    private final class Measure extends PayloadOutput {

        private PayloadOutput out = NOWHERE;

        @Override
        public void write(int oneByte) {
            bytes++;
            out.write(oneByte);
        }

        @Override
        public void write(byte[] source, int from, int length) {
            bytes += length;
            out.write(source, from, length);
        }

        @Override
        public void write(Buffer buffer) {
            bytes += buffer.length();
            out.write(buffer);
        }
    }
}
