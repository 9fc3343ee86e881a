package io.strandline.log;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.strandline.KeyRange;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One partition as its shard sees it. */
final class Partition {

    final long id;
    final KeyRange keys;

    /** Numbered: the offset that the next batch gets, and the newest stamp given. */
    long nextOffset;

    long numberedStamp;

    /** Numbered: set when the frame that drops the partition is queued. */
    boolean dropping;

    /** Applied, and so durable: what readers see. */
    long startOffset;

    long endOffset;
    long lastStamp;

    /** Everything before this offset is in chunks. */
    long flushedOffset;

    /** Batches that are not yet in chunks. */
    final BatchRun tail = new BatchRun();

    /** What is in chunks, in ascending order of offsets. */
    final List<ChunkSection> sections = new ArrayList<>();

    final LongObjectMap<WriterEntry> writers = new LongObjectHashMap<>(2);

    /** Who waits at the end, by the future that it was given. */
    final Map<Future<ReadSlice>, Waiter> waiters = new LinkedHashMap<>(2);

    /** True while the partition stands in the shard's list of those with something to flush. */
    boolean dirty;

    private long recentWriter;
    private @Nullable WriterEntry recentEntry;

    Partition(long id, KeyRange keys) {
        this.id = id;
        this.keys = keys;
    }

    /** The entry of a writer, or null if it never wrote here. */
    @Nullable
    WriterEntry entry(long writer) {
        if (recentEntry != null && recentWriter == writer) {
            return recentEntry;
        }
        WriterEntry entry = writers.get(writer);
        if (entry != null) {
            recentWriter = writer;
            recentEntry = entry;
        }
        return entry;
    }

    WriterEntry entryOrNew(long writer) {
        WriterEntry entry = entry(writer);
        if (entry == null) {
            entry = new WriterEntry();
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

    /** Newest number of an anonymous writer that was forgotten here, or {@link Long#MIN_VALUE}. */
    long forgottenUpTo = Long.MIN_VALUE;

    /** Forgets anonymous writers whose newest event is durable and older than a stamp. */
    void forgetAnonymousBefore(long stamp) {
        List<Long> idle = new ArrayList<>();
        for (LongObjectMap.PrimitiveEntry<WriterEntry> entry : writers.entries()) {
            WriterEntry writer = entry.value();
            if (entry.key() < 0 && writer.lastStamp < stamp && writer.appliedOffset == writer.lastOffset) {
                idle.add(entry.key());
            }
        }
        for (long writer : idle) {
            forgottenUpTo = Math.max(forgottenUpTo, writer);
            forget(writer);
        }
    }

    /** Takes a durable batch: readers see it from now on. */
    void apply(byte[] bytes, int at) {
        remember(bytes, at);
        tail.add(bytes, at);
    }

    /** Takes what a durable batch says of offsets and of its writer, without its events. */
    private void remember(byte[] bytes, int at) {
        int count = Batch.count(bytes, at);
        endOffset = Batch.offset(bytes, at) + count;
        lastStamp = Batch.stamp(bytes, at);
        WriterEntry entry = entryOrNew(Batch.writer(bytes, at));
        entry.appliedEpoch = Batch.epoch(bytes, at);
        entry.appliedMajor = Batch.getLong(bytes, at + Batch.LAST_MAJOR);
        entry.appliedMinor = Batch.getLong(bytes, at + Batch.LAST_MINOR);
        entry.appliedOffset = endOffset - 1;
        entry.appliedDigest = Batch.getLong(bytes, at + Batch.DIGEST);
        entry.lastStamp = lastStamp;
    }

    /** The section that holds an offset below {@link #flushedOffset}, or null if it was removed. */
    @Nullable
    ChunkSection section(long offset) {
        int low = 0;
        int high = sections.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            ChunkSection section = sections.get(middle);
            if (offset < section.baseOffset()) {
                high = middle - 1;
            } else if (offset >= section.endOffset()) {
                low = middle + 1;
            } else {
                return section;
            }
        }
        return null;
    }

    /** Offset of the first event in memory, or the end if there is none. */
    long tailOffset() {
        return tail.isEmpty() ? endOffset : tail.baseOffset(0);
    }
}
