package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.buffer.Buffer;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The bytes on the event bus, each message a {@link Buffer}. Positions, revisions, lists, missed and answers are drawn in
 * {@link io.strandline.sync.impl.HistoryFormat}.
 *
 * <pre>
 *  request   format 1 | kind 1 | log 16: zeros if the member has met none | scope: text | stream: text
 *            | 1 append:  expected: position | next: list of revisions
 *            | 2 read:    known: position
 *            | 3 compact: snapshot: revision
 *            | 4 follow:  nothing
 *            | 5 look:    count 4 | (scope: text | stream: text | known: position) *; the name before is the owner's
 *  reply     format 1 | kind 1 | log 16
 *            | 1 append:  answer
 *            | 2 read:    missed
 *            | 3 compact: taken 1: 0 no, 1 yes
 *            | 4 follow:  1
 *            | 5 look:    count 4 | place in the request 4 *
 *  news      format 1 | log 16 | scope: text | stream: text
 *  text      length 2 | modified UTF-8
 * </pre>
 *
 * <p>The format's number is 1. A request that fails is answered with a failure of the event bus, see {@link BusFailure}.
 */
final class BusFormat {

    private static final int FORMAT = 1;
    private static final UUID NO_LOG = new UUID(0, 0);

    private BusFormat() {}

    record Request(@Nullable UUID log, StreamName name, BusCall<?> call) {}

    record Reply<T>(UUID log, T answer) {}

    record News(UUID log, StreamName name) {}

    static Buffer request(@Nullable UUID log, StreamName name, BusCall<?> call) {
        return written(out -> {
            out.writeByte(call.kind());
            writeLog(out, log == null ? NO_LOG : log);
            writeName(out, name);
            call.write(out);
        });
    }

    /**
     * Reads a request.
     *
     * @param body what somebody sent: anything
     * @throws StrandlineException.Invalid if it is no request of this format
     */
    static Request readRequest(@Nullable Object body) {
        try {
            return read(body, in -> {
                int kind = in.readUnsignedByte();
                UUID log = readLog(in);
                return new Request(log.equals(NO_LOG) ? null : log, readName(in), BusCall.read(kind, in));
            });
        } catch (IOException bad) {
            throw new StrandlineException.Invalid("request cannot be read: " + bad.getMessage(), bad);
        }
    }

    static <T> Buffer reply(UUID log, BusCall<T> call, T answer) {
        return written(out -> {
            out.writeByte(call.kind());
            writeLog(out, log);
            call.writeAnswer(out, answer);
        });
    }

    static <T> Reply<T> readReply(BusCall<T> call, @Nullable Object body) throws IOException {
        return read(body, in -> {
            int kind = in.readUnsignedByte();
            if (kind != call.kind()) {
                throw new IOException("reply of kind " + kind + " to a request of kind " + call.kind());
            }
            return new Reply<>(readLog(in), call.readAnswer(in));
        });
    }

    static Buffer news(UUID log, StreamName name) {
        return written(out -> {
            writeLog(out, log);
            writeName(out, name);
        });
    }

    static News readNews(@Nullable Object body) throws IOException {
        return read(body, in -> new News(readLog(in), readName(in)));
    }

    private static Buffer written(BusMessage.Writing message) {
        try {
            return BusMessage.written(FORMAT, message);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static <T> T read(@Nullable Object body, BusMessage.Reading<T> message) throws IOException {
        try {
            return BusMessage.read(FORMAT, body, message);
        } catch (StrandlineException.Invalid name) {
            throw new IOException(name.getMessage(), name);
        }
    }

    private static void writeLog(DataOutput out, UUID log) throws IOException {
        out.writeLong(log.getMostSignificantBits());
        out.writeLong(log.getLeastSignificantBits());
    }

    private static UUID readLog(DataInputStream in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }

    static void writeName(DataOutput out, StreamName name) throws IOException {
        out.writeUTF(name.scope());
        out.writeUTF(name.stream());
    }

    static StreamName readName(DataInput in) throws IOException {
        return new StreamName(in.readUTF(), in.readUTF());
    }
}
