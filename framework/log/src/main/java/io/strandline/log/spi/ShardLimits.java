package io.strandline.log.spi;

/**
 * Limits and rates of a log, as its shards read them. Byte counts are per log unless they say otherwise. Defaults and bounds
 * are those of {@link io.strandline.log.LogOptions}.
 */
public interface ShardLimits {

    /** Most shards of a log. */
    int MAX_SHARDS = 64;

    /** Most bytes of an event. */
    int getMaxEventBytes();

    /** Most bytes of a parcel of a writer, and of one write of a transaction. */
    int getMaxParcelBytes();

    /** Writers that a partition remembers. */
    int getWritersPerPartition();

    /** Bytes that may wait for the journal. */
    int getQueuedBytes();

    /** Bytes of events that are kept in memory until they are in chunks. */
    long getTailBytes();

    /** Size up to which the files of a journal grow, in bytes. */
    int getJournalFileBytes();

    /** Most bytes that are written before one force of a journal. */
    int getJournalGroupBytes();

    /** How long the force of what nobody waits for may be put off, in milliseconds. */
    long getForceIntervalMillis();

    /** Size of a full section, in bytes. */
    int getSectionBytes();

    /** Bytes that compaction may take in a second. */
    long getCompactionBytesPerSecond();
}
