package io.strandline.log.spi;

import io.strandline.Retention;
import io.strandline.Sequence;
import java.util.stream.LongStream;

/**
 * The decisions that the guarantees of a log rest on, each as a function of what it depends on. The letters are those of
 * the rules that tests name. Every log of an application follows {@link #STANDARD}.
 *
 * <p>The log calls a rule where it decides, and has no way around it. So a test replaces one rule and proves that its loss
 * would be noticed, and no code of the log knows of it. A rule has no state and may be called on any thread.
 *
 * <p>Rules of an append are on the hot path. A Java virtual machine that has loaded no other class of rules calls them
 * without a look at the object.
 */
public class LogRules {

    /** The rules of every log. */
    public static final LogRules STANDARD = new LogRules();

    // ---- batches

    /** D1: a batch is a repeat if its writer has written its last sequence before, or a later one. */
    public boolean isRepeat(long lastMajor, long lastMinor, long storedMajor, long storedMinor) {
        return Sequence.compare(lastMajor, lastMinor, storedMajor, storedMinor) <= 0;
    }

    /** D1: a batch is accepted if the sequence that it follows is the one that its writer has written last. */
    public boolean follows(long previousMajor, long previousMinor, long storedMajor, long storedMinor) {
        return previousMajor == storedMajor && previousMinor == storedMinor;
    }

    /**
     * D4: a sealed partition leaves what it knows of a writer to its successors.
     *
     * @param lastOffset offset of the newest durable event of the writer, or -1 if there is none
     */
    public boolean isInherited(long lastOffset) {
        return lastOffset >= 0;
    }

    /**
     * D5: a named writer appends in its newest epoch only.
     *
     * @param newest 0 if the writer was never admitted, or was retired
     */
    public boolean isNewestEpoch(int epoch, int newest) {
        return epoch == newest;
    }

    /** D6: a conditional batch is accepted at the offset that it expects. */
    public boolean isExpected(long expectedOffset, long nextOffset) {
        return expectedOffset == nextOffset;
    }

    // ---- claims

    /**
     * E3: a partition of an exclusive stream takes batches of its newest claim only.
     *
     * @param claimEpoch 0 if nobody has claimed the partition
     */
    public boolean isClaimant(long writer, int epoch, long claimWriter, int claimEpoch) {
        return claimEpoch > 0 && writer == claimWriter && epoch == claimEpoch;
    }

    /** E3: a claim gives way to those of later generations, and to later ones of its own. */
    public boolean isOvertaken(long generation, int epoch, long newestGeneration, int newestEpoch) {
        return generation == newestGeneration ? epoch < newestEpoch : generation < newestGeneration;
    }

    // ---- recovery

    /**
     * R2: a damaged or missing frame is corruption if it was forced. Otherwise the crash tore it.
     *
     * @param forcedUpTo number of a frame that is known to have been forced, with all before it. 0 if none is known
     */
    public boolean wasForced(long frame, long forcedUpTo) {
        return frame <= forcedUpTo;
    }

    // ---- transactions

    /** X1: parts of committed transactions are appended in the order of the decisions of their home shard. */
    public int compareDecisions(long one, long other) {
        return Long.compare(one, other);
    }

    /**
     * X2: limits of size and number hold for writers. What a transaction decided was measured when it was written, and its
     * refusal would never end.
     *
     * @param limitOfWriters the limit for what writers send
     * @return the limit for what transactions decided
     */
    public int limitOfDecisions(int limitOfWriters) {
        return Integer.MAX_VALUE;
    }

    // ---- retention

    /**
     * Events are consumed when the slowest subscriber has consumed them. Nothing is consumed while there is no subscriber.
     *
     * @param bySubscriber for each subscriber the offset up to which it has consumed a partition
     */
    public long consumedUpTo(LongStream bySubscriber) {
        return bySubscriber.min().orElse(0);
    }

    /**
     * Where retention cuts a partition. The hard bound holds whatever was consumed.
     *
     * @param kept what the stream keeps
     * @param overHardBound offset up to which the hard bound removes events, 0 for none
     * @param due offset up to which events are too old or too many, 0 for none
     * @param consumed offset up to which events are consumed
     * @param end end of the partition
     */
    public long retentionCut(Retention kept, long overHardBound, long due, long consumed, long end) {
        long byRule = due;
        if (kept.untilConsumed()) {
            boolean alone = kept.maxAgeMillis() == 0 && kept.maxBytes() == 0;
            byRule = alone ? consumed : Math.min(due, consumed);
        }
        return Math.min(end, Math.max(overHardBound, byRule));
    }
}
