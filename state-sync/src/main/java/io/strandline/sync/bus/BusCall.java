package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A request from a member to the owner, and everything that depends on its kind. {@link BusFormat} shows the byte layout.
 *
 * @param <T> the owner's answer
 */
sealed interface BusCall<T> {

    int APPEND = 1;
    int READ = 2;
    int COMPACT = 3;
    int FOLLOW = 4;
    int LOOK = 5;

    /** Names of one look. */
    int MAX_NAMES = 1_000;

    int kind();

    void write(DataOutput out) throws IOException;

    /**
     * Asks the store.
     *
     * @param watched where the name is entered, so that its news are carried
     */
    Future<T> serve(RevisionStore store, WatchedNames watched, StreamName name);

    void writeAnswer(DataOutput out, T answer) throws IOException;

    T readAnswer(DataInput in) throws IOException;

    /**
     * The failure of a request that was perhaps served and never answered. Unknown if the request may have changed
     * something.
     */
    default StrandlineException unanswered(String message, Throwable cause) {
        return new StrandlineException.Unavailable(message, cause);
    }

    static BusCall<?> read(int kind, DataInput in) throws IOException {
        return switch (kind) {
            case APPEND -> new Append(HistoryFormat.readPosition(in), HistoryFormat.readRevisions(in));
            case READ -> new Read(HistoryFormat.readPosition(in));
            case COMPACT -> new Compact(HistoryFormat.readRevision(in));
            case FOLLOW -> new Follow();
            case LOOK -> Look.read(in);
            default -> throw new IOException("request of unknown kind " + kind);
        };
    }

    /** Appends after a position. */
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
        public Future<AppendAnswer> serve(RevisionStore store, WatchedNames watched, StreamName name) {
            watched.touch(name);
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
    record Read(Position known) implements BusCall<CatchUp> {

        @Override
        public int kind() {
            return READ;
        }

        @Override
        public void write(DataOutput out) throws IOException {
            HistoryFormat.writePosition(out, known);
        }

        @Override
        public Future<CatchUp> serve(RevisionStore store, WatchedNames watched, StreamName name) {
            watched.touch(name);
            return store.readSince(name, known);
        }

        @Override
        public void writeAnswer(DataOutput out, CatchUp answer) throws IOException {
            HistoryFormat.writeCatchUp(out, answer);
        }

        @Override
        public CatchUp readAnswer(DataInput in) throws IOException {
            return HistoryFormat.readCatchUp(in);
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
        public Future<Boolean> serve(RevisionStore store, WatchedNames watched, StreamName name) {
            watched.touch(name);
            return store.compact(name, snapshot);
        }

        @Override
        public StrandlineException unanswered(String message, Throwable cause) {
            return new StrandlineException.Unknown(message, cause);
        }
    }

    /** Asks for news of a name. Any other request also does so, but does not wait for it. */
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
        public Future<Boolean> serve(RevisionStore store, WatchedNames watched, StreamName name) {
            return watched.touch(name).map(true);
        }
    }

    /** A name, and the position that a member knows of it. */
    record Known(StreamName name, Position position) {}

    /**
     * Asks for many names whether anything follows their known positions. The answer holds the indexes in the list of
     * those names that have something newer or could not be read. A member that reads such a name sees the failure.
     */
    record Look(List<Known> names) implements BusCall<List<Integer>> {

        @Override
        public int kind() {
            return LOOK;
        }

        @Override
        public void write(DataOutput out) throws IOException {
            out.writeInt(names.size());
            for (Known known : names) {
                BusFormat.writeName(out, known.name());
                HistoryFormat.writePosition(out, known.position());
            }
        }

        static Look read(DataInput in) throws IOException {
            int count = readCount(in);
            List<Known> names = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                names.add(new Known(BusFormat.readName(in), HistoryFormat.readPosition(in)));
            }
            return new Look(names);
        }

        private static int readCount(DataInput in) throws IOException {
            int count = in.readInt();
            if (count < 0 || count > MAX_NAMES) {
                throw new IOException(count + " names in a look, the limit is " + MAX_NAMES);
            }
            return count;
        }

        @Override
        public Future<List<Integer>> serve(RevisionStore store, WatchedNames watched, StreamName name) {
            List<Future<Boolean>> looks = names.stream()
                    .map(known -> watched.hasNewer(known.name(), known.position()))
                    .toList();
            return Future.join(looks)
                    .transform(all -> Future.succeededFuture(IntStream.range(0, names.size())
                            .filter(place -> looks.get(place).failed()
                                    || looks.get(place).result())
                            .boxed()
                            .toList()));
        }

        @Override
        public void writeAnswer(DataOutput out, List<Integer> newer) throws IOException {
            out.writeInt(newer.size());
            for (int place : newer) {
                out.writeInt(place);
            }
        }

        @Override
        public List<Integer> readAnswer(DataInput in) throws IOException {
            int count = readCount(in);
            List<Integer> newer = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                newer.add(in.readInt());
            }
            return newer;
        }
    }
}
