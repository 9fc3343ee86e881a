package io.strandline.impl.writer;

import io.strandline.PayloadOutput;
import io.vertx.core.buffer.Buffer;

/**
 * Writes the payload of one event directly after the records of a draft. Bytes that would exceed the limit are counted
 * and dropped, so that the failure can name the size.
 */
final class PayloadSink extends PayloadOutput {

    /** The same for all events: a reference that changes with each of them costs the garbage collector a step. */
    private final Draft draft;

    private boolean isOpen;
    private int at;
    private int room;
    private long dropped;

    PayloadSink(Draft draft) {
        this.draft = draft;
    }

    /** Starts at a place of the draft with at most {@code room} bytes to take. */
    void open(int from, int limit) {
        isOpen = true;
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
        if (takes(1)) {
            draft.bytes[at++] = (byte) oneByte;
        }
    }

    @Override
    public void write(byte[] source, int from, int length) {
        if (takes(length)) {
            System.arraycopy(source, from, draft.bytes, at, length);
            at += length;
        }
    }

    @Override
    public void write(Buffer buffer) {
        int length = buffer.length();
        if (takes(length)) {
            buffer.getBytes(0, length, draft.bytes, at);
            at += length;
        }
    }

    private boolean takes(int length) {
        if (!isOpen) {
            throw new IllegalStateException("this output was valid only while its event was encoded");
        }
        if (dropped > 0 || length > room) {
            dropped += length;
            return false;
        }
        room -= length;
        draft.reserve(at, length);
        return true;
    }

    /** Takes nothing more until it is opened again. */
    void release() {
        isOpen = false;
    }
}
