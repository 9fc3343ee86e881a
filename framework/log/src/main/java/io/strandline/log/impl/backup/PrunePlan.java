package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.spi.Disk;
import io.strandline.spi.backup.BackupPruning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which points go when the newest are kept. Looks from the newest to the oldest, and reads one manifest at a time, because there may be
 * thousands of points. Reads no file of a point but its manifest. Used by one thread. Blocks.
 */
final class PrunePlan {

    private final Path root;
    private final Disk disk;
    private final int keep;
    private final long sinceMillis;

    /** Lengths of the shared files, by their directories. */
    private final Map<String, Map<String, Long>> sharedSizes = new HashMap<>();

    private final Set<String> neededChunks = new HashSet<>();
    private final List<String> kept = new ArrayList<>();
    private final List<String> damaged = new ArrayList<>();
    private final List<String> removed = new ArrayList<>();

    /** Points that cannot be read, so that the next older ones decide about them. */
    private final List<String> undecided = new ArrayList<>();

    private int whole;
    private boolean isKeptUnread;
    private long ownBytes;
    private long chunkBytes;

    PrunePlan(Path root, int keep, long sinceMillis) {
        this.root = root;
        this.disk = FileDisk.at(root);
        this.keep = keep;
        this.sinceMillis = sinceMillis;
    }

    BackupPruning make() throws IOException {
        List<String> names = BackupDirectory.names(root);
        for (int newest = names.size() - 1; newest >= 0; newest--) {
            String name = names.get(newest);
            Manifest manifest = readable(name);
            if (whole < keep) {
                keepWhole(name, manifest);
            } else if (manifest == null) {
                undecided.add(name);
            } else if (manifest.stampMillis() >= sinceMillis) {
                keepRecent(manifest);
            } else {
                remove(manifest);
            }
        }
        removed.addAll(undecided);
        return new BackupPruning(
                oldestFirst(removed),
                oldestFirst(kept),
                oldestFirst(damaged),
                ownBytes + (isKeptUnread ? 0 : chunkBytes));
    }

    /** Names sort by time. */
    private static List<String> oldestFirst(List<String> names) {
        Collections.sort(names);
        return names;
    }

    private @Nullable Manifest readable(String name) throws IOException {
        try {
            return BackupDirectory.manifest(root, name);
        } catch (StrandlineException.Corrupt | StrandlineException.Invalid unreadable) {
            return null;
        }
    }

    private void keepWhole(String name, @Nullable Manifest manifest) throws IOException {
        kept.add(name);
        if (manifest == null) {
            isKeptUnread = true;
            damaged.add(name);
            return;
        }
        if (isWhole(manifest)) {
            whole++;
        } else {
            damaged.add(name);
        }
        need(manifest);
    }

    private void keepRecent(Manifest manifest) {
        isKeptUnread |= !undecided.isEmpty();
        kept.addAll(undecided);
        damaged.addAll(undecided);
        undecided.clear();
        kept.add(manifest.name());
        need(manifest);
    }

    private void need(Manifest manifest) {
        manifest.files().keySet().stream().filter(BackupDirectory::isShared).forEach(neededChunks::add);
    }

    /** Each chunk counts once. */
    private void remove(Manifest manifest) {
        removed.add(manifest.name());
        manifest.files().forEach((file, content) -> {
            if (!BackupDirectory.isShared(file)) {
                ownBytes += content.bytes();
            } else if (neededChunks.add(file)) {
                chunkBytes += content.bytes();
            }
        });
    }

    private boolean isWhole(Manifest manifest) throws IOException {
        Map<String, Map<String, Long>> ownSizes = new HashMap<>();
        for (Map.Entry<String, Content> file : manifest.files().entrySet()) {
            int slash = file.getKey().lastIndexOf('/');
            String directory = file.getKey().substring(0, slash);
            String name = file.getKey().substring(slash + 1);
            boolean isShared = BackupDirectory.isShared(file.getKey());
            Long bytes = isShared
                    ? sizes(sharedSizes, directory).get(name)
                    : sizes(ownSizes, BackupDirectory.POINTS + "/" + manifest.name() + "/" + directory)
                            .get(name);
            if (bytes == null || bytes != file.getValue().bytes()) {
                return false;
            }
        }
        return true;
    }

    private Map<String, Long> sizes(Map<String, Map<String, Long>> known, String directory) throws IOException {
        Map<String, Long> sizes = known.get(directory);
        if (sizes == null) {
            sizes = disk.sizes(directory);
            known.put(directory, sizes);
        }
        return sizes;
    }
}
