package io.strandline.testkit.simulation.model;

import io.strandline.Sequence;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A batch that was sent, once or several times, and what is known of its fate. */
public final class SentBatch {

    final long partition;
    final int range;
    final long writer;
    final int epoch;
    final Sequence previous;
    final Sequence last;
    final int count;
    final byte[] bytes;

    /** Its key was to have nothing at this offset or after it. {@link Parcel#NO_CONDITION} if that did not matter. */
    final long unchangedSince;

    /** Its events. Another batch with the same events may have been sent to a successor partition. */
    final Events events;

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

    public SentBatch(Sequence previous, Sequence last, byte[] bytes, Events events, long unchangedSince) {
        this.unchangedSince = unchangedSince;
        this.partition = Batch.partition(bytes, 0);
        this.range = Batch.range(bytes, 0);
        this.writer = Batch.writer(bytes, 0);
        this.epoch = Batch.epoch(bytes, 0);
        this.previous = previous;
        this.last = last;
        this.count = Batch.count(bytes, 0);
        this.bytes = bytes;
        this.events = events;
    }

    /**
     * The events of a batch, in any partition to which they are sent.
     *
     * <p>{@code hash} represents the key of all of them: it decides which partition takes them after a scaling.
     */
    public static final class Events {

        final long hash;

        /** The one batch with these events that is known to be in the log. */
        @Nullable
        SentBatch found;

        /** Id of the newest partition that answered for them before they were forced, -1 for none. */
        long earlyIn = -1;

        public Events(long hash) {
            this.hash = hash;
        }

        public long hash() {
            return hash;
        }
    }

    /** Names a batch within its partition. */
    record Key(int range, long writer, int epoch, long lastMajor, long lastMinor) {

        static Key of(byte[] bytes, int at) {
            return new Key(
                    Batch.range(bytes, at),
                    Batch.writer(bytes, at),
                    Batch.epoch(bytes, at),
                    LittleEndian.getLong(bytes, at + Batch.LAST_MAJOR),
                    LittleEndian.getLong(bytes, at + Batch.LAST_MINOR));
        }
    }

    Key key() {
        return new Key(range, writer, epoch, last.major(), last.minor());
    }

    public boolean conditional() {
        return isAtOffset() || unchangedSince != Parcel.NO_CONDITION;
    }

    /** True if it was to stand at {@link #expectedOffset}. */
    boolean isAtOffset() {
        return Batch.conditional(bytes, 0);
    }

    public long expectedOffset() {
        return LittleEndian.getLong(bytes, Batch.EXPECTED_OFFSET);
    }

    long digest() {
        return LittleEndian.getLong(bytes, Batch.DIGEST);
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

    public long partition() {
        return partition;
    }

    public Sequence previous() {
        return previous;
    }

    public Sequence last() {
        return last;
    }

    public byte[] bytes() {
        return bytes;
    }

    public long unchangedSince() {
        return unchangedSince;
    }

    public Events events() {
        return events;
    }

    @Override
    public String toString() {
        return "batch of " + count + " events of writer " + writer + " epoch " + epoch + " " + previous + " to " + last
                + " in partition " + partition + (range > 0 ? " range " + range : "") + (isKnown() ? " at " + base : "")
                + (isAtOffset() ? " if at " + expectedOffset() : "")
                + (unchangedSince == Parcel.NO_CONDITION ? "" : " if unchanged since " + unchangedSince)
                + (acked ? " acked" : "")
                + (unknown ? " unknown" : "") + (mustExist ? " duplicate" : "")
                + (inFlight > 0 ? " in flight " + inFlight : "");
    }
}
