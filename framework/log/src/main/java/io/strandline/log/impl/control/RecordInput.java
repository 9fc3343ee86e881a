package io.strandline.log.impl.control;

import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link RecordOutput} wrote. Bytes that do not fit are Corrupt. */
final class RecordInput {

    private final byte[] bytes;
    private int at;

    RecordInput(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean hasMore() {
        return at < bytes.length;
    }

    int readByte() {
        require(1);
        return bytes[at++];
    }

    long readLong() {
        require(8);
        long value = LittleEndian.getLong(bytes, at);
        at += 8;
        return value;
    }

    long readVarlong() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = readByte();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new StrandlineException.Corrupt("number of more than 64 bits at byte " + at + " of a control frame");
    }

    int readVarint() {
        long value = readVarlong();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new StrandlineException.Corrupt("number " + value + " at byte " + at + " of a control frame");
        }
        return (int) value;
    }

    String readString() {
        int length = readVarint();
        require(length);
        String value = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return value;
    }

    byte[] readBytes(int length) {
        require(length);
        byte[] value = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return value;
    }

    private void require(int length) {
        if (length > bytes.length - at) {
            throw new StrandlineException.Corrupt("control frame of " + bytes.length + " bytes ends at byte " + at);
        }
    }
}
