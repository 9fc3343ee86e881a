package io.strandline.log.impl.chunk;

import io.strandline.log.spi.ChunkStorage;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The key directories that were used last, up to a number of bytes. Like {@link SectionIndexCache}, it keeps futures. But
 * the size of a directory is known only from its index. So a directory that is being loaded does not count, and each
 * reader loads one at a time.
 *
 * <p>Belongs to one shard's executor. The futures complete on a thread of the storage.
 */
final class KeyDirectoryCache {

    /** What a directory takes beside its own bytes and the index that it holds on to, roughly. */
    private static final int ENTRY_OVERHEAD_BYTES = 512;

    private final ChunkStorage storage;
    private final SectionIndexCache indexes;
    private final long maxBytes;
    private final Map<ChunkSection, Loaded> directories = new LinkedHashMap<>(16, 0.75f, true);

    /** Those whose size is not counted yet. */
    private final ArrayDeque<Loaded> uncounted = new ArrayDeque<>();

    private long bytes;

    /**
     * How the events of a key are found in a section.
     *
     * @param directory null if its chunk was written without a key index
     */
    record SectionKeys(SectionIndex index, @Nullable KeyDirectory directory) {}

    /** A directory, under way or there. */
    private static final class Loaded {

        private final ChunkSection section;
        private final Future<SectionKeys> directory;
        private long counted;

        Loaded(ChunkSection section, Future<SectionKeys> directory) {
            this.section = section;
            this.directory = directory;
        }
    }

    /**
     * An empty cache.
     *
     * @param maxBytes most bytes of directories kept, beside those being loaded
     */
    KeyDirectoryCache(ChunkStorage storage, SectionIndexCache indexes, long maxBytes) {
        this.storage = storage;
        this.indexes = indexes;
        this.maxBytes = maxBytes;
    }

    /** The directory of a section. Fails with Corrupt if it is damaged, and is loaded again after any failure. */
    Future<SectionKeys> get(ChunkSection section) {
        count();
        Loaded kept = directories.get(section);
        if (kept != null && !kept.directory.failed()) {
            return kept.directory;
        }
        Loaded loaded = new Loaded(section, indexes.get(section).compose(index -> load(section, index)));
        if (kept != null) {
            bytes -= kept.counted;
        }
        directories.put(section, loaded);
        uncounted.add(loaded);
        return loaded.directory;
    }

    private Future<SectionKeys> load(ChunkSection section, SectionIndex index) {
        if (!index.hasKeyIndex()) {
            return Future.succeededFuture(new SectionKeys(index, null));
        }
        return ChunkReader.readPart(
                        storage, section, index.keyDirectoryPosition(), index.keyDirectoryBytes(), section.baseOffset())
                .map(read -> new SectionKeys(index, KeyDirectory.of(section, index, read)));
    }

    /** Bytes that the kept directories took when it was last asked for one, roughly. */
    long bytes() {
        return bytes;
    }

    private void count() {
        for (int left = uncounted.size(); left > 0; left--) {
            Loaded loaded = uncounted.remove();
            if (!loaded.directory.isComplete()) {
                uncounted.add(loaded);
            } else if (directories.get(loaded.section) == loaded) {
                loaded.counted = weight(loaded);
                bytes += loaded.counted;
            }
        }
        Iterator<Loaded> eldestFirst = directories.values().iterator();
        while (bytes > maxBytes && directories.size() > 1) {
            bytes -= eldestFirst.next().counted;
            eldestFirst.remove();
        }
    }

    private static long weight(Loaded loaded) {
        long held = ENTRY_OVERHEAD_BYTES;
        if (loaded.directory.succeeded() && loaded.directory.result().directory() != null) {
            held += loaded.section.indexBytes()
                    + loaded.directory.result().index().keyDirectoryBytes();
        }
        return held;
    }
}
