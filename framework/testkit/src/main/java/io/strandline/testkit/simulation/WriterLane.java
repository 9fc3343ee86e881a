package io.strandline.testkit.simulation;

import io.strandline.Sequence;
import io.strandline.spi.Batch;
import io.strandline.spi.KeyHash;
import io.strandline.testkit.BatchBuilder;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What one writer has to remember of one partition: the numbers it gave, and what is not yet acknowledged. */
final class WriterLane {

    private static final int MOST_EVENTS = 6;
    private static final int USUAL_BYTES = 300;
    private static final int MANY_BYTES = 6_000;

    final PartitionModel partition;
    private final long writer;
    private final int epoch;
    private final boolean ownSequences;

    /** Sent and not acknowledged, in the order of their sequences. */
    final ArrayDeque<SentBatch> pending = new ArrayDeque<>();

    /** Attempts without an answer. */
    int inFlight;

    /** An attempt failed: all that is pending is to be sent again, when no attempt is on its way. */
    boolean resends;

    @Nullable
    SentBatch newestAcked;

    private Sequence previous;
    private Sequence newest;

    /**
     * @param stored what the writer wrote last in this partition
     * @param ownSequences true for numbers that do not begin with the epoch
     */
    WriterLane(PartitionModel partition, long writer, int epoch, Sequence stored, boolean ownSequences) {
        this.partition = partition;
        this.writer = writer;
        this.epoch = epoch;
        this.ownSequences = ownSequences;
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
        Sequence last = following(random, newest);
        BatchBuilder builder = new BatchBuilder(partition.id, writer, epoch, previous, last);
        if (expectedOffset >= 0) {
            builder.expectedOffset(expectedOffset);
        }
        int events = 1 + random.nextInt(MOST_EVENTS);
        for (int i = 0; i < events; i++) {
            byte[] payload = new byte[random.nextInt(random.nextInt(20) == 0 ? MANY_BYTES : USUAL_BYTES)];
            random.nextBytes(payload);
            if (random.nextBoolean()) {
                builder.add("key-" + random.nextInt(10), payload);
            } else {
                builder.add(payload);
            }
        }
        byte[] undigested = builder.build();
        // Whatever the digest is, the log must give it back; this one tells batches of one number apart.
        builder.digest(KeyHash.of(undigested, Batch.CHECKED_FROM, undigested.length - Batch.CHECKED_FROM));
        SentBatch batch = new SentBatch(partition.id, writer, epoch, previous, last, builder.build());
        pending.add(batch);
        previous = last;
        newest = last;
        return batch;
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
            previous = batch.previous;
        }
    }

    void acked(SentBatch batch) {
        pending.remove(batch);
        newestAcked = batch;
    }

    /** Bytes of what is pending. */
    int pendingBytes() {
        int bytes = 0;
        for (SentBatch batch : pending) {
            bytes += Batch.length(batch.bytes, 0);
        }
        return bytes;
    }
}
