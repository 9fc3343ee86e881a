package io.strandline.log.impl.chunk;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Contents of the chunks of a shard: which sections refer to each chunk, how large the chunk is, and how much of it is
 * live. A chunk that no section refers to is given up.
 *
 * <p>If truncation removed a part of a section, the section counts as live in proportion to the events that are left.
 */
public final class ChunkSpace {

    private final Map<ChunkId, Chunk> chunks = new HashMap<>();

    /** Chunks that are less than half live. */
    private final Set<Chunk> wasteful = new LinkedHashSet<>();

    private final Consumer<ChunkId> unreferenced;
    private long fileBytes;
    private long liveBytes;

    /** @param unreferenced called with each chunk that no section refers to any more */
    public ChunkSpace(Consumer<ChunkId> unreferenced) {
        this.unreferenced = unreferenced;
    }

    /** One chunk. */
    public static final class Chunk {

        final ChunkId id;
        private long[] partitions = new long[1];
        private int added;
        private int sections;
        private long fileBytes = ChunkFormat.HEADER_BYTES;
        private long liveBytes;

        /**
         * Live bytes when compaction wrote the chunk. Rewriting it cannot improve on that. -1 if a flush wrote the chunk.
         */
        private long settledBytes = -1;

        private Chunk(ChunkId id) {
            this.id = id;
        }

        public ChunkId id() {
            return id;
        }

        /** Bytes on disk, as far as they are known. */
        public long fileBytes() {
            return fileBytes;
        }

        long liveBytes() {
            return liveBytes;
        }

        /** The partitions that had a section here, in ascending order. */
        public long[] partitions() {
            return Arrays.stream(partitions, 0, added).sorted().distinct().toArray();
        }

        private void add(ChunkSection section) {
            if (added == partitions.length) {
                partitions = Arrays.copyOf(partitions, added * 2);
            }
            partitions[added++] = section.partition();
            sections++;
        }
    }

    /** Bytes of a section that are alive in a partition that starts at an offset. */
    public static long liveBytes(ChunkSection section, long startOffset) {
        if (startOffset <= section.baseOffset()) {
            return section.storedBytes();
        }
        long events = section.endOffset() - section.baseOffset();
        long left = Math.max(0, section.endOffset() - startOffset);
        return (long) ((double) section.storedBytes() * left / events);
    }

    /** Counts a section, all of it alive. */
    public void add(ChunkSection section) {
        Chunk chunk = chunks.computeIfAbsent(section.chunk(), Chunk::new);
        if (chunk.sections == 0) {
            fileBytes += chunk.fileBytes;
        }
        chunk.add(section);
        chunk.fileBytes += section.storedBytes();
        chunk.liveBytes += section.storedBytes();
        fileBytes += section.storedBytes();
        liveBytes += section.storedBytes();
        sort(chunk);
    }

    /** Counts a part of a section as dead. */
    public void shrink(ChunkSection section, long bytes) {
        Chunk chunk = known(section);
        chunk.liveBytes -= bytes;
        liveBytes -= bytes;
        sort(chunk);
    }

    /**
     * Forgets a section.
     *
     * @param bytes how much of it was still counted as alive
     */
    public void release(ChunkSection section, long bytes) {
        Chunk chunk = known(section);
        chunk.liveBytes -= bytes;
        liveBytes -= bytes;
        chunk.sections--;
        if (chunk.sections > 0) {
            sort(chunk);
            return;
        }
        chunks.remove(chunk.id);
        wasteful.remove(chunk);
        fileBytes -= chunk.fileBytes;
        unreferenced.accept(chunk.id);
    }

    private Chunk known(ChunkSection section) {
        Chunk chunk = chunks.get(section.chunk());
        if (chunk == null) {
            throw new IllegalStateException("no section refers to the chunk of " + section);
        }
        return chunk;
    }

    private void sort(Chunk chunk) {
        long whole = chunk.settledBytes < 0 ? chunk.fileBytes : chunk.settledBytes;
        if (chunk.liveBytes < whole / 2) {
            wasteful.add(chunk);
        } else {
            wasteful.remove(chunk);
        }
    }

    /**
     * Sets the size of a chunk on disk. Before that, a chunk counts with the size that its sections had when they were
     * counted.
     */
    public void measured(ChunkId id, long bytes) {
        Chunk chunk = chunks.get(id);
        if (chunk != null) {
            fileBytes += bytes - chunk.fileBytes;
            chunk.fileBytes = bytes;
            sort(chunk);
        }
    }

    /** Takes what is alive of a chunk as all that there is to be had. */
    public void settle(ChunkId id) {
        Chunk chunk = chunks.get(id);
        if (chunk != null) {
            chunk.settledBytes = chunk.liveBytes;
            sort(chunk);
        }
    }

    public boolean refersTo(ChunkId id) {
        return chunks.containsKey(id);
    }

    public Collection<Chunk> chunks() {
        return chunks.values();
    }

    /** The chunks that are less than half live. The chunk that has been so for the longest time is first. */
    public Collection<Chunk> wasteful() {
        return wasteful;
    }

    /** Bytes of all chunks on disk, as far as they are known. */
    public long fileBytes() {
        return fileBytes;
    }

    /** Bytes of all chunks that are alive. */
    public long liveBytes() {
        return liveBytes;
    }

    public long deadBytes() {
        return fileBytes - liveBytes;
    }
}
