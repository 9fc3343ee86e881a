package io.strandline.processing.aggregate.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots as they are stored, under the type of their state, whose version is the schema. Numbers are unsigned, in groups of seven
 * bits, the lowest first.
 *
 * <pre>
 *      byte     format of these fields, 1
 *      number   version of the aggregate
 *      number   partition of its last event
 *      number   offset of its last event
 *      number   count of remembered commands, and for each, the oldest first:
 *      number     length of the id in bytes
 *      bytes      id in UTF-8
 *      number     version after it
 *      number     partition of its last event
 *      number     offset of its last event, or one after it
 *      rest     state, by the application's codec
 * </pre>
 *
 * <p>What cannot be read is no failure: a snapshot can always be done without.
 */
final class SnapshotCodec<S> implements EventCodec<SnapshotCodec.Stored<S>> {

    private static final int FORMAT = 1;

    /**
     * A snapshot as it was found.
     *
     * @param snapshot null if it cannot be read
     * @param defect why it cannot
     */
    record Stored<S>(
            @Nullable StateSnapshot<S> snapshot, @Nullable Throwable defect) {

        static <S> Stored<S> of(StateSnapshot<S> snapshot) {
            return new Stored<>(snapshot, null);
        }

        StateSnapshot<S> required() {
            StateSnapshot<S> known = snapshot;
            if (known == null) {
                throw new IllegalStateException("a snapshot that cannot be read is not written", defect);
            }
            return known;
        }
    }

    private final EventCodec<S> states;

    SnapshotCodec(EventCodec<S> states) {
        this.states = states;
    }

    @Override
    public EventType typeOf(Stored<S> stored) {
        return states.typeOf(stored.required().state());
    }

    @Override
    public void encode(Stored<S> stored, PayloadOutput out) throws IOException {
        StateSnapshot<S> snapshot = stored.required();
        out.write(FORMAT);
        putNumber(out, snapshot.version());
        putNumber(out, snapshot.partition());
        putNumber(out, snapshot.offset());
        putNumber(out, snapshot.commands().size());
        for (DoneCommand command : snapshot.commands()) {
            byte[] id = command.id().getBytes(StandardCharsets.UTF_8);
            putNumber(out, id.length);
            out.write(id, 0, id.length);
            putNumber(out, command.version());
            putNumber(out, command.partition());
            putNumber(out, command.offset());
        }
        states.encode(snapshot.state(), out);
    }

    private static void putNumber(PayloadOutput out, long number) {
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    @Override
    public Stored<S> decode(EventType type, byte[] bytes, int from, int length) {
        try {
            return Stored.of(new Input(bytes, from, from + length).snapshot(type));
        } catch (Throwable defect) { // whatever is wrong with it, the events are enough
            return new Stored<>(null, defect);
        }
    }

    private final class Input {

        private final byte[] bytes;
        private final int end;
        private int at;

        Input(byte[] bytes, int from, int end) {
            this.bytes = bytes;
            this.at = from;
            this.end = end;
        }

        StateSnapshot<S> snapshot(EventType type) throws IOException {
            int format = at < end ? bytes[at++] : -1;
            if (format != FORMAT) {
                throw new StrandlineException.Invalid("snapshot of format " + format + ", known is " + FORMAT);
            }
            long version = number();
            long partition = number();
            long offset = number();
            List<DoneCommand> commands = new ArrayList<>();
            for (long left = number(); left > 0; left--) {
                commands.add(new DoneCommand(text(), number(), number(), number()));
            }
            S state = states.decode(type, bytes, at, end - at);
            if (state == null) {
                throw new StrandlineException.Invalid("snapshot of type " + type + " is null");
            }
            return new StateSnapshot<>(state, version, partition, offset, commands, end - at);
        }

        private String text() {
            int length = Math.toIntExact(number());
            if (length > end - at) {
                throw new StrandlineException.Invalid("id of " + length + " bytes where " + (end - at) + " are left");
            }
            at += length;
            return new String(bytes, at - length, length, StandardCharsets.UTF_8);
        }

        private long number() {
            long number = 0;
            for (int shift = 0; shift < 64 && at < end; shift += 7) {
                byte next = bytes[at++];
                number |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return number;
                }
            }
            throw new StrandlineException.Invalid("a number is not whole");
        }
    }
}
