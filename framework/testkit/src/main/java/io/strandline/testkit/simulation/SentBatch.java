package io.strandline.testkit.simulation;

import io.strandline.Sequence;
import io.strandline.spi.Batch;
import java.util.Arrays;

/** A batch that was sent, once or several times, and what is known of its fate. */
final class SentBatch {

    final long partition;
    final long writer;
    final int epoch;
    final Sequence previous;
    final Sequence last;
    final int count;
    final byte[] bytes;

    /** Attempts without an answer. */
    int inFlight;

    /** An attempt ended without telling whether it was taken. */
    boolean unknown;

    /** The log called it a duplicate: it must be there. */
    boolean mustExist;

    /** The writer was told that it is in the log. */
    boolean acked;

    /** Offset of its first event, -1 while that is not known. */
    long base = -1;

    /** Life of the log in which its offset became known. */
    int knownInLife;

    /** Stamp that the log gave it, -1 while that is not known. */
    long stamp = -1;

    SentBatch(long partition, long writer, int epoch, Sequence previous, Sequence last, byte[] bytes) {
        this.partition = partition;
        this.writer = writer;
        this.epoch = epoch;
        this.previous = previous;
        this.last = last;
        this.count = Batch.count(bytes, 0);
        this.bytes = bytes;
    }

    /** Names a batch within its partition. */
    record Key(long writer, int epoch, long lastMajor, long lastMinor) {

        static Key of(byte[] bytes, int at) {
            return new Key(
                    Batch.writer(bytes, at),
                    Batch.epoch(bytes, at),
                    Batch.getLong(bytes, at + Batch.LAST_MAJOR),
                    Batch.getLong(bytes, at + Batch.LAST_MINOR));
        }
    }

    Key key() {
        return new Key(writer, epoch, last.major(), last.minor());
    }

    boolean conditional() {
        return Batch.conditional(bytes, 0);
    }

    long expectedOffset() {
        return Batch.getLong(bytes, Batch.EXPECTED_OFFSET);
    }

    long digest() {
        return Batch.getLong(bytes, Batch.DIGEST);
    }

    boolean isKnown() {
        return base >= 0;
    }

    long end() {
        return base + count;
    }

    /** False if every attempt was refused for good. */
    boolean mayAppear() {
        return inFlight > 0 || unknown || mustExist || isKnown();
    }

    /** True if the batch at {@code at} is this one, apart from what the shard stamps. */
    boolean sameAs(byte[] found, int at) {
        int length = Batch.length(found, at);
        return length == bytes.length
                && Arrays.equals(bytes, Batch.CHECKED_FROM, bytes.length, found, at + Batch.CHECKED_FROM, at + length);
    }

    @Override
    public String toString() {
        return "batch of " + count + " events of writer " + writer + " epoch " + epoch + " " + previous + " to " + last
                + " in partition " + partition + (isKnown() ? " at " + base : "")
                + (conditional() ? " if at " + expectedOffset() : "") + (acked ? " acked" : "")
                + (unknown ? " unknown" : "") + (mustExist ? " duplicate" : "")
                + (inFlight > 0 ? " in flight " + inFlight : "");
    }
}
