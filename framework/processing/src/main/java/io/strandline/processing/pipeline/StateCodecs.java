package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.internal.LittleEndian;
import io.strandline.processing.pipeline.Operator.Held;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Codecs of the states that operators keep by themselves, of no type of the application's. */
final class StateCodecs {

    private StateCodecs() {}

    /** A number as 8 bytes, little-endian. */
    static final class OfNumber implements EventCodec<Long> {

        static final OfNumber INSTANCE = new OfNumber();

        private static final EventType TYPE = new EventType("strandline.long", 1);

        private OfNumber() {}

        @Override
        public EventType typeOf(Long number) {
            return TYPE;
        }

        @Override
        public void encode(Long number, PayloadOutput out) throws IOException {
            for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                out.write((int) (number >>> shift));
            }
        }

        @Override
        public Long decode(EventType type, byte[] bytes, int from, int length) {
            if (!type.equals(TYPE) || length != Long.BYTES) {
                throw new StrandlineException.Invalid("a number of type " + type + " and " + length + " bytes");
            }
            long number = 0;
            for (int i = Long.BYTES - 1; i >= 0; i--) {
                number = (number << Byte.SIZE) | (bytes[from + i] & 0xff);
            }
            return number;
        }
    }

    /** The ids of the events of one key and time: for each its length in 4 bytes, little-endian, and the id in UTF-8. */
    static final class OfIds implements EventCodec<List<String>> {

        static final OfIds INSTANCE = new OfIds();

        private static final EventType TYPE = new EventType("strandline.ids", 1);

        private OfIds() {}

        @Override
        public EventType typeOf(List<String> ids) {
            return TYPE;
        }

        @Override
        public void encode(List<String> ids, PayloadOutput out) {
            for (String id : ids) {
                byte[] text = Utf8.encode("the id of an event", id);
                byte[] length = new byte[Integer.BYTES];
                LittleEndian.putInt(length, 0, text.length);
                out.write(length, 0, length.length);
                out.write(text, 0, text.length);
            }
        }

        @Override
        public List<String> decode(EventType type, byte[] bytes, int from, int length) {
            if (!type.equals(TYPE)) {
                throw new StrandlineException.Invalid("ids of events, of type " + type);
            }
            List<String> ids = new ArrayList<>();
            int at = from;
            while (at < from + length) {
                int size = LittleEndian.getInt(bytes, at);
                at += Integer.BYTES;
                ids.add(new String(bytes, at, size, StandardCharsets.UTF_8));
                at += size;
            }
            return List.copyOf(ids);
        }
    }

    /**
     * The events of one key and time that a join holds. All numbers are little-endian.
     *
     * <pre>
     *  each event, in the order in which they came
     *      1      1 if it is of the right side, plus 2 if it has had a partner
     *      4      length of its type name, type name in UTF-8
     *      4      type version
     *      4      length of the event, event as its codec wrote it
     * </pre>
     */
    static final class OfHeld implements EventCodec<List<Held>> {

        private static final EventType TYPE = new EventType("strandline.held", 1);

        private static final int RIGHT = 1;
        private static final int MET = 2;

        private final EventCodec<Object> left;
        private final EventCodec<Object> right;

        @SuppressWarnings("unchecked") // each writes the events of its side
        OfHeld(EventCodec<?> left, EventCodec<?> right) {
            this.left = (EventCodec<Object>) left;
            this.right = (EventCodec<Object>) right;
        }

        @Override
        public EventType typeOf(List<Held> events) {
            return TYPE;
        }

        @Override
        public void encode(List<Held> events, PayloadOutput out) throws IOException {
            for (Held held : events) {
                EventCodec<Object> codec = held.isRight() ? right : left;
                EventType type = codec.typeOf(held.event());
                out.write((held.isRight() ? RIGHT : 0) | (held.met() ? MET : 0));
                bytes(type.name().getBytes(StandardCharsets.UTF_8), out);
                number(type.version(), out);
                bytes(BytesOutput.of(codec, held.event()), out);
            }
        }

        private static void bytes(byte[] bytes, PayloadOutput out) {
            number(bytes.length, out);
            out.write(bytes, 0, bytes.length);
        }

        private static void number(int value, PayloadOutput out) {
            byte[] bytes = new byte[Integer.BYTES];
            LittleEndian.putInt(bytes, 0, value);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public List<Held> decode(EventType type, byte[] bytes, int from, int length) throws IOException {
            if (!type.equals(TYPE)) {
                throw new StrandlineException.Invalid("events that a join holds, of type " + type);
            }
            List<Held> events = new ArrayList<>();
            int at = from;
            while (at < from + length) {
                int flags = bytes[at++];
                int name = LittleEndian.getInt(bytes, at);
                at += Integer.BYTES;
                String typeName = new String(bytes, at, name, StandardCharsets.UTF_8);
                at += name;
                EventType eventType = new EventType(typeName, LittleEndian.getInt(bytes, at));
                int size = LittleEndian.getInt(bytes, at + Integer.BYTES);
                at += 2 * Integer.BYTES;
                boolean isRight = (flags & RIGHT) != 0;
                Object event = (isRight ? right : left).decode(eventType, bytes, at, size);
                events.add(new Held(isRight, (flags & MET) != 0, event));
                at += size;
            }
            return List.copyOf(events);
        }
    }
}
