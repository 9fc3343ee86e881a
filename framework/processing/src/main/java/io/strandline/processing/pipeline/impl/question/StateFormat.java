package io.strandline.processing.pipeline.impl.question;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.TaskPosition;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.impl.handover.MergedStates;
import io.strandline.spi.BytesOutput;
import io.strandline.spi.UserCode;
import io.strandline.sync.bus.BusMessage;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Questions for the state of a pipeline, and their answers, as messages of the event bus. Values are written by the codecs of their
 * operators.
 *
 * <pre>
 *  question  byte 1, byte kind, text name of the pipeline, text operator, then
 *            1 state, 2 windows   text key
 *            3 states             optional text from, optional text to, int limit
 *  answer    byte 1, byte kind, then
 *            1 state              state
 *            2 windows            text key, place, int count, each: long start, long end, byte early, byte final, value
 *            3 states             int count, states, int count, places, optional text next
 *  state     text key, place, value
 *  place     long partition, long offset, long watermark
 *  value     byte 0 for none, or 1, text type, int version, int length, bytes
 * </pre>
 *
 * Texts are in the format of {@link DataOutputStream#writeUTF}, an optional one after a byte that is 1 if it is there.
 */
public final class StateFormat {

    private static final int FORMAT = 1;

    private final Pipeline pipeline;

    /** What is asked. */
    public enum Kind {
        STATE(1),
        WINDOWS(2),
        STATES(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }
    }

    /**
     * A question.
     *
     * @param key null for states of a range
     * @param range null for one key
     */
    public record Question(
            Kind kind,
            String operator,
            @Nullable String key,
            @Nullable StateRange range) {}

    /**
     * Of one pipeline.
     *
     * @param pipeline the one that is asked, whole or one part of it
     */
    public StateFormat(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    private String name() {
        return PipelineNames.nameOf(pipeline);
    }

    /** The address at which a part answers, or the pipeline as a whole. */
    public static String addressOf(String address, Pipeline part) {
        String name = part.name();
        int at = name.indexOf(PipelineNames.PART_MARK);
        return at < 0 ? address : address + "." + name.substring(at + PipelineNames.PART_MARK.length());
    }

    // ---- questions

    public Buffer question(Question asked) {
        try {
            return BusMessage.written(FORMAT, out -> {
                out.writeByte(asked.kind().code);
                out.writeUTF(name());
                out.writeUTF(asked.operator());
                StateRange range = asked.range();
                if (range == null) {
                    out.writeUTF(String.valueOf(asked.key()));
                } else {
                    writeOptional(out, range.from());
                    writeOptional(out, range.to());
                    out.writeInt(range.limit());
                }
            });
        } catch (IOException tooLong) {
            throw new StrandlineException.Invalid("the question cannot be sent: " + tooLong, tooLong);
        }
    }

    /**
     * Reads a question, whoever sent it.
     *
     * @throws StrandlineException.Invalid if it is none of this format
     * @throws StrandlineException.NotOwner if it is for another pipeline
     */
    public Question readQuestion(@Nullable Object body) {
        try {
            return BusMessage.read(FORMAT, body, in -> {
                Kind kind = readKind(in);
                String asked = in.readUTF();
                if (!asked.equals(name())) {
                    throw new StrandlineException.NotOwner(
                            "a question for pipeline " + asked + " came to pipeline " + name());
                }
                String operator = in.readUTF();
                return kind == Kind.STATES
                        ? new Question(
                                kind, operator, null, new StateRange(readOptional(in), readOptional(in), in.readInt()))
                        : new Question(kind, operator, in.readUTF(), null);
            });
        } catch (IOException unreadable) {
            throw new StrandlineException.Invalid(
                    "a question for pipeline " + name() + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private static Kind readKind(DataInputStream in) throws IOException {
        int code = in.readUnsignedByte();
        for (Kind kind : Kind.values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IOException("unknown kind " + code);
    }

    // ---- answers

    Buffer answer(String operator, StateAnswer answer) {
        EventCodec<Object> codec = codec(operator);
        return written(operator, Kind.STATE, out -> write(out, codec, answer));
    }

    Buffer answer(String operator, WindowsAnswer answer) {
        EventCodec<Object> codec = codec(operator);
        return written(operator, Kind.WINDOWS, out -> {
            out.writeUTF(answer.key());
            write(out, new TaskPosition(answer.partition(), answer.offset(), answer.watermark()));
            out.writeInt(answer.windows().size());
            for (Windowed<Object> window : answer.windows()) {
                out.writeLong(window.start());
                out.writeLong(window.end());
                out.writeBoolean(window.isEarly());
                out.writeBoolean(window.isFinal());
                writeValue(out, codec, window.value());
            }
        });
    }

    /** A page that ends with the state with which it has {@link RunningPipeline#MAX_STATES_BYTES}. */
    Buffer answer(String operator, StatePage page) {
        EventCodec<Object> codec = codec(operator);
        return written(operator, Kind.STATES, out -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream states = new DataOutputStream(bytes);
            List<StateAnswer> all = page.states();
            int count = 0;
            while (count < all.size() && bytes.size() < RunningPipeline.MAX_STATES_BYTES) {
                write(states, codec, all.get(count++));
            }
            out.writeInt(count);
            bytes.writeTo(out);
            out.writeInt(page.positions().size());
            for (TaskPosition position : page.positions()) {
                write(out, position);
            }
            boolean isWhole = count == all.size();
            writeOptional(
                    out,
                    isWhole
                            ? page.next()
                            : MergedStates.after(all.get(count - 1).key()));
        });
    }

    public StateAnswer readState(String operator, @Nullable Object body) {
        EventCodec<Object> codec = codec(operator);
        return read(operator, Kind.STATE, body, in -> readState(in, codec));
    }

    public WindowsAnswer readWindows(String operator, @Nullable Object body) {
        EventCodec<Object> codec = codec(operator);
        return read(operator, Kind.WINDOWS, body, in -> {
            String key = in.readUTF();
            TaskPosition at = readPosition(in);
            List<Windowed<Object>> windows = new ArrayList<>();
            for (int left = readCount(in); left > 0; left--) {
                long start = in.readLong();
                long end = in.readLong();
                boolean isEarly = in.readBoolean();
                boolean isFinal = in.readBoolean();
                Object value = readValue(in, codec);
                if (value == null) {
                    throw new IOException("a window without value");
                }
                windows.add(new Windowed<>(key, start, end, value, isEarly, isFinal));
            }
            return new WindowsAnswer(key, windows, at.partition(), at.offset(), at.watermark());
        });
    }

    public StatePage readPage(String operator, @Nullable Object body) {
        EventCodec<Object> codec = codec(operator);
        return read(operator, Kind.STATES, body, in -> {
            List<StateAnswer> states = new ArrayList<>();
            for (int left = readCount(in); left > 0; left--) {
                states.add(readState(in, codec));
            }
            List<TaskPosition> positions = new ArrayList<>();
            for (int left = readCount(in); left > 0; left--) {
                positions.add(readPosition(in));
            }
            return new StatePage(states, positions, readOptional(in));
        });
    }

    /** The codec of an operator's state. Fails with NotFound if there is no such operator. */
    @SuppressWarnings("unchecked") // the states of an operator are those of its codec
    private EventCodec<Object> codec(String operator) {
        for (Operator.WithState each : pipeline.topology().withState()) {
            if (each.id().equals(operator)) {
                return (EventCodec<Object>) each.codec();
            }
        }
        throw new StrandlineException.NotFound(pipeline + " has no operator with state and id " + operator);
    }

    private Buffer written(String operator, Kind kind, BusMessage.Writing fields) {
        try {
            return BusMessage.written(FORMAT, out -> {
                out.writeByte(kind.code);
                fields.to(out);
            });
        } catch (Throwable thrown) { // a codec may throw anything
            throw UserCode.refused("the state of " + operator + " of " + pipeline + " cannot be sent", thrown);
        }
    }

    private <T> T read(String operator, Kind kind, @Nullable Object body, BusMessage.Reading<T> fields) {
        try {
            return BusMessage.read(FORMAT, body, in -> {
                Kind found = readKind(in);
                if (found != kind) {
                    throw new IOException("answer of kind " + found + " to a question for " + kind);
                }
                return fields.from(in);
            });
        } catch (Throwable thrown) { // a codec may throw anything
            throw UserCode.refused("the answer for " + operator + " of " + pipeline + " cannot be read", thrown);
        }
    }

    // ---- their parts

    private static void write(DataOutputStream out, EventCodec<Object> codec, StateAnswer state) throws IOException {
        out.writeUTF(state.key());
        write(out, new TaskPosition(state.partition(), state.offset(), state.watermark()));
        writeValue(out, codec, state.value());
    }

    private static StateAnswer readState(DataInputStream in, EventCodec<Object> codec) throws IOException {
        String key = in.readUTF();
        TaskPosition at = readPosition(in);
        return new StateAnswer(key, readValue(in, codec), at.partition(), at.offset(), at.watermark());
    }

    private static void write(DataOutputStream out, TaskPosition position) throws IOException {
        out.writeLong(position.partition());
        out.writeLong(position.offset());
        out.writeLong(position.watermark());
    }

    private static TaskPosition readPosition(DataInputStream in) throws IOException {
        return new TaskPosition(in.readLong(), in.readLong(), in.readLong());
    }

    private static void writeValue(DataOutputStream out, EventCodec<Object> codec, @Nullable Object value)
            throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            EventType type = codec.typeOf(value);
            byte[] bytes = BytesOutput.of(codec, value);
            out.writeUTF(type.name());
            out.writeInt(type.version());
            out.writeInt(bytes.length);
            out.write(bytes);
        }
    }

    private static @Nullable Object readValue(DataInputStream in, EventCodec<Object> codec) throws IOException {
        if (!in.readBoolean()) {
            return null;
        }
        EventType type = new EventType(in.readUTF(), in.readInt());
        byte[] bytes = in.readNBytes(readCount(in));
        return codec.decode(type, bytes, 0, bytes.length);
    }

    private static void writeOptional(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            out.writeUTF(text);
        }
    }

    private static @Nullable String readOptional(DataInputStream in) throws IOException {
        return in.readBoolean() ? in.readUTF() : null;
    }

    /** A count of things of which each has a byte or more. */
    private static int readCount(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException("count " + count + " where " + in.available() + " bytes are left");
        }
        return count;
    }
}
