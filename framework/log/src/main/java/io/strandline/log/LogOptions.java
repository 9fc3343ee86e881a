package io.strandline.log;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineOptions;
import io.strandline.log.spi.ShardLimits;
import io.vertx.core.json.JsonObject;

/** Options of the embedded engine. All byte counts are per log unless they say otherwise. */
public class LogOptions extends StrandlineOptions implements ShardLimits {

    /** Zero: as many shards as the machine has cores, at most {@value #MAX_DEFAULT_SHARDS}. */
    public static final int DEFAULT_SHARDS = 0;

    public static final int MAX_DEFAULT_SHARDS = 4;
    public static final int DEFAULT_JOURNAL_FILE_BYTES = 64 << 20;
    public static final int DEFAULT_JOURNAL_GROUP_BYTES = 4 << 20;
    public static final int DEFAULT_QUEUED_BYTES = 32 << 20;
    public static final int DEFAULT_MAX_PARCEL_BYTES = 8 << 20;
    public static final int DEFAULT_WRITERS_PER_PARTITION = 5_000;
    public static final long DEFAULT_FORCE_INTERVAL_MILLIS = 100;
    public static final long DEFAULT_RETENTION_INTERVAL_MILLIS = 1_000;

    public static final int DEFAULT_SECTION_BYTES = 32 << 20;
    public static final long DEFAULT_COMPACTION_BYTES_PER_SECOND = 64L << 20;

    private static final long MAX_DEFAULT_TAIL_BYTES = 128L << 20;

    private int shards = DEFAULT_SHARDS;
    private int journalFileBytes = DEFAULT_JOURNAL_FILE_BYTES;
    private int journalGroupBytes = DEFAULT_JOURNAL_GROUP_BYTES;
    private long tailBytes = defaultTailBytes();
    private int queuedBytes = DEFAULT_QUEUED_BYTES;
    private int maxParcelBytes = DEFAULT_MAX_PARCEL_BYTES;
    private int writersPerPartition = DEFAULT_WRITERS_PER_PARTITION;
    private long forceIntervalMillis = DEFAULT_FORCE_INTERVAL_MILLIS;
    private long maxSubscriberIdleMillis;
    private long retentionIntervalMillis = DEFAULT_RETENTION_INTERVAL_MILLIS;
    private int sectionBytes = DEFAULT_SECTION_BYTES;
    private long compactionBytesPerSecond = DEFAULT_COMPACTION_BYTES_PER_SECOND;
    private String backupDirectory = "";

    public LogOptions() {}

    /**
     * Reads the options.
     *
     * @throws io.strandline.StrandlineException.Invalid if a value has another type
     */
    public LogOptions(JsonObject json) {
        super(json);
        OptionsJson in = new OptionsJson("log options", json);
        in.has("maxEventBytes"); // the superclass has read it
        this.shards = in.integer("shards", DEFAULT_SHARDS);
        this.journalFileBytes = in.integer("journalFileBytes", DEFAULT_JOURNAL_FILE_BYTES);
        this.journalGroupBytes = in.integer("journalGroupBytes", DEFAULT_JOURNAL_GROUP_BYTES);
        this.tailBytes = in.whole("tailBytes", defaultTailBytes());
        this.queuedBytes = in.integer("queuedBytes", DEFAULT_QUEUED_BYTES);
        this.maxParcelBytes = in.integer("maxParcelBytes", DEFAULT_MAX_PARCEL_BYTES);
        this.writersPerPartition = in.integer("writersPerPartition", DEFAULT_WRITERS_PER_PARTITION);
        this.forceIntervalMillis = in.whole("forceIntervalMillis", DEFAULT_FORCE_INTERVAL_MILLIS);
        this.maxSubscriberIdleMillis = in.whole("maxSubscriberIdleMillis", 0);
        this.retentionIntervalMillis = in.whole("retentionIntervalMillis", DEFAULT_RETENTION_INTERVAL_MILLIS);
        this.sectionBytes = in.integer("sectionBytes", DEFAULT_SECTION_BYTES);
        this.compactionBytesPerSecond = in.whole("compactionBytesPerSecond", DEFAULT_COMPACTION_BYTES_PER_SECOND);
        this.backupDirectory = in.text("backupDirectory", "");
        in.end();
    }

    /** A copy, also of options of another kind. */
    public LogOptions(StrandlineOptions other) {
        this(other.toJson());
    }

    private static long defaultTailBytes() {
        return Math.min(MAX_DEFAULT_TAIL_BYTES, Runtime.getRuntime().maxMemory() / 8);
    }

    /** Number of shards of a log that is created. A log that exists keeps its number of shards. */
    public int getShards() {
        return shards;
    }

    /**
     * Sets the number of shards.
     *
     * @param shards 1 to {@value #MAX_SHARDS}, or 0 for the default
     */
    public LogOptions setShards(int shards) {
        this.shards = shards;
        return this;
    }

    /**
     * Size up to which the files of a journal grow in bytes, 64 MiB by default. The first file is small, and each is four
     * times the one before. Each shard has up to four files.
     */
    @Override
    public int getJournalFileBytes() {
        return journalFileBytes;
    }

    /**
     * Sets the size up to which the files of a journal grow.
     *
     * @param journalFileBytes 32 KiB to 1 GiB
     */
    public LogOptions setJournalFileBytes(int journalFileBytes) {
        this.journalFileBytes = journalFileBytes;
        return this;
    }

    /** Most bytes that are written before one force, 4 MiB by default. */
    @Override
    public int getJournalGroupBytes() {
        return journalGroupBytes;
    }

    /**
     * Sets the limit of a group commit.
     *
     * @param journalGroupBytes 4 KiB to 16 MiB
     */
    public LogOptions setJournalGroupBytes(int journalGroupBytes) {
        this.journalGroupBytes = journalGroupBytes;
        return this;
    }

    /**
     * Bytes of events that are kept in memory until they are in chunks, over all shards. The default is an eighth of the
     * heap, at most 128 MiB. A flush begins at half of it. When all of it is used, appends wait.
     */
    @Override
    public long getTailBytes() {
        return tailBytes;
    }

    /**
     * Sets the memory for events that are not yet in chunks.
     *
     * @param tailBytes 64 KiB or more
     */
    public LogOptions setTailBytes(long tailBytes) {
        this.tailBytes = tailBytes;
        return this;
    }

    /**
     * Bytes that may wait for the journal, over all shards, 32 MiB by default. Beyond it as many again wait in line, and
     * then appends are answered Overloaded.
     */
    @Override
    public int getQueuedBytes() {
        return queuedBytes;
    }

    /**
     * Sets the bytes that may wait for the journal.
     *
     * @param queuedBytes 64 KiB to 1 GiB
     */
    public LogOptions setQueuedBytes(int queuedBytes) {
        this.queuedBytes = queuedBytes;
        return this;
    }

    /**
     * Most bytes of a parcel of a writer, and of one write of a transaction, 8 MiB by default. One batch of the greatest
     * size is accepted in any case. The limit does not apply to events that transactions have decided.
     */
    @Override
    public int getMaxParcelBytes() {
        return maxParcelBytes;
    }

    /**
     * Sets the most bytes of a parcel. Writers whose {@code parcelBytes} are more are refused with Invalid.
     *
     * @param maxParcelBytes 64 KiB to 64 MiB
     */
    public LogOptions setMaxParcelBytes(int maxParcelBytes) {
        this.maxParcelBytes = maxParcelBytes;
        return this;
    }

    /**
     * Writers that a partition remembers, 5,000 by default, at about 150 bytes each. Beyond this number, anonymous
     * writers that have been idle for two hours are forgotten. If there are none, new writers are answered Overloaded.
     * Idle time is measured by a clock that does not jump. Events written before this opening count by their stamp. If
     * the stamp is ahead of the clock, the idle time begins when the partition meets its first new writer.
     */
    @Override
    public int getWritersPerPartition() {
        return writersPerPartition;
    }

    /**
     * Sets how many writers a partition remembers.
     *
     * @param writersPerPartition 1 to 1,000,000
     */
    public LogOptions setWritersPerPartition(int writersPerPartition) {
        this.writersPerPartition = writersPerPartition;
        return this;
    }

    /**
     * Longest time that an append of a writer with {@link io.strandline.Durability#INTERVAL} stays unforced, in
     * milliseconds, 100 by default. Readers see the append after that time at the latest.
     */
    @Override
    public long getForceIntervalMillis() {
        return forceIntervalMillis;
    }

    /**
     * Sets the longest time that an acknowledged append stays unforced.
     *
     * @param forceIntervalMillis 1 ms to a minute
     */
    public LogOptions setForceIntervalMillis(long forceIntervalMillis) {
        this.forceIntervalMillis = forceIntervalMillis;
        return this;
    }

    /**
     * How long a subscriber may note nothing before it is forgotten, so that retention no longer waits for it, in
     * milliseconds. The default is 0, which means forever. Events that the subscriber has not consumed are then removed
     * by the stream's rule. If the subscriber comes back, it begins as a new one. An idle subscriber is found a sixteenth
     * of the bound later at most, and reported in the log at WARN. The time is measured by a clock that does not jump,
     * and begins again when the log is opened. A reader group with running readers, and a pipeline that takes
     * checkpoints, notes at least every ten minutes, including named checkpoints. A subscriber that notes by hand has to
     * do so more often than the bound. While the log is full, or a shard recovers, notes may not be taken, so that only those
     * are forgotten that were silent for half of the bound before.
     */
    public long getMaxSubscriberIdleMillis() {
        return maxSubscriberIdleMillis;
    }

    /**
     * Sets how long a subscriber may note nothing before it is forgotten.
     *
     * @param maxSubscriberIdleMillis 0 for never, or an hour to ten years
     */
    public LogOptions setMaxSubscriberIdleMillis(long maxSubscriberIdleMillis) {
        this.maxSubscriberIdleMillis = maxSubscriberIdleMillis;
        return this;
    }

    /**
     * Longest time between two looks at what streams with a retention rule hold, in milliseconds, 1 s by default. Their
     * growth on the disk is looked at whenever it happens.
     */
    public long getRetentionIntervalMillis() {
        return retentionIntervalMillis;
    }

    /**
     * Sets the longest time between two looks at what streams hold.
     *
     * @param retentionIntervalMillis 10 ms to an hour
     */
    public LogOptions setRetentionIntervalMillis(long retentionIntervalMillis) {
        this.retentionIntervalMillis = retentionIntervalMillis;
        return this;
    }

    /**
     * Size of a section from which on compaction leaves it alone, in bytes, 32 MiB by default. A partition that is left
     * alone has at most its bytes / {@code sectionBytes} + 16 sections.
     */
    @Override
    public int getSectionBytes() {
        return sectionBytes;
    }

    /**
     * Sets the size that compaction merges sections to.
     *
     * @param sectionBytes 4 KiB to 512 MiB
     */
    public LogOptions setSectionBytes(int sectionBytes) {
        this.sectionBytes = sectionBytes;
        return this;
    }

    /**
     * Bytes that compaction rewrites in a second beside appends, over all shards, 64 MiB by default. While nothing is
     * appended to a shard, compaction runs without a pause.
     */
    @Override
    public long getCompactionBytesPerSecond() {
        return compactionBytesPerSecond;
    }

    /**
     * Sets how fast compaction may be.
     *
     * @param compactionBytesPerSecond 64 KiB or more
     */
    public LogOptions setCompactionBytesPerSecond(long compactionBytesPerSecond) {
        this.compactionBytesPerSecond = compactionBytesPerSecond;
        return this;
    }

    /**
     * Directory of the backups that clients of a server may ask for, on the machine of the log. Empty by default, and then they
     * are refused. Clients never name a directory.
     */
    public String getBackupDirectory() {
        return backupDirectory;
    }

    /**
     * Sets the directory of backups.
     *
     * @param backupDirectory a path, which is created when it is needed, or empty for none
     */
    public LogOptions setBackupDirectory(String backupDirectory) {
        this.backupDirectory = Limits.requireGiven("backupDirectory", backupDirectory);
        return this;
    }

    @Override
    public LogOptions setMaxEventBytes(int maxEventBytes) {
        super.setMaxEventBytes(maxEventBytes);
        return this;
    }

    @Override
    public void validate() {
        super.validate();
        Limits.require("shards", shards, 0, MAX_SHARDS);
        Limits.require("journalFileBytes", journalFileBytes, 32 << 10, 1 << 30);
        Limits.require("journalGroupBytes", journalGroupBytes, 4 << 10, 16 << 20);
        Limits.require("tailBytes", tailBytes, 64 << 10, 1L << 40);
        Limits.require("queuedBytes", queuedBytes, 64 << 10, 1 << 30);
        Limits.require("maxParcelBytes", maxParcelBytes, 64 << 10, 64 << 20);
        Limits.require("writersPerPartition", writersPerPartition, 1, 1_000_000);
        Limits.require("forceIntervalMillis", forceIntervalMillis, 1, 60_000);
        if (maxSubscriberIdleMillis != 0) {
            Limits.require("maxSubscriberIdleMillis", maxSubscriberIdleMillis, 3_600_000, 10L * 365 * 86_400_000);
        }
        Limits.require("retentionIntervalMillis", retentionIntervalMillis, 10, 3_600_000);
        Limits.require("sectionBytes", sectionBytes, 4 << 10, 512 << 20);
        Limits.require("compactionBytesPerSecond", compactionBytesPerSecond, 64 << 10, 1L << 40);
    }

    @Override
    public JsonObject toJson() {
        return super.toJson()
                .put("shards", shards)
                .put("journalFileBytes", journalFileBytes)
                .put("journalGroupBytes", journalGroupBytes)
                .put("tailBytes", tailBytes)
                .put("queuedBytes", queuedBytes)
                .put("maxParcelBytes", maxParcelBytes)
                .put("writersPerPartition", writersPerPartition)
                .put("forceIntervalMillis", forceIntervalMillis)
                .put("maxSubscriberIdleMillis", maxSubscriberIdleMillis)
                .put("retentionIntervalMillis", retentionIntervalMillis)
                .put("sectionBytes", sectionBytes)
                .put("compactionBytesPerSecond", compactionBytesPerSecond)
                .put("backupDirectory", backupDirectory);
    }
}
