package io.strandline.sync.log;

import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.buffer.Buffer;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One event of a name's stream.
 *
 * <pre>
 *  offset  size
 *  0       1     format, 1
 *  1       1     kind: 1 revision, 2 snapshot
 *  2       1     form: 0 change, 1 whole; of a snapshot 1
 *  3       32    position: revision 8 | writer 16 | count 8
 *
 *  kind 1
 *  35      4     revisions of the same append after this one
 *  39      …     payload, up to the end of the event
 *
 *  kind 2
 *  35      8     newest revision whose writer is forgotten, or 0
 *  43      4     number of writers remembered
 *  47      32 n  the last position of each, the newest last
 *  …       …     payload, up to the end of the event
 *
 *  Integers are big-endian.
 * </pre>
 *
 * <p>An append is one batch of the log: all its revisions are appended or none. A snapshot holds the whole state at its
 * position. It also holds the history's memory of writers at the snapshot's own place in the stream, which may be later
 * than that position. With it, a store recognises a repeat even after it was opened again on a stream whose first events
 * are gone.
 */
sealed interface RevisionEvent {

    int FORMAT = 1;
    int REVISION = 1;
    int SNAPSHOT = 2;
    int POSITION_BYTES = 32;
    int REVISION_HEADER_BYTES = 39;
    int SNAPSHOT_HEADER_BYTES = 47;

    /**
     * A revision.
     *
     * @param left revisions of the same append that follow
     */
    record Appended(Revision revision, int left) implements RevisionEvent {}

    /**
     * A whole state, for those who do not have, or no longer find, what led to it.
     *
     * @param writers as in {@link RevisionHistory#writers()}
     * @param forgotten as in {@link RevisionHistory#forgotten()}
     */
    record Snapshot(Revision whole, List<Position> writers, long forgotten) implements RevisionEvent {}

    /** The events of one append. */
    static List<Buffer> ofAppend(List<Revision> revisions) {
        List<Buffer> events = new ArrayList<>(revisions.size());
        for (int i = 0; i < revisions.size(); i++) {
            int left = revisions.size() - 1 - i;
            events.add(event(REVISION, revisions.get(i), REVISION_HEADER_BYTES, out -> out.putInt(left)));
        }
        return events;
    }

    /** The event of a snapshot at the end of the stream of a history. */
    static Buffer ofSnapshot(Revision whole, RevisionHistory history) {
        List<Position> writers = history.writers();
        return event(SNAPSHOT, whole, SNAPSHOT_HEADER_BYTES + POSITION_BYTES * writers.size(), out -> {
            out.putLong(history.forgotten()).putInt(writers.size());
            writers.forEach(writer -> putPosition(out, writer));
        });
    }

    /**
     * Reads an event back.
     *
     * @throws IllegalArgumentException if the bytes are not an event. The message says where and why
     */
    static RevisionEvent read(Buffer event) {
        ByteBuffer in = ByteBuffer.wrap(event.getBytes());
        try {
            require("format", in.get(), FORMAT, FORMAT);
            int kind = require("kind", in.get(), REVISION, SNAPSHOT);
            Revision.Form form = require("form", in.get(), kind == SNAPSHOT ? 1 : 0, 1) == 1
                    ? Revision.Form.WHOLE
                    : Revision.Form.CHANGE;
            Position position = getPosition(in);
            require("revision", position.revision(), 1, Long.MAX_VALUE);
            if (kind == REVISION) {
                int left = require("number of revisions left", in.getInt(), 0, Integer.MAX_VALUE);
                return new Appended(new Revision(position, form, rest(in)), left);
            }
            long forgotten = in.getLong();
            int count = require("number of writers", in.getInt(), 0, in.remaining() / POSITION_BYTES);
            List<Position> writers = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                writers.add(getPosition(in));
            }
            return new Snapshot(new Revision(position, form, rest(in)), writers, forgotten);
        } catch (BufferUnderflowException end) {
            throw new IllegalArgumentException("it ends within its header, at byte " + in.limit(), end);
        }
    }

    private static Buffer event(int kind, Revision revision, int headerBytes, Consumer<ByteBuffer> ofKind) {
        byte[] bytes = new byte[headerBytes + revision.bytes().length];
        ByteBuffer out = ByteBuffer.wrap(bytes);
        out.put((byte) FORMAT).put((byte) kind).put((byte) (revision.isWhole() ? 1 : 0));
        putPosition(out, revision.position());
        ofKind.accept(out);
        out.put(revision.bytes());
        return Buffer.buffer(bytes);
    }

    private static void putPosition(ByteBuffer out, Position position) {
        UUID writer = position.id().writer();
        out.putLong(position.revision());
        out.putLong(writer.getMostSignificantBits()).putLong(writer.getLeastSignificantBits());
        out.putLong(position.id().count());
    }

    private static Position getPosition(ByteBuffer in) {
        long revision = in.getLong();
        UUID writer = new UUID(in.getLong(), in.getLong());
        return new Position(revision, new AppendId(writer, in.getLong()));
    }

    private static byte[] rest(ByteBuffer in) {
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        return bytes;
    }

    private static int require(String what, int value, int least, int most) {
        return (int) require(what, (long) value, least, most);
    }

    private static long require(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " is " + value + ", it must be " + least + " to " + most);
        }
        return value;
    }
}
