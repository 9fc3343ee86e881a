package io.strandline.processing.pipeline.impl.state;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The state of one key as bytes: the same in memory and in snapshots. Numbers are varints: seven bits a byte, the lowest first,
 * and the top bit says that another byte follows. A signed number is mapped to an unsigned one by zigzag.
 *
 * <pre>
 * record
 *   varint          1 + length of the key
 *                   key in UTF-8
 *   varint          length of the pieces in bytes, 0 if the key has no state any more
 *                   pieces
 *
 * piece
 *   varint, signed  its place ({@link StateEntry#at}) minus that of the map
 *   varint          number of times
 *   varint, signed  each time
 *   varint          0 for no value, or 1 + index of the type of the value
 *   varint          length of the value
 *                   value as its codec wrote it
 * </pre>
 *
 * <p>The types of a store are in a list, which only grows. A worker that encodes may add to it while the context of the task
 * decodes.
 */
public final class StateRecords {

    /** Most types, with their versions, of the values of one operator. */
    static final int MAX_TYPES = 10_000;

    private final String operator;
    private final EventCodec<Object> codec;

    /** Replaced, never changed. One thread at a time adds. */
    private volatile EventType[] types = {};

    StateRecords(String operator, EventCodec<Object> codec) {
        this.operator = operator;
        this.codec = codec;
    }

    String operator() {
        return operator;
    }

    List<EventType> types() {
        return List.of(types);
    }

    /** Index of a type, which is added if it is new. */
    int typeIndex(EventType type) {
        EventType[] known = types;
        for (int i = 0; i < known.length; i++) {
            if (known[i].equals(type)) {
                return i;
            }
        }
        if (known.length == MAX_TYPES) {
            throw new StrandlineException.Invalid("operator " + operator + " has states of " + MAX_TYPES
                    + " types and versions, and now one of " + type);
        }
        EventType[] more = Arrays.copyOf(known, known.length + 1);
        more[known.length] = type;
        types = more;
        return known.length;
    }

    // ---- encode

    /** Appends a piece of a key. */
    void appendPiece(StateEntry piece, long start, Bytes payload, Bytes out) {
        out.signed(piece.at() - start);
        out.number(piece.times().length);
        for (long time : piece.times()) {
            out.signed(time);
        }
        Object value = piece.value();
        if (value == null) {
            out.number(0);
            return;
        }
        EventType type = encode(piece.key(), value, payload);
        out.number(1 + typeIndex(type));
        out.number(payload.length());
        out.write(payload.array(), 0, payload.length());
    }

    private EventType encode(String key, Object value, Bytes payload) {
        payload.clear();
        try {
            codec.encode(value, payload);
            return codec.typeOf(value);
        } catch (IOException | RuntimeException e) {
            throw new StrandlineException.Invalid(
                    "the state codec cannot write the state of key " + key + " of operator " + operator + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Appends the record of a key. */
    static void appendRecord(byte[] key, Bytes pieces, Bytes out) {
        out.number(1 + key.length);
        out.write(key, 0, key.length);
        out.number(pieces.length());
        out.write(pieces.array(), 0, pieces.length());
    }

    static byte[] bytesOf(String key) {
        return Utf8.encode("the key of a state", key);
    }

    // ---- decode

    /** Hands over the pieces of a key. */
    void forEachPiece(String key, long start, byte[] bytes, int from, int to, Consumer<StateEntry> each) {
        Cursor at = new Cursor(bytes, from);
        while (at.position < to) {
            long place = start + at.signed();
            long[] times = at.times();
            int type = at.number();
            each.accept(new StateEntry(place, key, times, type == 0 ? null : value(key, types[type - 1], at)));
        }
    }

    private Object value(String key, EventType type, Cursor at) {
        int length = at.number();
        int from = at.position;
        at.position += length;
        return decode(key, type, at.bytes, from, length);
    }

    private Object decode(String key, EventType type, byte[] bytes, int from, int length) {
        try {
            Object value = codec.decode(type, bytes, from, length);
            if (value == null) {
                throw new StrandlineException.Invalid("it decodes to null");
            }
            return value;
        } catch (IOException | RuntimeException e) {
            throw new StrandlineException.Invalid(
                    "the state codec cannot read the state of key " + key + " of operator " + operator + ", type "
                            + type + ", " + length + " bytes: " + e.getMessage(),
                    e);
        }
    }

    /** Hands over where the pieces of a key are and their times, and decodes no value. */
    static void forEachTimes(byte[] bytes, int from, int to, TimesConsumer each) {
        Cursor at = new Cursor(bytes, from);
        while (at.position < to) {
            long place = at.signed();
            each.accept(place, at.times());
            at.skipValue();
        }
    }

    /** Takes the place of a piece, relative to its map, and its times. */
    @FunctionalInterface
    interface TimesConsumer {

        void accept(long place, long[] times);
    }

    /** Number of times of a piece. */
    static int timesOf(byte[] bytes, int from) {
        Cursor at = new Cursor(bytes, from);
        at.signed();
        return at.number();
    }

    /** Whether one of the pieces is at a place, relative to its map. */
    static boolean hasPlace(byte[] bytes, int from, int to, long wanted) {
        boolean[] found = {false};
        forEachTimes(bytes, from, to, (place, times) -> found[0] |= place == wanted);
        return found[0];
    }

    /** Number of pieces. */
    static int pieces(byte[] bytes, int from, int to) {
        int count = 0;
        Cursor at = new Cursor(bytes, from);
        while (at.position < to) {
            at.signed();
            for (int times = at.number(); times > 0; times--) {
                at.signed();
            }
            at.skipValue();
            count++;
        }
        return count;
    }

    /**
     * Copies a record whose types are those of another list, and has the first value of each type decoded: a codec that does not
     * know a type is found before the task begins.
     *
     * @param mapped index of a type there → its index here
     * @param seen the types of which a value was decoded
     */
    void adopt(byte[] bytes, int from, int[] mapped, boolean[] seen, Bytes body, Bytes out) {
        int keyLength = number(bytes, from) - 1;
        int keyFrom = from + size(keyLength + 1);
        int length = number(bytes, keyFrom + keyLength);
        Cursor at = new Cursor(bytes, keyFrom + keyLength + size(length));
        int to = at.position + length;
        body.clear();
        while (at.position < to) {
            int begin = at.position;
            at.signed();
            for (int times = at.number(); times > 0; times--) {
                at.signed();
            }
            body.write(bytes, begin, at.position - begin);
            int type = at.number();
            body.number(type == 0 ? 0 : 1 + mapped[type - 1]);
            if (type == 0) {
                continue;
            }
            int valueFrom = at.position;
            int valueLength = at.number();
            if (!seen[type - 1]) {
                seen[type - 1] = true;
                String key = new String(bytes, keyFrom, keyLength, StandardCharsets.UTF_8);
                decode(key, types[mapped[type - 1]], bytes, at.position, valueLength);
            }
            at.position += valueLength;
            body.write(bytes, valueFrom, at.position - valueFrom);
        }
        out.number(1 + keyLength);
        out.write(bytes, keyFrom, keyLength);
        out.number(body.length());
        out.write(body.array(), 0, body.length());
    }

    // ---- comparison

    /** Key of a record. */
    static String keyOf(byte[] bytes, int from) {
        int length = number(bytes, from) - 1;
        return new String(bytes, from + size(length + 1), length, StandardCharsets.UTF_8);
    }

    /**
     * Whether a record and one of another store, whose types have other indexes, say the same of one key. Values of different types, or
     * versions of one, are compared as they would be stored now.
     */
    boolean isSame(byte[] bytes, int from, StateRecords other, byte[] otherBytes, int otherFrom) {
        int keyLength = number(bytes, from);
        int body = from + size(keyLength) + keyLength - 1;
        int otherKeyLength = number(otherBytes, otherFrom);
        int otherBody = otherFrom + size(otherKeyLength) + otherKeyLength - 1;
        if (!Arrays.equals(bytes, from, body, otherBytes, otherFrom, otherBody)) {
            return false;
        }
        Cursor at = new Cursor(bytes, body);
        Cursor otherAt = new Cursor(otherBytes, otherBody);
        int to = at.number() + at.position;
        int otherTo = otherAt.number() + otherAt.position;
        while (at.position < to && otherAt.position < otherTo) {
            if (at.signed() != otherAt.signed() || !Arrays.equals(at.times(), otherAt.times())) {
                return false;
            }
            int type = at.number();
            int otherType = otherAt.number();
            if (type == 0 || otherType == 0) {
                if (type != otherType) {
                    return false;
                }
                continue;
            }
            Value value = at.value(types[type - 1]);
            Value otherValue = otherAt.value(other.types[otherType - 1]);
            if (!value.isSame(otherValue)
                    && (value.type.equals(otherValue.type)
                            || !now(bytes, from, value).isSame(other.now(otherBytes, otherFrom, otherValue)))) {
                return false;
            }
        }
        return at.position == to && otherAt.position == otherTo;
    }

    /** A value of a record as it would be stored now. */
    private Value now(byte[] record, int from, Value stored) {
        String key = keyOf(record, from);
        Bytes payload = new Bytes(256);
        EventType type = encode(key, decode(key, stored.type, stored.bytes, stored.from, stored.length), payload);
        return new Value(type, payload.array(), 0, payload.length());
    }

    /** A value as it is stored. */
    private static final class Value {

        private final EventType type;
        private final byte[] bytes;
        private final int from;
        private final int length;

        Value(EventType type, byte[] bytes, int from, int length) {
            this.type = type;
            this.bytes = bytes;
            this.from = from;
            this.length = length;
        }

        boolean isSame(Value other) {
            return type.equals(other.type)
                    && Arrays.equals(bytes, from, from + length, other.bytes, other.from, other.from + other.length);
        }
    }

    /** The pieces of a record, for messages. */
    String textOf(long start, byte[] bytes, int from) {
        int keyLength = number(bytes, from);
        Cursor at = new Cursor(bytes, from + size(keyLength) + keyLength - 1);
        int to = at.number() + at.position;
        StringBuilder text = new StringBuilder();
        forEachPiece(keyOf(bytes, from), start, bytes, at.position, to, piece -> {
            text.append(text.length() == 0 ? "" : ", ").append(piece.value());
            if (piece.at() != 0) {
                text.append(" at ").append(piece.at());
            }
            if (piece.times().length > 0) {
                text.append(" with times ").append(Arrays.toString(piece.times()));
            }
        });
        return text.toString();
    }

    // ---- numbers

    /** Reads a varint. */
    public static int number(byte[] bytes, int from) {
        int value = bytes[from];
        if (value >= 0) {
            return value;
        }
        value &= 0x7f;
        int at = from;
        for (int shift = 7; ; shift += 7) {
            byte next = bytes[++at];
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    /** Bytes of a varint. */
    public static int size(int number) {
        return (38 - Integer.numberOfLeadingZeros(number | 1)) / 7;
    }

    /** Where a reader is. */
    private static final class Cursor {

        private final byte[] bytes;
        private int position;

        Cursor(byte[] bytes, int position) {
            this.bytes = bytes;
            this.position = position;
        }

        int number() {
            int value = StateRecords.number(bytes, position);
            position += size(value);
            return value;
        }

        long signed() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = bytes[position++];
                value |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return (value >>> 1) ^ -(value & 1);
                }
            }
        }

        long[] times() {
            int count = number();
            if (count == 0) {
                return StateEntry.NO_TIMES;
            }
            long[] times = new long[count];
            for (int i = 0; i < count; i++) {
                times[i] = signed();
            }
            return times;
        }

        /** The value after its type. */
        Value value(EventType type) {
            int length = number();
            int from = position;
            position += length;
            return new Value(type, bytes, from, length);
        }

        void skipValue() {
            if (number() > 0) {
                int length = number();
                position += length;
            }
        }
    }

    /** Bytes that grow. */
    static final class Bytes extends PayloadOutput {

        private byte[] bytes;
        private int length;

        Bytes(int room) {
            bytes = new byte[room];
        }

        byte[] array() {
            return bytes;
        }

        int length() {
            return length;
        }

        void clear() {
            length = 0;
        }

        public void number(int value) {
            int rest = value;
            while ((rest & ~0x7f) != 0) {
                write(rest | 0x80);
                rest >>>= 7;
            }
            write(rest);
        }

        void signed(long value) {
            long rest = (value << 1) ^ (value >> 63);
            while ((rest & ~0x7fL) != 0) {
                write((int) rest | 0x80);
                rest >>>= 7;
            }
            write((int) rest);
        }

        @Override
        public void write(int oneByte) {
            makeRoom(1);
            bytes[length++] = (byte) oneByte;
        }

        @Override
        public void write(byte[] source, int from, int count) {
            makeRoom(count);
            System.arraycopy(source, from, bytes, length, count);
            length += count;
        }

        @Override
        public void write(Buffer source) {
            write(source.getBytes(), 0, source.length());
        }

        private void makeRoom(int count) {
            int needed = Math.addExact(length, count);
            if (needed > bytes.length) {
                bytes = Arrays.copyOf(
                        bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
            }
        }
    }
}
