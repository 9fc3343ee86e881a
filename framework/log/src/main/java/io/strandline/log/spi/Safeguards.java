package io.strandline.log.spi;

/**
 * Checks that can be switched off, one at a time, by tests that prove that their loss would be noticed. Nothing else may
 * do so: each is needed for the log's guarantees.
 *
 * @param salt frames of an earlier use of a journal file are told from new ones
 * @param dedup repeated batches are dropped
 * @param expectedOffset conditional batches are taken only at the offset that they expect
 * @param epoch batches of a named writer are taken only in its newest epoch
 * @param inheritance partitions that take over from sealed ones know what writers wrote there
 * @param forcedUpTo a damaged frame that a later one proves forced is corruption, not a torn tail
 * @param decisionOrder parts of committed transactions are appended in the order of the commits
 * @param subscribers retention by consumption waits for the slowest subscriber, not for the fastest
 * @param wholePieces retention cuts a partition between two batches, not an event further
 */
public record Safeguards(
        boolean salt,
        boolean dedup,
        boolean expectedOffset,
        boolean epoch,
        boolean inheritance,
        boolean forcedUpTo,
        boolean decisionOrder,
        boolean subscribers,
        boolean wholePieces) {

    /** All of them, as every application has it. */
    public static final Safeguards ALL = new Safeguards(true, true, true, true, true, true, true, true, true);

    public Safeguards withoutSalt() {
        return new Safeguards(
                false, dedup, expectedOffset, epoch, inheritance, forcedUpTo, decisionOrder, subscribers, wholePieces);
    }

    public Safeguards withoutDedup() {
        return new Safeguards(
                salt, false, expectedOffset, epoch, inheritance, forcedUpTo, decisionOrder, subscribers, wholePieces);
    }

    public Safeguards withoutExpectedOffset() {
        return new Safeguards(
                salt, dedup, false, epoch, inheritance, forcedUpTo, decisionOrder, subscribers, wholePieces);
    }

    public Safeguards withoutEpoch() {
        return new Safeguards(
                salt, dedup, expectedOffset, false, inheritance, forcedUpTo, decisionOrder, subscribers, wholePieces);
    }

    public Safeguards withoutInheritance() {
        return new Safeguards(
                salt, dedup, expectedOffset, epoch, false, forcedUpTo, decisionOrder, subscribers, wholePieces);
    }

    public Safeguards withoutForcedUpTo() {
        return new Safeguards(
                salt, dedup, expectedOffset, epoch, inheritance, false, decisionOrder, subscribers, wholePieces);
    }

    public Safeguards withoutDecisionOrder() {
        return new Safeguards(
                salt, dedup, expectedOffset, epoch, inheritance, forcedUpTo, false, subscribers, wholePieces);
    }

    public Safeguards withoutSubscribers() {
        return new Safeguards(
                salt, dedup, expectedOffset, epoch, inheritance, forcedUpTo, decisionOrder, false, wholePieces);
    }

    public Safeguards withoutWholePieces() {
        return new Safeguards(
                salt, dedup, expectedOffset, epoch, inheritance, forcedUpTo, decisionOrder, subscribers, false);
    }
}
