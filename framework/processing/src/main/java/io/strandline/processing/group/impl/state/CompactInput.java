package io.strandline.processing.group.impl.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link CompactOutput} wrote. */
final class CompactInput {

    private static final int MAX_SHIFT = 63;

    private final byte[] bytes;
    private final int end;
    private int at;

    CompactInput(byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.at = from;
        this.end = from + length;
    }

    long number() throws IOException {
        long value = 0;
        for (int shift = 0; shift <= MAX_SHIFT; shift += 7) {
            byte next = next();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IOException("a number of a group's state has more than ten bytes at " + at);
    }

    private byte next() throws IOException {
        if (at >= end) {
            throw new IOException("a group's state ends too soon");
        }
        return bytes[at++];
    }

    boolean flag() throws IOException {
        return next() != 0;
    }

    /** Reads a number of elements. Each element takes at least one byte. */
    int size() throws IOException {
        long size = number();
        if (size < 0 || size > end - at) {
            throw new IOException("a group's state has a list of " + size + " elements in " + (end - at) + " bytes");
        }
        return (int) size;
    }

    @Nullable
    String text() throws IOException {
        long length = number() - 1;
        if (length < 0) {
            return null;
        }
        if (length > end - at) {
            throw new IOException("a group's state has a text of " + length + " bytes in " + (end - at));
        }
        String text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
        at += (int) length;
        return text;
    }

    String presentText() throws IOException {
        String text = text();
        if (text == null) {
            throw new IOException("a text of a group's state is missing at " + at);
        }
        return text;
    }

    void requireEnd() throws IOException {
        if (at != end) {
            throw new IOException("a group's state has " + (end - at) + " bytes too many");
        }
    }
}
