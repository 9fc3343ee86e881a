package io.strandline.impl.reader;

import io.strandline.internal.LittleEndian;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of keys into strings, and remembers short ones, because the events of one key come again and again. A
 * slot holds one key of up to sixteen bytes as two numbers. A key that falls into a taken slot replaces the key there.
 */
final class KeyStrings {

    private static final int SLOTS = 1 << 14;
    private static final int MAX_BYTES = 16;

    private long @Nullable [] packed;
    private @Nullable String[] strings = new String[0];

    String of(byte[] bytes, int from, int length) {
        if (length > MAX_BYTES || length < 8) {
            return new String(bytes, from, length, StandardCharsets.UTF_8);
        }
        // The two numbers overlap below sixteen bytes. With the length they still tell keys apart.
        long low = LittleEndian.getLong(bytes, from);
        long high = LittleEndian.getLong(bytes, from + length - 8);
        long mixed = (low * 0x9E3779B97F4A7C15L) ^ (high * 0xC2B2AE3D27D4EB4FL);
        int slot = (int) ((mixed ^ (mixed >>> 29)) >>> 32) & (SLOTS - 1);
        long[] table = packed;
        if (table == null) {
            table = new long[2 * SLOTS];
            packed = table;
            strings = new String[SLOTS];
        }
        String known = strings[slot];
        if (known != null && table[2 * slot] == low && table[2 * slot + 1] == high && known.length() == length) {
            return known;
        }
        String fresh = new String(bytes, from, length, StandardCharsets.UTF_8);
        // A string that is shorter than its bytes is not ASCII, and its length would not tell the length of the bytes.
        if (fresh.length() == length) {
            table[2 * slot] = low;
            table[2 * slot + 1] = high;
            strings[slot] = fresh;
        }
        return fresh;
    }
}
