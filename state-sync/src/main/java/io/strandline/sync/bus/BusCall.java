package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/**
 * What a member asks of the owner, and all that depends on its kind. {@link BusFormat} draws the bytes.
 *
 * @param <T> the owner's answer
 */
sealed interface BusCall<T> {

    int APPEND = 1;
    int READ = 2;
    int COMPACT = 3;
    int FOLLOW = 4;

    int kind();

    void write(DataOutput out) throws IOException;

    /**
     * Asks the store.
     *
     * @param watch completes when the news of this name are carried
     */
    Future<T> serve(RevisionStore store, StreamName name, Future<?> watch);

    void writeAnswer(DataOutput out, T answer) throws IOException;

    T readAnswer(DataInput in) throws IOException;

    /** How a request fails that was perhaps served and never answered; Unknown where that may have changed something. */
    default StrandlineException unanswered(String message, Throwable cause) {
        return new StrandlineException.Unavailable(message, cause);
    }

    static BusCall<?> read(int kind, DataInput in) throws IOException {
        return switch (kind) {
            case APPEND -> new Append(HistoryFormat.readPosition(in), HistoryFormat.readRevisions(in));
            case READ -> new Read(HistoryFormat.readPosition(in));
            case COMPACT -> new Compact(HistoryFormat.readRevision(in));
            case FOLLOW -> new Follow();
            default -> throw new IOException("request of unknown kind " + kind);
        };
    }

    /** Appends behind a position. */
    record Append(Position expected, List<Revision> next) implements BusCall<AppendAnswer> {

        @Override
        public int kind() {
            return APPEND;
        }

        @Override
        public void write(DataOutput out) throws IOException {
            HistoryFormat.writePosition(out, expected);
            HistoryFormat.writeRevisions(out, next);
        }

        @Override
        public Future<AppendAnswer> serve(RevisionStore store, StreamName name, Future<?> watch) {
            return store.append(name, expected, next);
        }

        @Override
        public void writeAnswer(DataOutput out, AppendAnswer answer) throws IOException {
            HistoryFormat.writeAnswer(out, answer);
        }

        @Override
        public AppendAnswer readAnswer(DataInput in) throws IOException {
            return HistoryFormat.readAnswer(in);
        }

        @Override
        public StrandlineException unanswered(String message, Throwable cause) {
            return new StrandlineException.Unknown(message, cause);
        }
    }

    /** Reads what follows a position. */
    record Read(Position known) implements BusCall<Missed> {

        @Override
        public int kind() {
            return READ;
        }

        @Override
        public void write(DataOutput out) throws IOException {
            HistoryFormat.writePosition(out, known);
        }

        @Override
        public Future<Missed> serve(RevisionStore store, StreamName name, Future<?> watch) {
            return store.readSince(name, known);
        }

        @Override
        public void writeAnswer(DataOutput out, Missed answer) throws IOException {
            HistoryFormat.writeMissed(out, answer);
        }

        @Override
        public Missed readAnswer(DataInput in) throws IOException {
            return HistoryFormat.readMissed(in);
        }
    }

    /** A request that is answered with one byte. */
    sealed interface YesOrNo extends BusCall<Boolean> {

        @Override
        default void writeAnswer(DataOutput out, Boolean answer) throws IOException {
            out.writeBoolean(answer);
        }

        @Override
        default Boolean readAnswer(DataInput in) throws IOException {
            return in.readBoolean();
        }
    }

    /** Hands over a whole state. */
    record Compact(Revision snapshot) implements YesOrNo {

        @Override
        public int kind() {
            return COMPACT;
        }

        @Override
        public void write(DataOutput out) throws IOException {
            HistoryFormat.writeRevision(out, snapshot);
        }

        @Override
        public Future<Boolean> serve(RevisionStore store, StreamName name, Future<?> watch) {
            return store.compact(name, snapshot);
        }

        @Override
        public StrandlineException unanswered(String message, Throwable cause) {
            return new StrandlineException.Unknown(message, cause);
        }
    }

    /** Asks for news of a name; any other request does so too, but does not wait for it. */
    record Follow() implements YesOrNo {

        @Override
        public int kind() {
            return FOLLOW;
        }

        @Override
        public void write(DataOutput out) {
            // The name says all.
        }

        @Override
        public Future<Boolean> serve(RevisionStore store, StreamName name, Future<?> watch) {
            return watch.map(true);
        }
    }
}
