package io.strandline.impl;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.WriterGrant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The partitions of a stream in the order of their key ranges, and how far one writer has come in each. Everything is
 * kept in arrays by the index of the partition, because each append passes here.
 *
 * <p>Of a writer's sequences it knows, per partition: <i>stored</i>, what the log had at admission; <i>confirmed</i>, the
 * last that the log has acknowledged; <i>handed over</i>, the last in a batch that was given to the log, confirmed or
 * not; <i>newest</i>, the last that the application gave. Each is at or above the one before it.
 */
final class PartitionTable {

    private static final int SLOT_BITS = 24;
    private static final int CONDITIONAL_IN_FLIGHT = 1 << 20;

    private final int count;
    private final long[] from;
    private final long[] to;
    private final long[] id;
    private final int[] shard;

    private final long[] storedMajor;
    private final long[] storedMinor;
    private final long[] storedOffset;
    private final long[] confirmedMajor;
    private final long[] confirmedMinor;
    private final long[] handedOverMajor;
    private final long[] handedOverMinor;
    private final long[] newestMajor;
    private final long[] newestMinor;
    private final long[] counted;
    /** Batches handed over and not settled; a conditional one counts {@link #CONDITIONAL_IN_FLIGHT}. */
    private final int[] inFlight;
    /** Generation of the draft in which the partition has a slot, and the newest such slot. */
    private final long[] openSlot;

    PartitionTable(WriterGrant grant) {
        List<WriterGrant.Slot> slots = grant.slots();
        count = slots.size();
        from = new long[count];
        to = new long[count];
        id = new long[count];
        shard = new int[count];
        long next = 0;
        for (int i = 0; i < count; i++) {
            PartitionDescription partition = slots.get(i).partition();
            KeyRange keys = slots.get(i).keys();
            if (keys.from() != next || (i == count - 1) != (keys.to() == -1)) {
                throw new StrandlineException.Corrupt("key range " + keys + " of partition " + partition.id() + " of "
                        + grant.stream().name() + " leaves a gap before or behind it");
            }
            from[i] = keys.from();
            to[i] = keys.to();
            id[i] = partition.id();
            shard[i] = partition.shard();
            next = keys.to() + 1;
        }
        storedMajor = new long[count];
        storedMinor = new long[count];
        storedOffset = new long[count];
        confirmedMajor = new long[count];
        confirmedMinor = new long[count];
        handedOverMajor = new long[count];
        handedOverMinor = new long[count];
        newestMajor = new long[count];
        newestMinor = new long[count];
        Arrays.fill(newestMajor, Sequence.NONE.major());
        Arrays.fill(newestMinor, Sequence.NONE.minor());
        counted = new long[count];
        inFlight = new int[count];
        openSlot = new long[count];
    }

    /** Starts from what the log has of the writer. Nothing may be in flight. */
    void start(WriterGrant grant) {
        for (int i = 0; i < count; i++) {
            WriterGrant.LastWritten last = grant.slots().get(i).last();
            Sequence sequence = last == null ? Sequence.NONE : last.sequence();
            storedMajor[i] = sequence.major();
            storedMinor[i] = sequence.minor();
            storedOffset[i] = last == null ? -1 : last.offset();
            confirmedMajor[i] = handedOverMajor[i] = sequence.major();
            confirmedMinor[i] = handedOverMinor[i] = sequence.minor();
            if (rises(i, sequence)) {
                setNewest(i, sequence);
            }
            counted[i] = 0;
        }
    }

    int count() {
        return count;
    }

    /** Index of the partition that takes a hash: a guess for equal ranges, which is right for those, else a search. */
    int find(long hash) {
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

    long id(int partition) {
        return id[partition];
    }

    int shard(int partition) {
        return shard[partition];
    }

    long storedOffset(int partition) {
        return storedOffset[partition];
    }

    /** The last sequence that the log had of the writer at admission. */
    Sequence stored(int partition) {
        return new Sequence(storedMajor[partition], storedMinor[partition]);
    }

    boolean stored(int partition, Sequence sequence) {
        return Sequence.compare(sequence.major(), sequence.minor(), storedMajor[partition], storedMinor[partition])
                <= 0;
    }

    /** The greatest sequence that the log had of the writer at admission, in any partition. */
    Sequence greatestStored() {
        Sequence greatest = Sequence.NONE;
        for (int i = 0; i < count; i++) {
            greatest = stored(i).compareTo(greatest) > 0 ? stored(i) : greatest;
        }
        return greatest;
    }

    Sequence newest(int partition) {
        return new Sequence(newestMajor[partition], newestMinor[partition]);
    }

    boolean rises(int partition, Sequence sequence) {
        return Sequence.compare(sequence.major(), sequence.minor(), newestMajor[partition], newestMinor[partition]) > 0;
    }

    void setNewest(int partition, Sequence sequence) {
        newestMajor[partition] = sequence.major();
        newestMinor[partition] = sequence.minor();
    }

    /** Forgets what was given but never confirmed; nothing of it may be staged or in flight. */
    void dropUnconfirmed(int partition) {
        newestMajor[partition] = handedOverMajor[partition] = confirmedMajor[partition];
        newestMinor[partition] = handedOverMinor[partition] = confirmedMinor[partition];
    }

    /** Counts events of a writer that counts by itself; returns the number of the last. */
    long countOn(int partition, int events) {
        return counted[partition] += events;
    }

    boolean hasSlot(int partition, long generation) {
        return openSlot[partition] >>> SLOT_BITS == generation;
    }

    int slot(int partition) {
        return (int) openSlot[partition] & ((1 << SLOT_BITS) - 1);
    }

    void setSlot(int partition, long generation, int slot) {
        openSlot[partition] = generation << SLOT_BITS | slot;
    }

    /** D6: a conditional batch travels alone for its partition. */
    boolean mayGo(int partition, boolean conditional) {
        return conditional ? inFlight[partition] == 0 : inFlight[partition] < CONDITIONAL_IN_FLIGHT;
    }

    boolean idle(int partition) {
        return inFlight[partition] == 0;
    }

    /** Takes the place of a batch in the chain of sequences; {@link Draft} keeps what stood before it. */
    void handOver(int partition, boolean conditional) {
        inFlight[partition] += conditional ? CONDITIONAL_IN_FLIGHT : 1;
    }

    void settle(int partition, boolean conditional) {
        inFlight[partition] -= conditional ? CONDITIONAL_IN_FLIGHT : 1;
    }

    long handedOverMajor(int partition) {
        return handedOverMajor[partition];
    }

    long handedOverMinor(int partition) {
        return handedOverMinor[partition];
    }

    void setHandedOver(int partition, long major, long minor) {
        handedOverMajor[partition] = major;
        handedOverMinor[partition] = minor;
    }

    void confirm(int partition, long major, long minor) {
        if (Sequence.compare(major, minor, confirmedMajor[partition], confirmedMinor[partition]) > 0) {
            confirmedMajor[partition] = major;
            confirmedMinor[partition] = minor;
        }
    }

    boolean isConfirmed(int partition, long major, long minor) {
        return confirmedMajor[partition] == major && confirmedMinor[partition] == minor;
    }

    /** The next batch follows the last confirmed one. Nothing of the partition may be on its way to the log. */
    void rewind(int partition) {
        handedOverMajor[partition] = confirmedMajor[partition];
        handedOverMinor[partition] = confirmedMinor[partition];
    }

    /** As {@link #rewind}, for all partitions of a shard. */
    void rewindShard(int index) {
        for (int i = 0; i < count; i++) {
            if (shard[i] == index) {
                rewind(i);
            }
        }
    }

    /** As {@link #dropUnconfirmed(int)}, for all partitions of a shard. */
    void dropUnconfirmedOfShard(int index) {
        for (int i = 0; i < count; i++) {
            if (shard[i] == index) {
                dropUnconfirmed(i);
            }
        }
    }

    /** Fails Unavailable if a writer that is admitted again would have to find its partitions anew. */
    void requireSameAs(WriterGrant grant) {
        boolean same = grant.slots().size() == count;
        for (int i = 0; same && i < count; i++) {
            WriterGrant.Slot slot = grant.slots().get(i);
            same = slot.partition().id() == id[i]
                    && slot.partition().shard() == shard[i]
                    && Objects.equals(slot.keys(), new KeyRange(from[i], to[i]));
        }
        if (!same) {
            throw new StrandlineException.Unavailable("the partitions of "
                    + grant.stream().name() + " changed while its writer could not reach them; open a new writer");
        }
    }
}
