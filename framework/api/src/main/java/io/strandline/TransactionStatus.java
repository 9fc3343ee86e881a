package io.strandline;

/** How far a transaction is. */
public enum TransactionStatus {
    /** It takes events until its lease ends. */
    OPEN,
    /** Its commit is decided, and its events are being appended. */
    COMMITTING,
    /** All its events are in their partitions. */
    COMMITTED,
    /** Its commit was decided, and some of its events were given up by {@link Transactions#dropPart}. */
    INCOMPLETE,
    /** It left nothing: it was aborted, or its lease ended. */
    ABORTED
}
