package io.strandline.log.impl.state;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkSpace;
import io.strandline.log.impl.chunk.HeldArrays;
import io.strandline.log.impl.chunk.Replacement;
import io.strandline.spi.Batch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The applied state of a shard: what follows from its durable frames, and nothing else. Live frames and replayed ones go
 * through the same methods, in the order of their numbers. A change of a partition calls {@link Partition#beforeChange} first.
 */
public final class ShardState {

    final int shard;
    private final LongObjectMap<NumberedPartition> partitions = new LongObjectHashMap<>();

    /** Partitions that have not inherited all of their ranges yet. They take no events, and nobody sees them. */
    private final LongObjectMap<NumberedPartition> opening = new LongObjectHashMap<>();

    /** Named writer → lowest epoch that may still write. */
    final LongObjectMap<Integer> raised = new LongObjectHashMap<>();

    /** Partitions of exclusive streams, also those that are opened next. */
    final LongObjectMap<Claim> claims = new LongObjectHashMap<>();

    /** Empty in all shards but the first. */
    final CatalogState catalog = new CatalogState();

    /** Transactions whose home is this shard. */
    final TransactionState transactions = new TransactionState();

    /** Number of the newest frame that is in this state. */
    long appliedFrame;

    /** Frames after the newest checkpoint, which recovery applied one by one. */
    long recoveredFrames;

    /** Batches of frames up to this one were in chunks when the shard was recovered. 0 if none was known. */
    private long recoveredFlushedUpToFrame;

    /** The arrays of all batches that are in memory. */
    final HeldArrays memory = new HeldArrays();

    private final ChunkSpace space;
    private List<Partition> dirty = new ArrayList<>();
    private long unflushedBytes;

    /** Partitions whose sections may have to be merged, in the order in which they became candidates. */
    private final ArrayDeque<Partition> unmerged = new ArrayDeque<>();

    /** @param unreferenced hears of chunks that no section refers to any more */
    public ShardState(int shard, Consumer<ChunkId> unreferenced) {
        this.shard = shard;
        this.space = new ChunkSpace(unreferenced);
    }

    public LongObjectMap<? extends Partition> partitions() {
        return partitions;
    }

    public CatalogState catalog() {
        return catalog;
    }

    public int shard() {
        return shard;
    }

    public long appliedFrame() {
        return appliedFrame;
    }

    public HeldArrays memory() {
        return memory;
    }

    public long recoveredFrames() {
        return recoveredFrames;
    }

    public long recoveredFlushedUpToFrame() {
        return recoveredFlushedUpToFrame;
    }

    public LongObjectMap<? extends Partition> opening() {
        return opening;
    }

    public LongObjectMap<Integer> raised() {
        return raised;
    }

    public LongObjectMap<Claim> claims() {
        return claims;
    }

    public TransactionState transactions() {
        return transactions;
    }

    /** What the chunks hold. */
    public ChunkSpace space() {
        return space;
    }

    /** The next partition whose sections may have to be merged, or null if there is none. */
    public @Nullable Partition pollUnmerged() {
        Partition next = unmerged.poll();
        if (next != null) {
            next.isUnmerged = false;
        }
        return next;
    }

    public boolean hasUnmerged() {
        return !unmerged.isEmpty();
    }

    /** The sections of a partition are to be looked at again. */
    public void sectionsChanged(Partition partition) {
        if (!partition.isUnmerged && partition.sections.size() > 1) {
            partition.isUnmerged = true;
            unmerged.add(partition);
        }
    }

    /** Bytes of events in memory that are not yet in chunks. */
    public long unflushedBytes() {
        return unflushedBytes;
    }

    public @Nullable Partition partition(long id) {
        return partitions.get(id);
    }

    /** As {@link #partition}, for those who number batches. */
    @Nullable
    NumberedPartition numbered(long id) {
        return partitions.get(id);
    }

    public boolean refersTo(ChunkId chunk) {
        return space.refersTo(chunk);
    }

    public void apply(Partition partition, byte[] bytes, int at) {
        apply(partition, memory.holdOne(bytes), bytes, at);
    }

    /**
     * Applies a durable batch.
     *
     * @param arrayNumber the number of the array, which is held for this batch already
     */
    public void apply(Partition partition, int arrayNumber, byte[] bytes, int at) {
        partition.apply(arrayNumber, bytes, at);
        keepInMemory(partition, bytes, at);
    }

    private void keepInMemory(Partition partition, byte[] bytes, int at) {
        unflushedBytes += Batch.length(bytes, at);
        if (!partition.dirty) {
            partition.dirty = true;
            dirty.add(partition);
        }
    }

    /** Applies the batches of a replayed frame. */
    public void replayBatches(byte[] body) {
        for (int at = 0; at < body.length; at += Batch.length(body, at)) {
            Partition partition = partitions.get(Batch.partition(body, at));
            if (partition == null) {
                throw new StrandlineException.Corrupt("replayed batch of partition " + Batch.partition(body, at)
                        + " in shard " + shard + ", which has no such partition");
            }
            if (Batch.offset(body, at) != partition.endOffset()) {
                throw new StrandlineException.Corrupt(
                        "replayed batch of partition " + partition.id + " begins at offset " + Batch.offset(body, at)
                                + ", the partition ends at " + partition.endOffset());
            }
            if (Batch.range(body, at) >= partition.tables.length) {
                throw new StrandlineException.Corrupt("replayed batch of partition " + partition.id + " is of range "
                        + Batch.range(body, at) + ", the partition has " + partition.tables.length);
            }
            apply(partition, body, at);
        }
    }

    /**
     * Takes the batches of a frame whose effect the state has already, for their events alone: those that are not in
     * chunks yet go into memory again.
     */
    public void replayUnflushed(byte[] body) {
        for (int at = 0; at < body.length; at += Batch.length(body, at)) {
            Partition partition = partitions.get(Batch.partition(body, at));
            if (partition == null) {
                continue;
            }
            long end = Batch.offset(body, at) + Batch.count(body, at);
            if (end > Math.max(partition.flushedOffset(), partition.startOffset())) {
                partition.tail.add(body, at);
                keepInMemory(partition, body, at);
            }
        }
    }

    /** Checks that every event of every partition is either in a chunk or in memory. */
    public void requireComplete() {
        for (Partition partition : partitions.values()) {
            long expected = Math.max(partition.flushedOffset(), partition.startOffset());
            for (int i = 0; i < partition.tail.size(); i++) {
                long base = partition.tail.baseOffset(i);
                long end = base + Batch.count(partition.tail.array(i), partition.tail.at(i));
                // Only the first may begin earlier: truncation cuts between events, not between batches.
                if (i == 0 ? base > expected : base != expected) {
                    throw incomplete(partition, expected, base);
                }
                expected = end;
            }
            if (expected != partition.endOffset()) {
                throw incomplete(partition, expected, partition.endOffset());
            }
        }
    }

    private StrandlineException.Corrupt incomplete(Partition partition, long from, long to) {
        return new StrandlineException.Corrupt("shard " + shard + ": the journal lacks the events of partition "
                + partition.id + " from offset " + from + " to " + to
                + ", which are in no chunk either; a journal file is missing: restore it from a backup");
    }

    /** The partitions that have events in memory, to be flushed. */
    public List<Partition> dirtyPartitions() {
        List<Partition> still = new ArrayList<>();
        for (Partition partition : dirty) {
            if (partition.tail.isEmpty() || partitions.get(partition.id) != partition) {
                partition.dirty = false;
            } else {
                still.add(partition);
            }
        }
        dirty = still;
        return List.copyOf(still);
    }

    public void open(long id, KeyRange keys) {
        if (!partitions.containsKey(id)) {
            add(new NumberedPartition(id, keys, memory));
        }
    }

    private void add(NumberedPartition partition) {
        partition.claimBy(claims.get(partition.id));
        partition.numberedIsApplied();
        partitions.put(partition.id, partition);
    }

    /**
     * Adds a partition that a journal checkpoint has. The numbered state follows when the replay is over.
     *
     * @param isOpening true if it had not inherited all of its ranges
     */
    public Partition restore(long id, KeyRange keys, WriterTable[] tables, boolean isOpening) {
        NumberedPartition partition = new NumberedPartition(id, keys, tables, memory);
        (isOpening ? opening : partitions).put(id, partition);
        return partition;
    }

    /** Takes over one of the ranges of a partition. With the last range, the partition takes events. */
    public void inherit(long id, KeyRange keys, long lastStamp, int index, int count, Inheritance.Range range) {
        if (partitions.containsKey(id)) {
            return;
        }
        NumberedPartition partition = opening.get(id);
        if (partition == null) {
            partition = new NumberedPartition(id, keys, new WriterTable[count], memory);
            partition.inheritStamp(lastStamp);
            opening.put(id, partition);
        }
        partition.beforeChange();
        partition.tables[index] = range.toTable();
        if (Arrays.stream(partition.tables).allMatch(Objects::nonNull)) {
            opening.remove(id);
            add(partition);
        }
    }

    /** The latest claim counts, in whatever order a saga repeats its steps. */
    public void claim(long id, Claim claim) {
        Claim known = claims.get(id);
        Claim newest = known == null ? claim : known.or(claim);
        claims.put(id, newest);
        Partition partition = partitions.get(id);
        if (partition != null) {
            partition.claimBy(newest);
        }
    }

    /** A partition takes no more events. Readers that wait at its end learn that no more events come. */
    public void seal(long id) {
        Partition partition = partitions.get(id);
        if (partition == null) {
            return;
        }
        partition.beforeChange();
        partition.seal();
        List<Waiter> waiting = List.copyOf(partition.waiters.values());
        partition.waiters.clear();
        waiting.forEach(waiter -> waiter.leave(partition.nothing()));
    }

    public void drop(long id) {
        claims.remove(id);
        Partition unfinished = opening.get(id);
        if (unfinished != null) {
            unfinished.beforeChange();
            opening.remove(id);
        }
        Partition partition = partitions.get(id);
        if (partition == null) {
            return;
        }
        partition.beforeChange();
        partitions.remove(id);
        unflushedBytes -= partition.tail.removeUnstored(partition.endOffset());
        partition.sections.forEach(section -> release(partition, section));
        partition.waiters.values().forEach(waiter -> Answers.fail(waiter.promise(), gone(id)));
    }

    public StrandlineException.NotFound gone(long partition) {
        return new StrandlineException.NotFound("partition " + partition + " does not exist in shard " + shard);
    }

    public void truncate(long id, long startOffset) {
        Partition partition = partitions.get(id);
        if (partition == null || startOffset <= partition.startOffset()) {
            return;
        }
        partition.beforeChange();
        long before = partition.startOffset();
        List<ChunkSection> gone = partition.sections.subList(0, partition.sectionsBefore(startOffset));
        gone.forEach(section -> release(partition, section));
        // All at once: one by one, each would move all that are left.
        gone.clear();
        partition.truncateTo(startOffset);
        unflushedBytes -= partition.tail.removeUnstored(startOffset);
        if (!partition.sections.isEmpty()) {
            ChunkSection first = partition.sections.get(0);
            space.shrink(first, ChunkSpace.liveBytes(first, before) - ChunkSpace.liveBytes(first, startOffset));
        }
    }

    public void addSections(List<ChunkSection> sections) {
        sections.forEach(space::add);
        for (ChunkSection section : sections) {
            Partition partition = partitions.get(section.partition());
            if (partition != null) {
                partition.beforeChange();
            }
            if (partition == null || section.endOffset() <= partition.startOffset()) {
                space.release(section, section.storedBytes());
            } else {
                partition.sections.add(section);
                countDead(partition, section);
                sectionsChanged(partition);
            }
            if (partition != null) {
                partition.flushedTo(section.endOffset());
                unflushedBytes -= partition.tail.removeStored(partition.flushedOffset());
            }
        }
    }

    /** Puts merged sections in the place of those that they were made of. */
    public void replaceSections(List<Replacement> replacements) {
        replacements.forEach(replacement -> space.add(replacement.section()));
        for (Replacement replacement : replacements) {
            ChunkSection section = replacement.section();
            Partition partition = partitions.get(section.partition());
            if (partition == null || section.endOffset() <= partition.startOffset()) {
                // The partition was dropped or truncated while they were merged.
                space.release(section, section.storedBytes());
                continue;
            }
            partition.beforeChange();
            List<ChunkSection> replaced = partition.sectionsBetween(replacement.fromOffset(), section.endOffset());
            replaced.forEach(old -> release(partition, old));
            replaced.clear();
            replaced.add(section);
            countDead(partition, section);
            sectionsChanged(partition);
        }
    }

    /** Counts a section that a journal checkpoint names. */
    public void restoreSection(Partition partition, ChunkSection section) {
        partition.sections.add(section);
        space.add(section);
        countDead(partition, section);
        sectionsChanged(partition);
    }

    /** What was truncated of a section before it was added. */
    private void countDead(Partition partition, ChunkSection section) {
        long dead = section.storedBytes() - ChunkSpace.liveBytes(section, partition.startOffset());
        if (dead > 0) {
            space.shrink(section, dead);
        }
    }

    private void release(Partition partition, ChunkSection section) {
        space.release(section, ChunkSpace.liveBytes(section, partition.startOffset()));
    }

    public void raise(long writer, int epoch) {
        raised.merge(writer, epoch, Math::max);
    }

    public void forget(long writer) {
        raised.remove(writer);
        partitions.values().forEach(partition -> partition.forget(writer));
        opening.values().forEach(partition -> partition.forget(writer));
    }

    /** Frames up to this one are in the state. */
    public void appliedUpTo(long frame) {
        appliedFrame = frame;
    }

    /**
     * Notes what a recovery found.
     *
     * @param lastFrame the last frame
     * @param frames how many frames it applied one by one
     * @param flushedUpToFrame batches of frames up to this one are in chunks. 0 if none is known
     */
    public void recovered(long lastFrame, long frames, long flushedUpToFrame) {
        appliedFrame = lastFrame;
        recoveredFrames = frames;
        recoveredFlushedUpToFrame = flushedUpToFrame;
    }

    /** To be called when a replay is over: nothing is queued, so the numbered state is the applied one. */
    public void numberedIsApplied() {
        partitions.values().forEach(NumberedPartition::numberedIsApplied);
    }
}
