package io.strandline.testkit.simulation;

/**
 * What happened in one run: proof that it was worth running.
 *
 * @param steps tasks that the log ran
 * @param openings times that the log was opened to its end
 * @param crashes power cuts
 * @param kills ends of the process that left the page cache as it was
 * @param crashesWhileOpening power cuts and ends of the process before the log was open
 * @param batchesAcked batches that were acknowledged
 * @param bytesAcked their bytes
 * @param scalings splits and merges, by hand and by policies
 * @param eventsRetired events that rules of retention removed
 * @param diskOperations operations of the disk
 */
public record SimulationReport(
        long steps,
        int openings,
        int crashes,
        int kills,
        int crashesWhileOpening,
        long batchesAcked,
        long bytesAcked,
        long scalings,
        long eventsRetired,
        long diskOperations) {}
