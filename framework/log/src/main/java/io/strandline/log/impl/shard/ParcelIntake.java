package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.flush.ChunkFlush;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Sender;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.Journal;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.vertx.core.Promise;
import java.util.ArrayDeque;

/**
 * The way of parcels into a shard that serves: taken at once while the journal and the memory have room, parked in their
 * order while they have not, refused when too many are parked. All of it runs on the shard's executor.
 */
final class ParcelIntake {

    private final ShardState state;
    private final Journal journal;
    private final ChunkFlush flush;
    private final long queuedLimit;
    private final long tailLimit;
    private final Taker taker;

    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private long parkedBytes;

    /** A parcel, and who waits for its reply. */
    private record Parked(Parcel parcel, Sender sender, Promise<ParcelReply> reply) {}

    /** Takes a parcel for which there is room. */
    interface Taker {
        void take(Parcel parcel, Sender sender, Promise<ParcelReply> reply);
    }

    /**
     * An intake that has nothing.
     *
     * @param queuedLimit bytes that wait for the journal, and as many again that are parked
     * @param tailLimit bytes of events that the shard may hold in memory
     */
    ParcelIntake(ShardState state, Journal journal, ChunkFlush flush, long queuedLimit, long tailLimit, Taker taker) {
        this.state = state;
        this.journal = journal;
        this.flush = flush;
        this.queuedLimit = queuedLimit;
        this.tailLimit = tailLimit;
        this.taker = taker;
    }

    /**
     * Takes, parks or refuses a parcel. What transactions decided is parked without a limit.
     *
     * @return true if it is parked
     */
    boolean offer(Parcel parcel, Sender sender, Promise<ParcelReply> reply) {
        if (parked.isEmpty() && hasRoom(parcel)) {
            taker.take(parcel, sender, reply);
        } else if (sender == Sender.WRITER && flush.fails() && !hasMemory()) {
            reply.fail(tooMuchInMemory());
        } else if (sender == Sender.WRITER && !parked.isEmpty() && parkedBytes + parcel.length() > queuedLimit) {
            reply.fail(tooMuchQueued());
        } else {
            park(new Parked(parcel, sender, reply));
            return true;
        }
        return false;
    }

    /** Takes parked parcels for which there is room now. */
    void unpark() {
        while (!parked.isEmpty() && hasRoom(parked.element().parcel())) {
            Parked next = next();
            taker.take(next.parcel(), next.sender(), next.reply());
        }
    }

    /** Events that wait for memory would wait for as long as the storage refuses chunks. */
    void flushFailed() {
        if (!hasMemory()) {
            failWriters(tooMuchInMemory());
        }
    }

    /** Fails what writers sent. What was decided stays, in its order. */
    private void failWriters(StrandlineException cause) {
        int waiting = parked.size();
        for (int i = 0; i < waiting; i++) {
            Parked next = next();
            if (next.sender() == Sender.WRITER) {
                Answers.fail(next.reply(), cause);
            } else {
                park(next);
            }
        }
    }

    /** Fails everything that is parked. */
    void fail(StrandlineException cause) {
        while (!parked.isEmpty()) {
            Answers.fail(next().reply(), cause);
        }
    }

    private void park(Parked parcel) {
        parked.add(parcel);
        parkedBytes += parcel.parcel().length();
    }

    private Parked next() {
        Parked next = parked.remove();
        parkedBytes -= next.parcel().length();
        return next;
    }

    private boolean hasMemory() {
        return journal.unforcedBytes() + state.unflushedBytes() < tailLimit;
    }

    private boolean hasRoom(Parcel parcel) {
        return journal.unforcedBytes() < queuedLimit
                && hasMemory()
                && journal.roomFor(parcel.length()) == Journal.Room.READY;
    }

    private StrandlineException tooMuchInMemory() {
        return new StrandlineException.Unavailable("shard " + state.shard() + " holds " + state.unflushedBytes()
                + " bytes in memory and cannot write them to chunks, the limit is " + tailLimit);
    }

    private StrandlineException tooMuchQueued() {
        return new StrandlineException.Overloaded("shard " + state.shard() + " has " + journal.unforcedBytes()
                + " bytes queued and " + parkedBytes + " bytes waiting, the limit is " + queuedLimit + " each");
    }
}
