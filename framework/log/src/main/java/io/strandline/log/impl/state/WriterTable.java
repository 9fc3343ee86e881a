package io.strandline.log.impl.state;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.strandline.KeyRange;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a partition remembers of its writers in one range of its keys. A partition has one such range. A partition that
 * replaced several has the ranges of each, because each knew its writers' last sequences by itself.
 */
public final class WriterTable {

    final KeyRange keys;
    final LongObjectMap<NumberedEntry> writers = new LongObjectHashMap<>(2);

    /** Newest number of an anonymous writer that was forgotten here, or {@link Long#MIN_VALUE}. */
    long forgottenUpTo = Long.MIN_VALUE;

    /** True if every entry has a time of its last contact. */
    private boolean isDated;

    private long recentWriter;
    private @Nullable NumberedEntry recentEntry;

    WriterTable(KeyRange keys) {
        this.keys = keys;
    }

    public KeyRange keys() {
        return keys;
    }

    public long forgottenUpTo() {
        return forgottenUpTo;
    }

    /** The entry of a writer, or null if it never wrote here. */
    public @Nullable WriterEntry entry(long writer) {
        return numbered(writer);
    }

    /** As {@link #entry}, for those who number batches. */
    @Nullable
    NumberedEntry numbered(long writer) {
        if (recentEntry != null && recentWriter == writer) {
            return recentEntry;
        }
        NumberedEntry entry = writers.get(writer);
        if (entry != null) {
            recentWriter = writer;
            recentEntry = entry;
        }
        return entry;
    }

    NumberedEntry entryOrNew(long writer) {
        NumberedEntry entry = numbered(writer);
        if (entry == null) {
            entry = new NumberedEntry();
            writers.put(writer, entry);
            recentWriter = writer;
            recentEntry = entry;
        }
        return entry;
    }

    void forget(long writer) {
        writers.remove(writer);
        recentEntry = null;
    }

    /**
     * Sets the time of the last contact of writers that an earlier life of the shard or another partition knew. To be
     * called before a writer is added, so that a table is dated before it is full.
     */
    void date(Moment now) {
        if (!isDated) {
            isDated = true;
            writers.values().forEach(writer -> writer.date(now));
        }
    }

    /** Forgets anonymous writers that have been idle for more than a time, and whose newest event is durable. */
    void forgetAnonymousIdleFor(long millis, Moment now) {
        List<Long> idle = new ArrayList<>();
        for (LongObjectMap.PrimitiveEntry<NumberedEntry> entry : writers.entries()) {
            NumberedEntry writer = entry.value();
            if (entry.key() < 0 && now.millisSince(writer.contactNanos) > millis && writer.isApplied()) {
                idle.add(entry.key());
            }
        }
        for (long writer : idle) {
            forgottenUpTo = Math.max(forgottenUpTo, writer);
            forget(writer);
        }
    }

    /** Takes what a durable batch of this range says of its writer. */
    void apply(byte[] bytes, int at, long partition, long lastOffset, long stamp) {
        WriterEntry entry = entryOrNew(Batch.writer(bytes, at));
        entry.appliedEpoch = Batch.epoch(bytes, at);
        entry.appliedMajor = LittleEndian.getLong(bytes, at + Batch.LAST_MAJOR);
        entry.appliedMinor = LittleEndian.getLong(bytes, at + Batch.LAST_MINOR);
        entry.appliedPartition = partition;
        entry.appliedOffset = lastOffset;
        entry.appliedDigest = LittleEndian.getLong(bytes, at + Batch.DIGEST);
        entry.lastStamp = stamp;
    }
}
