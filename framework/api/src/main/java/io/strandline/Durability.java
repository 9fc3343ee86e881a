package io.strandline;

/**
 * When an append is acknowledged. This changes only the acknowledgement. Whatever a writer chooses, readers see an event,
 * and checkpoints rely on it, only when it is forced to disk, and the writers of a partition share one order.
 *
 * <p>Events that are acknowledged before they are forced survive the end of the process, but a power cut or a failing
 * disk may lose them. Lost events are always the newest ones of a shard, never one before an event that is left. The
 * offset of a lost event is then given to another one. A writer that lives on, because only the disk failed, learns this
 * from the failure of its next append, {@link StrandlineException.Unavailable}. Its later appends continue after the
 * events that the log has.
 */
public enum Durability {
    /** When it is forced to disk. This is the default, and transactions, checkpoints and synchronizers use it. */
    FORCED,
    /** When the operating system has it. It is forced within the log's {@code forceIntervalMillis}. */
    INTERVAL,
    /**
     * When the operating system has it. It is forced together with other data, at no promised time. In this release that
     * is within a second, and within the log's interval while a reader waits for it.
     */
    OS
}
