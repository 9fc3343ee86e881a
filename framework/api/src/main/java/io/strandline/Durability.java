package io.strandline;

/**
 * When an append is acknowledged. It moves the acknowledgement alone: whatever a writer chooses, readers see an event, and
 * checkpoints rest on it, only when it is forced, and the writers of a partition stand in one order.
 *
 * <p>What is acknowledged before it is forced survives the end of the process, but a power cut, or a disk that fails, may
 * take it: always the newest events of a shard, never one before an event that is left. An offset that was given to a lost
 * event is then given to another one. A writer that lives on, because only the disk failed, is told by the failure of its
 * next append, {@link StrandlineException.Unavailable}; what it appends afterwards goes on behind what the log has.
 */
public enum Durability {
    /** When it is forced to disk; the default, and what transactions, checkpoints and synchronizers use. */
    FORCED,
    /** When the operating system has it; it is forced within the log's {@code forceIntervalMillis}. */
    INTERVAL,
    /**
     * When the operating system has it; it is forced with what else is, without a promise: in this release within a second,
     * and within the log's interval while somebody waits to read it.
     */
    OS
}
