package io.strandline.log.impl.chunk;

import io.strandline.log.spi.ChunkStorage;
import io.vertx.core.Future;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The section indexes that were used last, up to a number of bytes. The cache keeps futures, which are entered when an
 * index is first requested. So a second reader waits for the same load, the size is known at once, and only the calling
 * thread accesses the map.
 *
 * <p>Belongs to one shard's executor. The futures complete on a thread of the storage.
 */
final class SectionIndexCache {

    /** What an index takes beside its own bytes: its keys, its future and its place in the map, roughly. */
    private static final int ENTRY_OVERHEAD_BYTES = 256;

    private final ChunkStorage storage;
    private final long maxBytes;
    private final Map<ChunkSection, Future<SectionIndex>> indexes = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /**
     * An empty cache.
     *
     * @param maxBytes most bytes of indexes kept. A larger index is kept alone
     */
    SectionIndexCache(ChunkStorage storage, long maxBytes) {
        this.storage = storage;
        this.maxBytes = maxBytes;
    }

    /** The index of a section. Fails with Corrupt if it is damaged, and is loaded again after any failure. */
    Future<SectionIndex> get(ChunkSection section) {
        Future<SectionIndex> kept = indexes.get(section);
        if (kept != null && !kept.failed()) {
            return kept;
        }
        Future<SectionIndex> loaded = ChunkReader.readPart(
                        storage, section, section.indexPosition(), section.indexBytes(), section.baseOffset())
                .map(read -> SectionIndex.of(section, read));
        if (indexes.put(section, loaded) == null) {
            bytes += weight(section);
            dropEldest();
        }
        return loaded;
    }

    /** Bytes that the kept indexes and those being loaded take, roughly. */
    long bytes() {
        return bytes;
    }

    private void dropEldest() {
        Iterator<ChunkSection> eldestFirst = indexes.keySet().iterator();
        while (bytes > maxBytes && indexes.size() > 1) {
            bytes -= weight(eldestFirst.next());
            eldestFirst.remove();
        }
    }

    private static long weight(ChunkSection section) {
        return (long) section.indexBytes() + ENTRY_OVERHEAD_BYTES;
    }
}
