package io.strandline.impl.writer;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.spi.WriterGrant;
import java.util.List;

/**
 * Where a writer may write, in the order of the key ranges, and how far it has come there. A <i>route</i> is one slot of
 * the writer's grant: a range of keys in a partition. A partition has one route, or several after a merge. Everything is
 * kept in arrays by the index of the route, because each append passes here.
 *
 * <p>Per route it knows four sequences of a writer. <i>stored</i> is the last that the log had when it described the
 * route. <i>confirmed</i> is the last that the log has acknowledged. <i>handed over</i> is the last in a batch that was
 * given to the log, confirmed or not. <i>newest</i> is the last that the application gave. Each is at or above the one
 * before it.
 */
public final class PartitionTable {

    private static final int SLOT_BITS = 24;
    private static final int CONDITIONAL_IN_FLIGHT = 1 << 20;

    private final int count;
    private final long[] from;
    private final long[] to;
    private final long[] id;
    private final int[] shard;
    /** Index of the route in its partition. */
    private final int[] range;
    /** The first route of the same partition. Routes of one partition are neighbours. */
    private final int[] first;

    private final long[] storedMajor;
    private final long[] storedMinor;
    private final long[] storedPartition;
    private final long[] storedOffset;
    private final long[] confirmedMajor;
    private final long[] confirmedMinor;
    private final long[] confirmedOffset;
    private final long[] handedOverMajor;
    private final long[] handedOverMinor;
    private final long[] newestMajor;
    private final long[] newestMinor;
    private final long[] counted;
    /**
     * Batches handed over and not settled, by the first route of their partition. A conditional one counts as {@link
     * #CONDITIONAL_IN_FLIGHT}.
     */
    private final int[] inFlight;
    /** Generation of the draft in which the route has a slot, and the newest such slot. */
    private final long[] openSlot;

    public PartitionTable(WriterGrant grant) {
        List<WriterGrant.Slot> slots = grant.slots();
        count = slots.size();
        from = new long[count];
        to = new long[count];
        id = new long[count];
        shard = new int[count];
        range = new int[count];
        first = new int[count];
        KeyRange covered = covered(grant);
        long next = covered.from();
        for (int i = 0; i < count; i++) {
            PartitionDescription partition = slots.get(i).partition();
            KeyRange keys = slots.get(i).keys();
            if (keys.from() != next || (i == count - 1) != (keys.to() == covered.to())) {
                throw new StrandlineException.Corrupt("key range " + keys + " of partition " + partition.id() + " of "
                        + grant.stream().name() + " leaves a gap before or after it");
            }
            from[i] = keys.from();
            to[i] = keys.to();
            id[i] = partition.id();
            shard[i] = partition.shard();
            range[i] = slots.get(i).range();
            first[i] = i > 0 && id[i] == id[i - 1] ? first[i - 1] : i;
            next = keys.to() + 1;
        }
        storedMajor = new long[count];
        storedMinor = new long[count];
        storedPartition = new long[count];
        storedOffset = new long[count];
        confirmedMajor = new long[count];
        confirmedMinor = new long[count];
        confirmedOffset = new long[count];
        handedOverMajor = new long[count];
        handedOverMinor = new long[count];
        newestMajor = new long[count];
        newestMinor = new long[count];
        counted = new long[count];
        inFlight = new int[count];
        openSlot = new long[count];
        start(grant);
    }

    /** All keys, or those of the partition that was claimed. */
    private static KeyRange covered(WriterGrant grant) {
        return grant.stream().exclusive() ? grant.slots().get(0).partition().keys() : KeyRange.ALL;
    }

    /** False for a key of a partition that the writer did not claim. */
    boolean covers(long hash) {
        return Long.compareUnsigned(hash, from[0]) >= 0 && Long.compareUnsigned(hash, to[count - 1]) <= 0;
    }

    /** Starts from what the log has of the writer. */
    private void start(WriterGrant grant) {
        for (int i = 0; i < count; i++) {
            WriterGrant.LastWritten last = grant.slots().get(i).last();
            Sequence sequence = last == null ? Sequence.NONE : last.sequence();
            storedMajor[i] = sequence.major();
            storedMinor[i] = sequence.minor();
            storedPartition[i] = last == null ? id[i] : last.partition();
            storedOffset[i] = last == null ? -1 : last.offset();
            confirmedOffset[i] = storedOffset[i];
            confirmedMajor[i] = handedOverMajor[i] = sequence.major();
            confirmedMinor[i] = handedOverMinor[i] = sequence.minor();
            setNewest(i, sequence);
        }
    }

    /** Gives no number again that was given by the routes before a change: neither a count nor one of the application. */
    void goOnFrom(PartitionTable before) {
        for (int i = 0; i < count; i++) {
            int to = before.find(this.to[i]);
            for (int old = before.find(from[i]); old <= to; old++) {
                counted[i] = Math.max(counted[i], before.counted[old]);
                if (rises(i, before.newest(old))) {
                    setNewest(i, before.newest(old));
                }
            }
        }
    }

    /** True if something that was confirmed is no longer in the log: it was answered before it was forced. */
    boolean isAheadOf(WriterGrant grant) {
        for (WriterGrant.Slot slot : grant.slots()) {
            WriterGrant.LastWritten written = slot.last();
            Sequence last = written == null ? Sequence.NONE : written.sequence();
            int to = find(slot.keys().to());
            for (int route = find(slot.keys().from()); route <= to; route++) {
                boolean lost =
                        Sequence.compare(confirmedMajor[route], confirmedMinor[route], last.major(), last.minor()) > 0;
                if (lost) {
                    return true;
                }
            }
        }
        return false;
    }

    int count() {
        return count;
    }

    /** Where an event without a key goes: the same number must fall into the same place after a restart. */
    static long keylessHash(Sequence sequence) {
        return KeyHash.of(KeyHash.of(sequence.major()) + sequence.minor());
    }

    /** The route that takes a hash: a guess for equal ranges, which is right for those, else a search. */
    public int find(long hash) {
        int guess = (int) (Math.multiplyHigh(hash, count) + ((hash >> 63) & count));
        if (Long.compareUnsigned(hash, from[guess]) >= 0 && Long.compareUnsigned(hash, to[guess]) <= 0) {
            return guess;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (Long.compareUnsigned(hash, from[middle]) >= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    long id(int route) {
        return id[route];
    }

    int shard(int route) {
        return shard[route];
    }

    /** Index of the route in its partition. */
    int range(int route) {
        return range[route];
    }

    /** The first route of the same partition. */
    int first(int route) {
        return first[route];
    }

    /** True if the partition has no other route. */
    boolean isAlone(int route) {
        return first[route] == route && (route + 1 == count || first[route + 1] != route);
    }

    long fromHash(int route) {
        return from[route];
    }

    long toHash(int route) {
        return to[route];
    }

    /** The partition of the newest event that the log had of the writer: this route's, or one that it succeeded. */
    long storedPartition(int route) {
        return storedPartition[route];
    }

    long storedOffset(int route) {
        return storedOffset[route];
    }

    /** The last sequence that the log had of the writer when it described the route. */
    Sequence stored(int route) {
        return new Sequence(storedMajor[route], storedMinor[route]);
    }

    boolean stored(int route, Sequence sequence) {
        return Sequence.compare(sequence.major(), sequence.minor(), storedMajor[route], storedMinor[route]) <= 0;
    }

    /** The greatest sequence that the log had of the writer, in any route. */
    Sequence greatestStored() {
        Sequence greatest = Sequence.NONE;
        for (int i = 0; i < count; i++) {
            greatest = stored(i).compareTo(greatest) > 0 ? stored(i) : greatest;
        }
        return greatest;
    }

    Sequence newest(int route) {
        return new Sequence(newestMajor[route], newestMinor[route]);
    }

    boolean rises(int route, Sequence sequence) {
        return Sequence.compare(sequence.major(), sequence.minor(), newestMajor[route], newestMinor[route]) > 0;
    }

    void setNewest(int route, Sequence sequence) {
        newestMajor[route] = sequence.major();
        newestMinor[route] = sequence.minor();
    }

    /** Forgets numbers that were given but never confirmed. None of them may be staged or in flight. */
    void dropUnconfirmed(int route) {
        newestMajor[route] = handedOverMajor[route] = confirmedMajor[route];
        newestMinor[route] = handedOverMinor[route] = confirmedMinor[route];
    }

    /** Counts events of a writer that counts by itself. Returns the number of the last. */
    long countOn(int route, int events) {
        return counted[route] += events;
    }

    boolean hasSlot(int route, long generation) {
        return openSlot[route] >>> SLOT_BITS == generation;
    }

    int slot(int route) {
        return (int) openSlot[route] & ((1 << SLOT_BITS) - 1);
    }

    void setSlot(int route, long generation, int slot) {
        openSlot[route] = generation << SLOT_BITS | slot;
    }

    /** D6: a conditional batch travels alone for its partition. */
    boolean mayGo(int route, boolean conditional) {
        return conditional ? inFlight[first[route]] == 0 : inFlight[first[route]] < CONDITIONAL_IN_FLIGHT;
    }

    /** True if nothing is in flight for the partition. */
    boolean idle(int route) {
        return inFlight[first[route]] == 0;
    }

    /** Takes the place of a batch in the chain of sequences. {@link Draft} keeps the sequence before it. */
    void handOver(int route, boolean conditional) {
        inFlight[first[route]] += conditional ? CONDITIONAL_IN_FLIGHT : 1;
    }

    void settle(int route, boolean conditional) {
        inFlight[first[route]] -= conditional ? CONDITIONAL_IN_FLIGHT : 1;
    }

    long handedOverMajor(int route) {
        return handedOverMajor[route];
    }

    long handedOverMinor(int route) {
        return handedOverMinor[route];
    }

    void setHandedOver(int route, long major, long minor) {
        handedOverMajor[route] = major;
        handedOverMinor[route] = minor;
    }

    /** @param offset of the newest event that is confirmed */
    void confirm(int route, long major, long minor, long offset) {
        if (Sequence.compare(major, minor, confirmedMajor[route], confirmedMinor[route]) > 0) {
            confirmedOffset[route] = offset;
            confirmedMajor[route] = major;
            confirmedMinor[route] = minor;
        }
    }

    /** True if the log has confirmed a batch of this number, or one that it takes only after it. */
    boolean isProven(int route, long major, long minor) {
        return Sequence.compare(major, minor, confirmedMajor[route], confirmedMinor[route]) <= 0;
    }

    /** Offset of the newest event that is confirmed. */
    long confirmedOffset(int route) {
        return confirmedOffset[route];
    }

    boolean isConfirmed(int route, long major, long minor) {
        return confirmedMajor[route] == major && confirmedMinor[route] == minor;
    }

    /** The next batch follows the last confirmed one. Nothing of the route may be on its way to the log. */
    void rewind(int route) {
        handedOverMajor[route] = confirmedMajor[route];
        handedOverMinor[route] = confirmedMinor[route];
    }

    /** As {@link #rewind}, for all routes of a shard. */
    void rewindShard(int index) {
        for (int i = 0; i < count; i++) {
            if (shard[i] == index) {
                rewind(i);
            }
        }
    }

    /** As {@link #dropUnconfirmed(int)}, for all routes of a shard. */
    void dropUnconfirmedOfShard(int index) {
        for (int i = 0; i < count; i++) {
            if (shard[i] == index) {
                dropUnconfirmed(i);
            }
        }
    }

    /** True if a grant describes the same partitions: nothing was scaled between them. */
    boolean hasPartitionsOf(WriterGrant grant) {
        boolean same = grant.slots().size() == count;
        for (int i = 0; same && i < count; i++) {
            same = grant.slots().get(i).partition().id() == id[i];
        }
        return same;
    }
}
