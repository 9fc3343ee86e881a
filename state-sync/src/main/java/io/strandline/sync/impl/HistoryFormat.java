package io.strandline.sync.impl;

import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of revisions and of what is said about them, as members send them to each other.
 *
 * <pre>
 *  position   revision 8 | writer 16 | count 8
 *  revision   position | form 1: 0 change, 1 whole | length 4 | bytes
 *  list       number 4 | elements
 *  missed     base: position | revisions: list
 *  append     expected: position | next: list of revisions | limits
 *  limits     value bytes 4 | updates 4 | bytes 4 | writers 4
 *  history    base: position | kept: list of revisions | whole state: list of 0 or 1 revisions
 *             | writers: list of positions | forgotten 8
 *  answer     kind 1 | 1 appended:  position | since whole 8
 *                    | 2 refused:   missed | wait 4
 *                    | 3 full:      updates 4 | bytes 8
 *                    | 4 undecided: position
 * </pre>
 *
 * <p>Each message begins with the format's number, 1. Reading fails with IOException on bytes that nobody writes, and asks
 * for no more memory than they fill or one value may have.
 */
public final class HistoryFormat {

    private static final int FORMAT = 1;
    private static final int MAX_VALUE_BYTES = 16 << 20;
    private static final int CHANGE = 0;
    private static final int WHOLE = 1;
    private static final int APPENDED = 1;
    private static final int REFUSED = 2;
    private static final int FULL = 3;
    private static final int UNDECIDED = 4;

    private HistoryFormat() {}

    public static void writeFormat(DataOutput out) throws IOException {
        out.writeByte(FORMAT);
    }

    public static void readFormat(DataInput in) throws IOException {
        int format = in.readByte();
        if (format != FORMAT) {
            throw new IOException("a member sent format " + format + ", this one reads " + FORMAT);
        }
    }

    public static void writePosition(DataOutput out, Position position) throws IOException {
        out.writeLong(position.revision());
        out.writeLong(position.id().writer().getMostSignificantBits());
        out.writeLong(position.id().writer().getLeastSignificantBits());
        out.writeLong(position.id().count());
    }

    public static Position readPosition(DataInput in) throws IOException {
        long revision = in.readLong();
        UUID writer = new UUID(in.readLong(), in.readLong());
        return new Position(revision, new AppendId(writer, in.readLong()));
    }

    public static void writeRevision(DataOutput out, Revision revision) throws IOException {
        writePosition(out, revision.position());
        out.writeByte(revision.isWhole() ? WHOLE : CHANGE);
        out.writeInt(revision.bytes().length);
        out.write(revision.bytes());
    }

    public static Revision readRevision(DataInput in) throws IOException {
        Position position = readPosition(in);
        int form = in.readByte();
        if (form != CHANGE && form != WHOLE) {
            throw new IOException("revision " + position.revision() + " of unknown form " + form);
        }
        byte[] bytes = new byte[readLength(in, "bytes of revision " + position.revision(), MAX_VALUE_BYTES)];
        in.readFully(bytes);
        return new Revision(position, form == WHOLE ? Revision.Form.WHOLE : Revision.Form.CHANGE, bytes);
    }

    public static void writeLimits(DataOutput out, HistoryLimits limits) throws IOException {
        out.writeInt(limits.maxValueBytes());
        out.writeInt(limits.maxUpdatesKept());
        out.writeInt(limits.maxBytesKept());
        out.writeInt(limits.maxWritersKept());
    }

    public static HistoryLimits readLimits(DataInput in) throws IOException {
        return new HistoryLimits(in.readInt(), in.readInt(), in.readInt(), in.readInt());
    }

    public static void writeCatchUp(DataOutput out, CatchUp missed) throws IOException {
        writePosition(out, missed.base());
        writeRevisions(out, missed.revisions());
    }

    public static CatchUp readCatchUp(DataInput in) throws IOException {
        return new CatchUp(readPosition(in), readRevisions(in));
    }

    public static void writeHistory(DataOutput out, RevisionHistory history) throws IOException {
        writePosition(out, history.base());
        writeRevisions(out, history.kept());
        @Nullable Revision snapshot = history.snapshot();
        writeRevisions(out, snapshot == null ? List.of() : List.of(snapshot));
        out.writeInt(history.writers().size());
        for (Position writer : history.writers()) {
            writePosition(out, writer);
        }
        out.writeLong(history.forgotten());
    }

    public static RevisionHistory readHistory(DataInput in) throws IOException {
        Position base = readPosition(in);
        List<Revision> kept = readRevisions(in);
        List<Revision> snapshot = readRevisions(in);
        int count = in.readInt();
        List<Position> writers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writers.add(readPosition(in));
        }
        return new RevisionHistory(base, kept, snapshot.isEmpty() ? null : snapshot.get(0), writers, in.readLong());
    }

    public static void writeAnswer(DataOutput out, AppendAnswer answer) throws IOException {
        if (answer instanceof AppendAnswer.Appended appended) {
            out.writeByte(APPENDED);
            writePosition(out, appended.position());
            out.writeLong(appended.sinceWhole());
        } else if (answer instanceof AppendAnswer.Refused refused) {
            out.writeByte(REFUSED);
            writeCatchUp(out, refused.missed());
            out.writeInt((int) refused.waitMillis());
        } else if (answer instanceof AppendAnswer.Full full) {
            out.writeByte(FULL);
            out.writeInt(full.updates());
            out.writeLong(full.bytes());
        } else {
            out.writeByte(UNDECIDED);
            writePosition(out, ((AppendAnswer.Undecided) answer).newest());
        }
    }

    public static AppendAnswer readAnswer(DataInput in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case APPENDED -> new AppendAnswer.Appended(readPosition(in), in.readLong());
            case REFUSED -> new AppendAnswer.Refused(readCatchUp(in), in.readInt());
            case FULL -> new AppendAnswer.Full(in.readInt(), in.readLong());
            case UNDECIDED -> new AppendAnswer.Undecided(readPosition(in));
            default -> throw new IOException("answer of unknown kind " + kind);
        };
    }

    public static void writeRevisions(DataOutput out, List<Revision> revisions) throws IOException {
        out.writeInt(revisions.size());
        for (Revision revision : revisions) {
            writeRevision(out, revision);
        }
    }

    public static List<Revision> readRevisions(DataInput in) throws IOException {
        int count = readLength(in, "revisions of a list", Integer.MAX_VALUE);
        List<Revision> revisions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            revisions.add(readRevision(in));
        }
        return revisions;
    }

    private static int readLength(DataInput in, String what, int most) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > most) {
            throw new IOException(what + " are said to be " + length + ", the limit is " + most);
        }
        return length;
    }
}
