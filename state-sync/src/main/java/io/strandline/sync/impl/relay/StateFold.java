package io.strandline.sync.impl.relay;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.sync.StateModel;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Everything that a synchronizer does with the application's functions and codecs: encodes changes, folds them, and turns
 * whatever these throw into Invalid.
 *
 * <p>The bytes of a revision:
 *
 * <pre>
 *  offset  size
 *  0       1     format, 1
 *  1       1     kind: 1 updates, 2 state, 3 initial state
 *  2       4     number of values: updates 1 or more, state 1, initial state 0
 *  6       …     values, each:
 *                  2  version of the type
 *                  2  length of the type's name in bytes
 *                  …  name, UTF-8
 *                  4  length of the payload in bytes
 *                  …  payload, as the codec wrote it
 *
 *  Integers are big-endian and unsigned.
 * </pre>
 */
final class StateFold<S, U> {

    /** Bytes before the payload of a state, its type's name not counted. */
    private static final int STATE_HEADER_BYTES = 14;

    private static final int FORMAT = 1;
    private static final int UPDATES = 1;
    private static final int STATE = 2;
    private static final int INITIAL = 3;

    private final StateModel<S, U> model;
    private final int maxBytes;

    StateFold(StateModel<S, U> model, int maxBytes) {
        this.model = model;
        this.maxBytes = maxBytes;
    }

    /** The state of a name that nobody wrote. */
    Folded<S, U> initial() {
        return new Folded<>(Position.NONE, model.initial(), List.of(), true);
    }

    /** Asks the application what to append. */
    List<U> decide(Function<S, List<U>> decide, S state) {
        return guarded("the update function threw", () -> List.copyOf(decide.apply(state)));
    }

    byte[] encodeUpdates(List<U> updates) {
        return guarded("an update could not be encoded", () -> {
            BlockOutput out = begin(UPDATES, updates.size());
            for (U update : updates) {
                writeValue(out, model.updates(), update);
            }
            return out.toBytes();
        });
    }

    byte[] encodeState(S state) {
        return guarded("the state could not be encoded", () -> {
            BlockOutput out = begin(STATE, 1);
            writeValue(out, model.states(), state);
            return out.toBytes();
        });
    }

    /** Largest value that the store takes, in bytes. */
    int maxBytes() {
        return maxBytes;
    }

    /** Bytes of a state as {@link #encodeState} would give it, however many. */
    long sizeOf(S state) {
        return guarded("the state could not be encoded", () -> {
            CountingOutput payload = new CountingOutput();
            model.states().encode(state, payload);
            int name = model.states().typeOf(state).name().getBytes(StandardCharsets.UTF_8).length;
            return payload.bytes() + name + STATE_HEADER_BYTES;
        });
    }

    byte[] encodeInitial() {
        return begin(INITIAL, 0).toBytes();
    }

    /** Folds one revision into the state before it. */
    Folded<S, U> apply(Folded<S, U> before, Revision revision) {
        return guarded("revision " + revision.number() + " could not be applied", () -> fold(before, revision));
    }

    private Folded<S, U> fold(Folded<S, U> before, Revision revision) throws IOException {
        byte[] bytes = revision.bytes();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int format = in.get();
        if (format != FORMAT) {
            throw new StrandlineException.Invalid("format " + format + ", this version reads " + FORMAT);
        }
        int kind = in.get();
        int values = in.getInt();
        return switch (kind) {
            case UPDATES -> updated(before, revision, values, in);
            case STATE -> whole(revision, readValue(bytes, in, model.states()));
            case INITIAL -> whole(revision, model.initial());
            default -> throw new StrandlineException.Invalid("kind " + kind + ", known are 1 to " + INITIAL);
        };
    }

    private Folded<S, U> updated(Folded<S, U> before, Revision revision, int values, ByteBuffer in) throws IOException {
        S state = before.state();
        List<U> updates = new ArrayList<>();
        for (int value = 0; value < values; value++) {
            U update = readValue(revision.bytes(), in, model.updates());
            state = Objects.requireNonNull(model.evolve().apply(state, update), "evolve returned null");
            updates.add(update);
        }
        return new Folded<>(revision.position(), state, updates, false);
    }

    private Folded<S, U> whole(Revision revision, S state) {
        return new Folded<>(revision.position(), state, List.of(), true);
    }

    private BlockOutput begin(int kind, int values) {
        BlockOutput out = new BlockOutput(maxBytes);
        out.write(FORMAT);
        out.write(kind);
        out.writeInt(values);
        return out;
    }

    private static <T> void writeValue(BlockOutput out, EventCodec<T> codec, T value) throws IOException {
        EventType type = codec.typeOf(value);
        byte[] name = type.name().getBytes(StandardCharsets.UTF_8);
        out.writeShort(type.version());
        out.writeShort(name.length);
        out.write(name, 0, name.length);
        int lengthAt = out.size();
        out.writeInt(0);
        codec.encode(value, out);
        out.setInt(lengthAt, out.size() - lengthAt - Integer.BYTES);
    }

    private static <T> T readValue(byte[] bytes, ByteBuffer in, EventCodec<T> codec) throws IOException {
        int version = Short.toUnsignedInt(in.getShort());
        int nameLength = Short.toUnsignedInt(in.getShort());
        String name = new String(bytes, in.position(), nameLength, StandardCharsets.UTF_8);
        in.position(in.position() + nameLength);
        int length = in.getInt();
        int from = in.position();
        in.position(from + length);
        return Objects.requireNonNull(
                codec.decode(new EventType(name, version), bytes, from, length), "the codec returned null");
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    /**
     * Runs code of the application. Errors are caught too: whatever it throws, the call fails and the synchronizer goes
     * on.
     */
    private static <T> T guarded(String failure, Step<T> step) {
        try {
            return step.run();
        } catch (StrandlineException.Invalid invalid) {
            throw new StrandlineException.Invalid(failure + ": " + invalid.getMessage(), invalid);
        } catch (Throwable thrown) {
            throw new StrandlineException.Invalid(failure + ": " + thrown, thrown);
        }
    }
}
