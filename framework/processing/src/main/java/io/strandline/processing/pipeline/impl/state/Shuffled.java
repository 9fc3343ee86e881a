package io.strandline.processing.pipeline.impl.state;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the internal stream of a shuffle holds: events, and marks of how far event time has come. A task is named by the
 * partition that it reads, because no two partitions of a log ever have one id, and by its part of the pipeline ({@link
 * io.strandline.processing.pipeline.Topology#task}).
 *
 * <pre>
 *   1      kind: 0 event, 1 mark, 2 end, 3 origin
 *
 * event, of the type that its codec says
 *   n      side of the shuffle
 *   n      task
 *   n      stamp of the event from which it comes, in milliseconds since the epoch
 *   z      that stamp minus the event time
 *   z      event time minus the watermark of the task
 *          the event as its codec wrote it
 *
 * mark, of type "strandline.mark"
 *   n      task
 *   z      watermark of the task, or {@link #IDLE}
 *
 * end, of type "strandline.mark": as a mark, then
 *   n      number of tasks that succeed the task, then n for each
 *
 * origin, of type "strandline.mark"
 *   n      length of the name of a stage, name in UTF-8
 *   n      number of tasks with which the stage began, then n for each
 *
 * n   a number in as few bytes as it needs, seven bits a byte, the low ones first
 * z   as n, zigzag: 0, -1, 1, -2 and so on. Differences may overflow, which reading undoes
 * </pre>
 */
public sealed interface Shuffled {

    /**
     * An event.
     *
     * @param side of the shuffle
     * @param task that passed it on
     * @param watermark a promise: the task passes on nothing earlier after it that is not late
     * @param time event time, in milliseconds since the epoch
     * @param stamp of the event from which it comes, in milliseconds since the epoch
     */
    record Event(int side, long task, long watermark, long time, long stamp, Object event) implements Shuffled {}

    /**
     * How far a task has come.
     *
     * @param watermark as for an event
     */
    record Mark(long task, long watermark) implements Shuffled {}

    /** In place of the watermark of a task that is silent and has told all that it knows: nobody waits for it. */
    long IDLE = Long.MIN_VALUE + 1;

    /**
     * A task has come to the end of its partition.
     *
     * @param watermark as for an event. The successors begin no earlier
     * @param successors the tasks that go on with its keys
     */
    record End(long task, long watermark, List<Long> successors) implements Shuffled {

        public End {
            successors = List.copyOf(successors);
        }
    }

    /**
     * A stage has begun. The first of all that comes from it.
     *
     * @param stage its name
     * @param tasks with which it began
     */
    record Origin(String stage, List<Long> tasks) implements Shuffled {

        public Origin {
            tasks = List.copyOf(tasks);
        }
    }

    /** Writes and reads what goes through a shuffle. */
    static EventCodec<Object> codec(Operator.Shuffle shuffle) {
        return new Codec(shuffle);
    }

    /**
     * The bytes of the event itself.
     *
     * @throws StrandlineException.Corrupt if the record is not one of an event
     */
    static Buffer eventOf(Buffer record) {
        byte[] bytes = record.getBytes();
        Input in = new Input(bytes, 0, bytes.length);
        if (in.number() != Codec.KIND_EVENT) {
            throw new StrandlineException.Corrupt("a record of a shuffle of " + bytes.length + " bytes is no event");
        }
        for (int i = 0; i < Codec.NUMBERS_OF_EVENT; i++) {
            in.number();
        }
        return record.getBuffer(in.at, bytes.length);
    }

    /** The layout above. */
    final class Codec implements EventCodec<Object> {

        private static final EventType MARK = new EventType("strandline.mark", 1);

        private static final int KIND_EVENT = 0;
        private static final int KIND_MARK = 1;
        private static final int KIND_END = 2;
        private static final int KIND_ORIGIN = 3;

        /** In front of the bytes of an event. */
        private static final int NUMBERS_OF_EVENT = 5;

        private final Operator.Shuffle shuffle;

        private Codec(Operator.Shuffle shuffle) {
            this.shuffle = shuffle;
        }

        @SuppressWarnings("unchecked") // the events of a side are those that its codec writes
        private EventCodec<Object> side(int index) {
            if (index < 0 || index >= shuffle.sides().size()) {
                throw new StrandlineException.Invalid("an event in " + shuffle.stream() + " is of side " + index
                        + ", the shuffle has " + shuffle.sides().size());
            }
            return (EventCodec<Object>) shuffle.sides().get(index).codec();
        }

        @Override
        public EventType typeOf(Object shuffled) {
            return shuffled instanceof Event moved ? side(moved.side()).typeOf(moved.event()) : MARK;
        }

        @Override
        public void encode(Object shuffled, PayloadOutput out) throws IOException {
            if (shuffled instanceof Event moved) {
                out.write(KIND_EVENT);
                put(out, moved.side());
                put(out, moved.task());
                put(out, moved.stamp());
                putSigned(out, moved.stamp() - moved.time());
                putSigned(out, moved.time() - moved.watermark());
                side(moved.side()).encode(moved.event(), out);
            } else if (shuffled instanceof Mark mark) {
                out.write(KIND_MARK);
                put(out, mark.task());
                putSigned(out, mark.watermark());
            } else if (shuffled instanceof End end) {
                out.write(KIND_END);
                put(out, end.task());
                putSigned(out, end.watermark());
                put(out, end.successors());
            } else {
                Origin origin = (Origin) shuffled;
                byte[] stage = origin.stage().getBytes(StandardCharsets.UTF_8);
                out.write(KIND_ORIGIN);
                put(out, stage.length);
                out.write(stage, 0, stage.length);
                put(out, origin.tasks());
            }
        }

        private static void put(PayloadOutput out, long number) {
            long rest = number;
            while ((rest & ~0x7fL) != 0) {
                out.write(((int) rest & 0x7f) | 0x80);
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        private static void putSigned(PayloadOutput out, long number) {
            put(out, (number << 1) ^ (number >> 63));
        }

        private static void put(PayloadOutput out, List<Long> numbers) {
            put(out, numbers.size());
            numbers.forEach(number -> put(out, number));
        }

        @Override
        public Object decode(EventType type, byte[] bytes, int from, int length) throws IOException {
            Input in = new Input(bytes, from, from + length);
            int kind = (int) in.number();
            return switch (kind) {
                case KIND_EVENT -> event(type, in);
                case KIND_MARK -> new Mark(in.number(), in.signed());
                case KIND_END -> new End(in.number(), in.signed(), in.numbers());
                case KIND_ORIGIN -> new Origin(in.text(), in.numbers());
                default ->
                    throw new StrandlineException.Invalid("a record in " + shuffle.stream() + " is of kind " + kind
                            + ", this version knows 0 to " + KIND_ORIGIN);
            };
        }

        private Event event(EventType type, Input in) throws IOException {
            int side = (int) in.number();
            long task = in.number();
            long stamp = in.number();
            long time = stamp - in.signed();
            long watermark = time - in.signed();
            Object event = side(side).decode(type, in.bytes, in.at, in.end - in.at);
            return new Event(side, task, watermark, time, stamp, event);
        }
    }

    /** Reads numbers. */
    final class Input {

        private final byte[] bytes;
        private final int end;
        private int at;

        private Input(byte[] bytes, int from, int end) {
            this.bytes = bytes;
            this.at = from;
            this.end = end;
        }

        private byte next() {
            if (at == end) {
                throw new StrandlineException.Corrupt("a record of a shuffle ends too early");
            }
            return bytes[at++];
        }

        private long number() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                byte next = next();
                value |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new StrandlineException.Corrupt("a record of a shuffle has a number of more than ten bytes");
        }

        private long signed() {
            long number = number();
            return (number >>> 1) ^ -(number & 1);
        }

        private List<Long> numbers() {
            long count = number();
            List<Long> numbers = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                numbers.add(number());
            }
            return numbers;
        }

        private String text() {
            long length = number();
            if (length > end - at) {
                throw new StrandlineException.Corrupt(
                        "a record of a shuffle ends within a name of " + length + " bytes");
            }
            String text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
            at += (int) length;
            return text;
        }
    }
}
