package io.strandline.log.impl.state;

import io.strandline.KeyRange;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.HeldArrays;
import io.strandline.log.impl.chunk.SectionTiers;
import io.strandline.log.spi.LogRules;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One partition as its shard has applied it: durable, and so what readers may see (A3). What is queued ahead of that is in
 * {@link NumberedPartition}, which is the same object. Only those who number batches have that type.
 */
public abstract sealed class Partition permits NumberedPartition {

    /** Most ranges of one partition. Each range remembers its writers by itself. */
    public static final int MAX_RANGES = 256;

    final long id;
    final KeyRange keys;

    /** One table for each range of keys, in ascending order. Fixed when the partition is opened. */
    final WriterTable[] tables;

    private long startOffset;
    private long endOffset;
    private long lastStamp;

    /** The partition takes no more events: its end offset is final. */
    private boolean sealed;

    /** The newest claim, or null if any writer may append. */
    private @Nullable Claim claim;

    /** Bytes of all batches that were applied in this life of the shard. */
    private long appliedBytes;

    /** Everything before this offset is in chunks. */
    private long flushedOffset;

    /** Batches that are not yet in chunks. */
    final BatchRun tail;

    /** What is in chunks, in ascending order of offsets. */
    final List<ChunkSection> sections = new ArrayList<>();

    /** Who waits at the end, by the future that it was given. */
    final Map<Future<ReadSlice>, Waiter> waiters = new LinkedHashMap<>(2);

    /** True while the partition is in the shard's list of those with something to flush. */
    boolean dirty;

    /** The journal checkpoint that has not captured the partition yet, or null. */
    @Nullable
    Capture capture;

    /**
     * Which partitions it shares a chunk with: 0, or a number that retention gave it. A hint in memory alone.
     */
    int chunkGroup;

    /** True while the partition is in the shard's line of those with sections to merge. */
    boolean isUnmerged;

    /** How its sections may be merged; set by retention, in memory alone. */
    SectionTiers.@Nullable Limits mergeLimits;

    /**
     * When its ends were seen, while its stamps are ahead of the clock; noted by retention where a rule bounds the
     * stream, in memory alone.
     */
    @Nullable
    SeenEnds seenEnds;

    /** Takes partitions as they are at one moment; a journal checkpoint does. */
    public interface Capture {

        /** Takes a partition before its first change. */
        void take(Partition partition);
    }

    /** @param memory holds the arrays of its batches */
    Partition(long id, KeyRange keys, WriterTable[] tables, HeldArrays memory) {
        this.id = id;
        this.keys = keys;
        this.tables = tables;
        this.tail = new BatchRun(memory);
    }

    public BatchRun tail() {
        return tail;
    }

    public List<ChunkSection> sections() {
        return sections;
    }

    public long startOffset() {
        return startOffset;
    }

    /**
     * When its ends were seen, while its stamps are ahead of the clock; noted by retention where a rule bounds the
     * stream, in memory alone.
     */
    public @Nullable SeenEnds seenEnds() {
        return seenEnds;
    }

    public long endOffset() {
        return endOffset;
    }

    public long id() {
        return id;
    }

    public SectionTiers.@Nullable Limits mergeLimits() {
        return mergeLimits;
    }

    public int chunkGroup() {
        return chunkGroup;
    }

    public boolean sealed() {
        return sealed;
    }

    public Map<Future<ReadSlice>, Waiter> waiters() {
        return waiters;
    }

    public WriterTable[] tables() {
        return tables;
    }

    public long appliedBytes() {
        return appliedBytes;
    }

    public KeyRange keys() {
        return keys;
    }

    public long lastStamp() {
        return lastStamp;
    }

    public long flushedOffset() {
        return flushedOffset;
    }

    /** The newest claim, or null if any writer may append. */
    public @Nullable Claim claim() {
        return claim;
    }

    /** The journal checkpoint that has not captured the partition yet, or null. */
    public @Nullable Capture capture() {
        return capture;
    }

    /** When an event was appended at the latest, in milliseconds since 1970: its stamp, unless that is ahead of the clock. */
    public long timeOf(long stamp, long afterEvent, Moment now) {
        return seenEnds == null ? stamp : seenEnds.timeOf(stamp, afterEvent, now);
    }

    /** Takes what a journal checkpoint says of offsets and stamps. */
    public void restore(boolean isSealed, long start, long end, long stamp, long flushed) {
        sealed = isSealed;
        startOffset = start;
        endOffset = end;
        lastStamp = stamp;
        flushedOffset = flushed;
    }

    /** Lets a journal checkpoint take the partition before its next change. */
    public void captureBy(Capture next) {
        capture = next;
    }

    /** Says with which partitions it shares chunks and how its sections may be merged. */
    public void retain(int group, SectionTiers.@Nullable Limits limits) {
        chunkGroup = group;
        mergeLimits = limits;
    }

    /** Notes that its ends were seen now, because its stamps are ahead of the clock. */
    public void noteEnds(Moment now) {
        if (seenEnds == null) {
            seenEnds = new SeenEnds();
        }
        seenEnds.note(startOffset, endOffset, now.nanos());
    }

    /** Forgets noted ends that say nothing of the events that are left. */
    public void forgetEnds() {
        if (seenEnds != null && !seenEnds.coversFrom(startOffset)) {
            seenEnds = null;
        }
    }

    /** To be called before anything of the applied state changes that a journal checkpoint holds. */
    public void beforeChange() {
        Capture waiting = capture;
        if (waiting != null) {
            capture = null;
            waiting.take(this);
        }
    }

    /** Takes the newest claim. */
    void claimBy(@Nullable Claim newest) {
        claim = newest;
    }

    /** Takes no more events. */
    void seal() {
        sealed = true;
    }

    /** Begins later. */
    void truncateTo(long offset) {
        startOffset = offset;
    }

    /** Has everything before an offset in chunks. */
    void flushedTo(long offset) {
        flushedOffset = Math.max(flushedOffset, offset);
    }

    /** Begins with the stamp of the partitions that it succeeds. */
    void inheritStamp(long stamp) {
        lastStamp = stamp;
    }

    void forget(long writer) {
        for (WriterTable table : tables) {
            // While the partition inherits, some are missing.
            if (table != null && table.writers.containsKey(writer)) {
                beforeChange();
                table.forget(writer);
            }
        }
    }

    /** Takes a durable batch: readers see it from now on. */
    void apply(int arrayNumber, byte[] bytes, int at) {
        beforeChange();
        remember(bytes, at);
        tail.add(arrayNumber, bytes, at);
    }

    /** Takes what a durable batch says of offsets and of its writer, without its events. */
    private void remember(byte[] bytes, int at) {
        int count = Batch.count(bytes, at);
        endOffset = Batch.offset(bytes, at) + count;
        lastStamp = Batch.stamp(bytes, at);
        appliedBytes += Batch.length(bytes, at);
        tables[Batch.range(bytes, at)].apply(bytes, at, id, endOffset - 1, lastStamp);
    }

    /**
     * Copies what the partition leaves when it is sealed. To be called on its shard's executor. If the stamp of a writer
     * is ahead of the clock, the writer is inherited with the time of its last contact instead, so that idle writers are
     * forgotten in time.
     */
    public Inheritance inheritance(Moment now, LogRules rules) {
        List<Inheritance.Range> ranges = new ArrayList<>(tables.length);
        for (WriterTable table : tables) {
            ranges.add(Inheritance.Range.of(table, writer -> writer.contactMillis(now), rules::isInherited));
        }
        return new Inheritance(id, endOffset, lastStamp, claim == null ? 0 : claim.generation(), ranges);
    }

    /** What a read at the end finds. */
    public ReadSlice nothing() {
        return new ReadSlice(startOffset, endOffset, sealed, List.of());
    }

    /** The section that holds an offset below {@link #flushedOffset}, or null if it was removed. */
    public @Nullable ChunkSection section(long offset) {
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

    /** Number of sections that end at or before an offset. */
    int sectionsBefore(long offset) {
        int low = 0;
        int high = sections.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sections.get(middle).endOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** A view of the sections that lie between two offsets. */
    List<ChunkSection> sectionsBetween(long fromOffset, long endOffset) {
        int from = sectionsBefore(fromOffset);
        while (from < sections.size() && sections.get(from).baseOffset() < fromOffset) {
            from++;
        }
        return sections.subList(from, Math.max(from, sectionsBefore(endOffset)));
    }

    /**
     * Index of the first section whose last stamp is at or above a given one, or the number of sections if there is none.
     */
    public int sectionOfStamp(long stamp) {
        int low = 0;
        int high = sections.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sections.get(middle).lastStamp() < stamp) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Offset of the first event in memory, or the end if there is none. */
    public long tailOffset() {
        return tail.isEmpty() ? endOffset : tail.baseOffset(0);
    }
}
