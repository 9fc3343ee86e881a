package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Checks that the chunks which the state of a shard names are there in full, as far as a list of the storage says. */
public final class NamedChunks {

    /** Chunks that a message names. The message counts the others. */
    private static final int MAX_NAMED = 8;

    private NamedChunks() {}

    /**
     * Checks the chunks of a shard.
     *
     * @param sizes size in bytes of each object that the storage has, by name
     * @throws StrandlineException.Corrupt naming those that are missing or too short
     */
    public static void require(ShardState state, Map<String, Long> sizes) {
        Map<ChunkId, Long> found = new HashMap<>();
        sizes.forEach((name, size) -> {
            ChunkId id = ChunkId.parse(name);
            if (id != null) {
                found.put(id, size);
            }
        });
        Map<String, String> defects = new TreeMap<>();
        for (Partition partition : state.partitions().values()) {
            for (ChunkSection section : partition.sections()) {
                String defect = defect(section, found.get(section.chunk()));
                if (defect != null) {
                    defects.putIfAbsent(section.chunk().objectName(), defect);
                }
            }
        }
        if (!defects.isEmpty()) {
            throw corrupt(state.shard(), defects);
        }
    }

    private static @Nullable String defect(ChunkSection section, @Nullable Long size) {
        long least = section.indexPosition() + section.indexBytes();
        if (size == null) {
            return "is missing";
        }
        return size < least ? "has " + size + " bytes instead of at least " + least : null;
    }

    private static StrandlineException.Corrupt corrupt(int shard, Map<String, String> defects) {
        StringBuilder named = new StringBuilder();
        defects.entrySet().stream().limit(MAX_NAMED).forEach(entry -> named.append(named.isEmpty() ? "" : ", ")
                .append(entry.getKey())
                .append(' ')
                .append(entry.getValue()));
        if (defects.size() > MAX_NAMED) {
            named.append(", and ").append(defects.size() - MAX_NAMED).append(" more");
        }
        return new StrandlineException.Corrupt("shard " + shard + " lacks chunks that its journal names: " + named
                + "; the log was not opened: restore them from a backup to "
                + ShardDirectories.chunks(shard));
    }
}
