package io.strandline.testkit.simulation;

import io.strandline.Compression;
import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.simulation.model.PartitionModel;
import io.strandline.testkit.simulation.model.SentBatch;
import io.strandline.testkit.simulation.model.SentBatch.Events;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** What one writer has to remember of one slot: the numbers it gave, and what is not yet acknowledged. */
final class WriterLane {

    private static final int MAX_EVENTS = 6;
    private static final int USUAL_BYTES = 300;
    private static final int MANY_BYTES = 6_000;

    final PartitionModel partition;
    final int range;
    private final KeyRange keys;
    private final long writer;
    private final int epoch;
    private final boolean ownSequences;

    /** Sent and not acknowledged, in the order of their sequences. */
    final ArrayDeque<SentBatch> pending = new ArrayDeque<>();

    /** Attempts without an answer. */
    int inFlight;

    /** An attempt failed: all that is pending is to be sent again, when no attempt is on its way. */
    boolean resends;

    /** What was acknowledged before it was forced may be gone. */
    boolean mayHaveLost;

    @Nullable
    SentBatch newestAcked;

    private final Sequence stored;
    private Sequence previous;
    private Sequence newest;

    /**
     * @param partition the partition
     * @param slot the slot of it
     * @param stored what the writer wrote last in the slot
     * @param ownSequences true for numbers that do not begin with the epoch
     */
    WriterLane(PartitionModel partition, Slot slot, long writer, int epoch, Sequence stored, boolean ownSequences) {
        this.partition = partition;
        this.range = slot.range();
        this.keys = slot.keys();
        this.writer = writer;
        this.epoch = epoch;
        this.ownSequences = ownSequences;
        this.stored = stored;
        this.previous = stored;
        this.newest = stored;
    }

    boolean takesMore() {
        return !resends && (pending.isEmpty() || !pending.getLast().conditional());
    }

    boolean isQuiet() {
        return !resends && pending.isEmpty() && inFlight == 0;
    }

    /** Makes the next batch. */
    SentBatch next(SplittableRandom random, long expectedOffset) {
        return next(random, expectedOffset, Parcel.NO_CONDITION);
    }

    /** Makes a next batch of one key, to be appended if that has nothing from an offset on. */
    SentBatch nextIfUnchanged(SplittableRandom random, long since) {
        return next(random, -1, since);
    }

    private SentBatch next(SplittableRandom random, long expectedOffset, long unchangedSince) {
        Sequence last = following(random, newest);
        BatchBuilder builder = new BatchBuilder(partition.id(), writer, epoch, previous, last).range(range);
        if (expectedOffset >= 0) {
            builder.expectedOffset(expectedOffset);
        }
        String onlyKey = unchangedSince == Parcel.NO_CONDITION ? null : someKey(random);
        int events = 1 + random.nextInt(MAX_EVENTS);
        for (int i = 0; i < events; i++) {
            byte[] payload = new byte[random.nextInt(random.nextInt(20) == 0 ? MANY_BYTES : USUAL_BYTES)];
            random.nextBytes(payload);
            if (onlyKey != null) {
                builder.add(onlyKey, payload);
            } else if (random.nextBoolean()) {
                builder.add(someKey(random), payload);
            } else {
                builder.add(payload);
            }
        }
        // Without a draw, so that seeds stay what they were.
        builder.compressed(last.minor() % 2 == 0 ? Compression.NONE : Compression.LZ4);
        byte[] undigested = builder.build();
        // The log must return any digest unchanged. This one distinguishes batches of one number.
        builder.digest(KeyHash.of(undigested, Batch.CHECKED_FROM, undigested.length - Batch.CHECKED_FROM));
        SentBatch batch = new SentBatch(previous, last, builder.build(), new Events(someHash(last)), unchangedSince);
        pending.add(batch);
        previous = last;
        newest = last;
        return batch;
    }

    private static String someKey(SplittableRandom random) {
        return "key-" + random.nextInt(10);
    }

    /** A hash of the slot, as far as possible another one for each batch. */
    private long someHash(Sequence last) {
        long mixed = (writer * 31 + last.major() * 17 + last.minor()) * 0x9E3779B97F4A7C15L;
        long size = keys.to() - keys.from() + 1;
        return size == 0 ? mixed : keys.from() + Long.remainderUnsigned(mixed, size);
    }

    boolean takes(Events events) {
        return keys.contains(events.hash());
    }

    boolean isOf(Slot slot) {
        return partition.id() == slot.partition().id() && range == slot.range();
    }

    /** True if the log has a batch of the slot, or of one before it, as what was stored here at the beginning tells. */
    boolean follows(SentBatch batch) {
        return stored.compareTo(batch.last()) >= 0;
    }

    /** Continues the numbers of a lane whose partition was sealed. Used numbers are not used again. */
    void follow(WriterLane before) {
        if (newest.compareTo(before.newest) < 0) {
            newest = before.newest;
        }
    }

    /** Takes over a batch that a sealed partition did not take. */
    void redraw(SentBatch batch) {
        SentBatch redrawn = copy(batch, previous);
        pending.add(redrawn);
        previous = redrawn.last();
        resends = true;
    }

    /** True if the log lacks what it has acknowledged of this lane. */
    boolean isAheadOf(WriterGrant granted) {
        SentBatch acked = newestAcked;
        if (acked == null) {
            return false;
        }
        return granted.slots().stream()
                .filter(slot -> slot.keys().contains(acked.events().hash()))
                .map(Slot::last)
                .anyMatch(last -> last == null || last.sequence().compareTo(acked.last()) < 0);
    }

    /** Takes over what is in the log already, to be sent again as if the writer did not know. */
    void repeats(SentBatch batch) {
        newestAcked = copy(batch, batch.previous());
    }

    private SentBatch copy(SentBatch batch, Sequence behind) {
        byte[] bytes = batch.bytes().clone();
        LittleEndian.putLong(bytes, Batch.PARTITION, partition.id());
        bytes[Batch.RANGE] = (byte) range;
        bytes[Batch.RANGE + 1] = (byte) (range >>> 8);
        LittleEndian.putLong(bytes, Batch.PREVIOUS_MAJOR, behind.major());
        LittleEndian.putLong(bytes, Batch.PREVIOUS_MINOR, behind.minor());
        Batch.seal(bytes, 0, bytes.length, new CRC32C());
        return new SentBatch(behind, batch.last(), bytes, batch.events(), batch.unchangedSince());
    }

    private Sequence following(SplittableRandom random, Sequence before) {
        int step = 1 + random.nextInt(3);
        if (!ownSequences) {
            return new Sequence(epoch, before.major() == epoch ? before.minor() + step : step - 1);
        }
        return random.nextInt(3) == 0 && before.major() >= 0
                ? new Sequence(before.major(), before.minor() + step)
                : Sequence.of(before.major() + step);
    }

    /** A conditional batch was refused: the next one follows what was before it, with a new number. */
    void giveUp(SentBatch batch) {
        if (pending.remove(batch)) {
            previous = batch.previous();
        }
    }

    /** True for a conditional batch that was refused, and whose numbers others may have by now. */
    boolean hasGivenUp(SentBatch batch) {
        return batch.conditional() && batch != newestAcked && !pending.contains(batch);
    }

    void acked(SentBatch batch) {
        pending.remove(batch);
        newestAcked = batch;
    }

    /** Bytes of what is pending. */
    int pendingBytes() {
        int bytes = 0;
        for (SentBatch batch : pending) {
            bytes += Batch.length(batch.bytes(), 0);
        }
        return bytes;
    }

    @Override
    public String toString() {
        return "partition " + partition.id() + " with " + pending.size() + " batches pending and " + inFlight
                + " under way";
    }
}
