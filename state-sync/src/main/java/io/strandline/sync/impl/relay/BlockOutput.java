package io.strandline.sync.impl.relay;

import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/** Bytes that grow up to a limit. Past it every write throws Invalid. */
final class BlockOutput extends PayloadOutput {

    private static final int FIRST_BYTES = 256;

    private final int maxBytes;
    private byte[] bytes;
    private int size;

    BlockOutput(int maxBytes) {
        this.maxBytes = maxBytes;
        this.bytes = new byte[Math.min(FIRST_BYTES, maxBytes)];
    }

    int size() {
        return size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    @Override
    public void write(int oneByte) {
        reserve(1);
        bytes[size++] = (byte) oneByte;
    }

    @Override
    public void write(byte[] source, int from, int length) {
        reserve(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
    }

    @Override
    public void write(Buffer buffer) {
        reserve(buffer.length());
        buffer.getBytes(bytes, size);
        size += buffer.length();
    }

    void writeShort(int value) {
        write(value >>> 8);
        write(value);
    }

    void writeInt(int value) {
        writeShort(value >>> 16);
        writeShort(value);
    }

    /** Overwrites four bytes that were written before. */
    void setInt(int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    private void reserve(int more) {
        long needed = (long) size + more;
        if (needed > maxBytes) {
            throw new StrandlineException.Invalid("value of " + needed + " bytes or more, the limit is " + maxBytes);
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, Math.max(needed, 2L * bytes.length)));
        }
    }
}
