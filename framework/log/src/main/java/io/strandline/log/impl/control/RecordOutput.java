package io.strandline.log.impl.control;

import io.strandline.internal.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the fields of control records and journal checkpoints into a growing array. Little-endian. */
public final class RecordOutput {

    private byte[] bytes = new byte[256];
    private int length;

    public void writeByte(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
    }

    /** A fixed number of eight bytes. */
    void writeLong(long value) {
        ensure(8);
        LittleEndian.putLong(bytes, length, value);
        length += 8;
    }

    /** A number of 0 or more in one to ten bytes, seven bits each, the low ones first. */
    public void writeVarlong(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    public void writeString(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        writeVarlong(utf8.length);
        ensure(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
    }

    void writeBytes(byte[] more) {
        ensure(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
    }

    int size() {
        return length;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
