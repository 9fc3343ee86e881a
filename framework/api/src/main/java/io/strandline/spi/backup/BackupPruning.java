package io.strandline.spi.backup;

import java.util.List;

/**
 * What a removal of old points removes, and what it leaves. Names of points, the oldest first.
 *
 * @param removed points that are removed. All of them are older than those that are kept
 * @param kept points that are kept
 * @param damaged those that are kept and were found damaged: their manifest cannot be read, or a file is missing or has another length.
 *     No chunk is deleted while a manifest cannot be read
 * @param freedBytes length of the files that are deleted
 */
public record BackupPruning(List<String> removed, List<String> kept, List<String> damaged, long freedBytes) {

    public BackupPruning {
        removed = List.copyOf(removed);
        kept = List.copyOf(kept);
        damaged = List.copyOf(damaged);
    }
}
