package io.strandline;

import io.strandline.internal.Varint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Named values beside an event: text or bytes, in the order in which they were added. A name occurs once. Immutable.
 *
 * <pre>{@code
 * Headers headers = Headers.of(Headers.CORRELATION_ID, "order-17").with(Headers.USER, "anna");
 * writer.append(NewEvent.of("account-7", event).with(headers));
 * }</pre>
 *
 * <p>At most {@value #MAX_COUNT} headers, with names of 1 to {@value #MAX_NAME_BYTES} bytes in UTF-8. Their bytes count
 * against the {@code maxEventBytes} of the log, together with those of key, type and payload. Names are compared exactly,
 * upper and lower case apart. An event without headers takes no byte and no step for them.
 *
 * <p>The bytes, as they stand in a record, for each header:
 *
 * <pre>
 *      varint name length, name in UTF-8
 *      varint value length times 2, plus 1 if the value is text
 *      value, text in UTF-8
 * </pre>
 */
public final class Headers {

    /** Name of the header with the id that all events of one undertaking share. */
    public static final String CORRELATION_ID = "correlation-id";

    /** Name of the header with the id of the command or event that led to this one. */
    public static final String CAUSATION_ID = "causation-id";

    /** Name of the header that tells on whose behalf the event was appended. */
    public static final String USER = "user";

    /** Name of the header with the parent of a trace, as W3C Trace Context defines it. */
    public static final String TRACEPARENT = "traceparent";

    /** Name of the header with the vendors' part of a trace, as W3C Trace Context defines it. */
    public static final String TRACESTATE = "tracestate";

    /** Most headers of an event. */
    public static final int MAX_COUNT = 64;

    /** Longest name, in bytes of UTF-8. */
    public static final int MAX_NAME_BYTES = 256;

    /** Longest value, in bytes: what no event can exceed. */
    private static final int MAX_VALUE_BYTES = 8 << 20;

    /** Of a header of a trace: 512 characters of its value, and some for its name. */
    private static final int MAX_TRACE_BYTES = 540;

    private static final byte[][] TRACE_NAMES = {
        TRACEPARENT.getBytes(StandardCharsets.UTF_8), TRACESTATE.getBytes(StandardCharsets.UTF_8)
    };

    private static final int TEXT = 1;

    /** No headers. */
    public static final Headers NONE = new Headers(new byte[0]);

    private final byte[] encoded;

    private Headers(byte[] encoded) {
        this.encoded = encoded;
    }

    /** One header of text, see {@link #with(String, String)}. */
    public static Headers of(String name, String text) {
        return NONE.with(name, text);
    }

    /** One header of bytes, see {@link #with(String, byte[])}. */
    public static Headers of(String name, byte[] bytes) {
        return NONE.with(name, bytes);
    }

    /**
     * These headers and one more of text. One that has the name already keeps its place and gets the new value.
     *
     * @throws StrandlineException.Invalid if there would be more than {@value #MAX_COUNT}, the name is empty or longer than
     *     {@value #MAX_NAME_BYTES} bytes, or name or text has a lone surrogate, which UTF-8 cannot hold
     */
    public Headers with(String name, String text) {
        return with(name, Utf8.encode("header " + Utf8.shown(name), text), TEXT);
    }

    /** As {@link #with(String, String)}, for a value of bytes, which are copied. */
    public Headers with(String name, byte[] bytes) {
        return with(name, bytes, 0);
    }

    private Headers with(String name, byte[] value, int kind) {
        byte[] nameBytes = Utf8.encode("name of a header", name);
        Limits.require("length of a header's name in bytes", nameBytes.length, 1, MAX_NAME_BYTES);
        if (value.length > MAX_VALUE_BYTES) {
            throw new StrandlineException.Invalid(
                    "header " + Utf8.shown(name) + " of " + value.length + " bytes, the limit is " + MAX_VALUE_BYTES);
        }
        Entry same = find(nameBytes);
        if (same == null) {
            Limits.require("number of headers", size() + 1, 1, MAX_COUNT);
        }
        int from = same == null ? encoded.length : same.from;
        int to = same == null ? encoded.length : same.to;
        int kindAndLength = value.length << 1 | kind;
        int length = Varint.bytes(nameBytes.length) + nameBytes.length + Varint.bytes(kindAndLength) + value.length;
        byte[] bytes = new byte[from + length + encoded.length - to];
        System.arraycopy(encoded, 0, bytes, 0, from);
        int at = Varint.put(bytes, from, nameBytes.length);
        System.arraycopy(nameBytes, 0, bytes, at, nameBytes.length);
        at = Varint.put(bytes, at + nameBytes.length, kindAndLength);
        System.arraycopy(value, 0, bytes, at, value.length);
        System.arraycopy(encoded, to, bytes, from + length, encoded.length - to);
        return new Headers(bytes);
    }

    /** These headers without one, if they have it. */
    public Headers without(String name) {
        Entry entry = find(Utf8.encode("name of a header", name));
        if (entry == null) {
            return this;
        }
        byte[] bytes = new byte[encoded.length - (entry.to - entry.from)];
        System.arraycopy(encoded, 0, bytes, 0, entry.from);
        System.arraycopy(encoded, entry.to, bytes, entry.from, encoded.length - entry.to);
        return bytes.length == 0 ? NONE : new Headers(bytes);
    }

    /**
     * Those that carry a trace: {@link #TRACEPARENT} and {@link #TRACESTATE}, if they are text, and no longer than the W3C asks to pass
     * on (512 characters). For an event that follows from another one and is appended where no span is made.
     */
    public Headers trace() {
        Headers trace = NONE;
        for (Entry entry = new Entry(encoded); entry.next(); ) {
            if (entry.isText
                    && entry.to - entry.from <= MAX_TRACE_BYTES
                    && (entry.isNamed(TRACE_NAMES[0]) || entry.isNamed(TRACE_NAMES[1]))) {
                trace = trace.and(entry);
            }
        }
        return trace;
    }

    private Headers and(Entry entry) {
        int length = entry.to - entry.from;
        byte[] bytes = Arrays.copyOf(encoded, encoded.length + length);
        System.arraycopy(entry.bytes, entry.from, bytes, encoded.length, length);
        return new Headers(bytes);
    }

    // ---- looking at them

    public boolean isEmpty() {
        return encoded.length == 0;
    }

    /** Number of headers. */
    public int size() {
        int count = 0;
        for (Entry entry = new Entry(encoded); entry.next(); ) {
            count++;
        }
        return count;
    }

    /** The names, in the order in which they were added. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (Entry entry = new Entry(encoded); entry.next(); ) {
            names.add(new String(encoded, entry.nameFrom, entry.nameLength, StandardCharsets.UTF_8));
        }
        return List.copyOf(names);
    }

    /** True if there is a header of this name. */
    public boolean has(String name) {
        return find(Utf8.encode("name of a header", name)) != null;
    }

    /** True if there is a header of this name, and its value is text. */
    public boolean isText(String name) {
        Entry entry = find(Utf8.encode("name of a header", name));
        return entry != null && entry.isText;
    }

    /**
     * The text of a header, or null if there is none of this name.
     *
     * @throws StrandlineException.Invalid if its value is bytes
     */
    public @Nullable String text(String name) {
        Entry entry = find(Utf8.encode("name of a header", name));
        if (entry == null) {
            return null;
        }
        if (!entry.isText) {
            throw new StrandlineException.Invalid(
                    "header " + Utf8.shown(name) + " holds " + (entry.to - entry.valueFrom) + " bytes and no text");
        }
        return new String(encoded, entry.valueFrom, entry.to - entry.valueFrom, StandardCharsets.UTF_8);
    }

    /** A copy of the bytes of a header, in UTF-8 for a header of text. Null if there is no header of this name. */
    public byte @Nullable [] bytes(String name) {
        Entry entry = find(Utf8.encode("name of a header", name));
        return entry == null ? null : Arrays.copyOfRange(encoded, entry.valueFrom, entry.to);
    }

    private @Nullable Entry find(byte[] name) {
        Entry entry = new Entry(encoded);
        while (entry.next()) {
            if (entry.isNamed(name)) {
                return entry;
            }
        }
        return null;
    }

    // ---- as they are stored

    /** Bytes that they take in a record. */
    public int encodedBytes() {
        return encoded.length;
    }

    /** Writes their bytes in the format of a record, and returns the index after them. */
    public int encodeTo(byte[] bytes, int at) {
        System.arraycopy(encoded, 0, bytes, at, encoded.length);
        return at + encoded.length;
    }

    /**
     * Reads headers written by {@link #encodeTo}. The bytes are copied.
     *
     * @throws StrandlineException.Corrupt if they are malformed
     */
    public static Headers decode(byte[] bytes, int from, int length) {
        if (length == 0) {
            return NONE;
        }
        byte[] copy = Arrays.copyOfRange(bytes, from, from + length);
        String defect = defect(copy);
        if (defect != null) {
            throw new StrandlineException.Corrupt("malformed headers of " + length + " bytes: " + defect);
        }
        return new Headers(copy);
    }

    private static @Nullable String defect(byte[] bytes) {
        int count = 0;
        Entry entry = new Entry(bytes);
        try {
            while (entry.next()) {
                count++;
                if (entry.nameLength < 1 || entry.nameLength > MAX_NAME_BYTES) {
                    return "name of " + entry.nameLength + " bytes, the limit is " + MAX_NAME_BYTES;
                }
                if (count > MAX_COUNT) {
                    return "more than " + MAX_COUNT;
                }
                if (entry.isRepeated()) {
                    return "a name occurs twice: "
                            + new String(bytes, entry.nameFrom, entry.nameLength, StandardCharsets.UTF_8);
                }
            }
        } catch (IndexOutOfBoundsException e) {
            return "header " + (count + 1) + " ends after the last byte";
        }
        return null;
    }

    /** Steps from header to header. */
    private static final class Entry {

        private final byte[] bytes;
        private int from;
        private int nameFrom;
        private int nameLength;
        private boolean isText;
        private int valueFrom;
        private int to;

        Entry(byte[] bytes) {
            this.bytes = bytes;
        }

        /**
         * Moves to the next header. Returns false if there is none.
         *
         * @throws IndexOutOfBoundsException if it is not whole
         */
        boolean next() {
            if (to == bytes.length) {
                return false;
            }
            from = to;
            nameLength = varint();
            nameFrom = to;
            skip(nameLength);
            int kindAndLength = varint();
            isText = (kindAndLength & TEXT) != 0;
            valueFrom = to;
            skip(kindAndLength >>> 1);
            return true;
        }

        boolean isNamed(byte[] name) {
            return Arrays.equals(bytes, nameFrom, nameFrom + nameLength, name, 0, name.length);
        }

        private void skip(int count) {
            if (count < 0 || count > bytes.length - to) {
                throw new IndexOutOfBoundsException(to);
            }
            to += count;
        }

        private int varint() {
            int value = 0;
            for (int shift = 0; shift < 35; shift += 7) {
                byte next = bytes[to++];
                value |= (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new IndexOutOfBoundsException(to);
        }

        boolean isRepeated() {
            Entry before = new Entry(bytes);
            while (before.next() && before.from < from) {
                if (Arrays.equals(
                        bytes,
                        nameFrom,
                        nameFrom + nameLength,
                        bytes,
                        before.nameFrom,
                        before.nameFrom + before.nameLength)) {
                    return true;
                }
            }
            return false;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers headers && Arrays.equals(encoded, headers.encoded);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded);
    }

    /** Texts as they are, bytes as their number. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (Entry entry = new Entry(encoded); entry.next(); ) {
            int length = entry.to - entry.valueFrom;
            text.append(text.length() == 1 ? "" : ", ")
                    .append(new String(encoded, entry.nameFrom, entry.nameLength, StandardCharsets.UTF_8))
                    .append('=')
                    .append(
                            entry.isText
                                    ? new String(encoded, entry.valueFrom, length, StandardCharsets.UTF_8)
                                    : length + " bytes");
        }
        return text.append('}').toString();
    }
}
