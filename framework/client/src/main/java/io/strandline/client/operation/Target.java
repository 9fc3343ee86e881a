package io.strandline.client.operation;

/** What an operation is about, and so on what its caller needs the right. */
public enum Target {
    /** The log as a whole. */
    LOG,
    /** The scope that the request names. */
    SCOPE,
    /** The stream that the request names. */
    STREAM,
    /** The stream to which the partition of the request belongs. */
    PARTITION,
    /** The streams to which the partitions of the batches belong. */
    BATCHES,
    /** The streams that the transaction of the request has written to. */
    TRANSACTION,
    /** The reader group that the request names. */
    GROUP,
    /** The pipeline that the request names. */
    PIPELINE,
    /** The kind of aggregate that the request names. */
    AGGREGATE,
    /** The shared state that the request names. */
    STATE
}
