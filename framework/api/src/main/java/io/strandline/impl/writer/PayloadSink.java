package io.strandline.impl.writer;

import io.strandline.PayloadOutput;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the payload of one event directly after the records of a draft. Bytes that would exceed the limit are counted
 * and dropped, so that the failure can name the size.
 */
final class PayloadSink extends PayloadOutput {

    private @Nullable Draft draft;
    private int at;
    private int room;
    private long dropped;

    /** Starts at a place of the draft with at most {@code room} bytes to take. */
    void open(Draft target, int from, int limit) {
        draft = target;
        at = from;
        room = limit;
        dropped = 0;
    }

    /** Index after the last byte taken. */
    int at() {
        return at;
    }

    /** Bytes that did not fit. */
    long dropped() {
        return dropped;
    }

    @Override
    public void write(int oneByte) {
        Draft target = take(1);
        if (target != null) {
            target.bytes[at++] = (byte) oneByte;
        }
    }

    @Override
    public void write(byte[] source, int from, int length) {
        Draft target = take(length);
        if (target != null) {
            System.arraycopy(source, from, target.bytes, at, length);
            at += length;
        }
    }

    @Override
    public void write(Buffer buffer) {
        int length = buffer.length();
        Draft target = take(length);
        if (target != null) {
            buffer.getBytes(0, length, target.bytes, at);
            at += length;
        }
    }

    private @Nullable Draft take(int length) {
        Draft target = draft;
        if (target == null) {
            throw new IllegalStateException("this output was valid only while its event was encoded");
        }
        if (dropped > 0 || length > room) {
            dropped += length;
            return null;
        }
        room -= length;
        target.reserve(at, length);
        return target;
    }

    void release() {
        draft = null;
    }
}
