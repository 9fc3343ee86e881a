package io.strandline.spi.watch;

/** What a shard does at one moment, as those see it who look after a log. */
public enum ShardCondition {
    /** It answers reads, and takes appends. */
    SERVES,
    /** The disk has no room for its events. It answers reads and takes what frees room, and refuses appends as Unavailable. */
    FULL,
    /** It recovers, as after a failure, so its calls fail as Unavailable. It serves again by itself. */
    RECOVERS,
    /** It was given up or closed. Its calls fail as Unavailable until the log is opened again. */
    STOPPED
}
