package io.strandline.processing.aggregate;

/**
 * What the aggregates of one {@link Aggregates} have done since it was opened.
 *
 * @param partitions partitions that are claimed here now
 * @param hot aggregates in memory now
 * @param hotBytes what they count against {@link AggregateOptions#getHotBytes}
 * @param callsUnderWay commands and queries that are not answered yet
 * @param accepted commands that appended events
 * @param rejected commands that the domain rejected
 * @param repeated commands that were answered by what their id had done before
 * @param rebuilt aggregates that were read from the log
 * @param rebuiltFromSnapshots those of them that began with a snapshot
 * @param snapshots snapshots that were written
 * @param snapshotsSkipped snapshots that were due and not written, because the log was slow or refused them
 * @param snapshotsUnreadable snapshots that were found and ignored, because they are of another schema or no longer fit the events
 */
public record AggregateStatistics(
        long partitions,
        long hot,
        long hotBytes,
        long callsUnderWay,
        long accepted,
        long rejected,
        long repeated,
        long rebuilt,
        long rebuiltFromSnapshots,
        long snapshots,
        long snapshotsSkipped,
        long snapshotsUnreadable) {}
