package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.spi.Disk;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.BackupPruning;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be done with a directory of backups besides adding to it. Every method blocks. */
public final class Backups {

    private Backups() {}

    /** All points, the oldest first. */
    public static List<BackupPoint> points(Path root) throws IOException {
        return BackupDirectory.manifests(root).stream().map(Manifest::point).toList();
    }

    /** Reads every byte of a point, or of all. Returns how many files are damaged or missing. */
    public static int verify(Path root, @Nullable String point, PrintStream out, BackupProgress progress)
            throws IOException {
        List<String> names = point == null ? BackupDirectory.names(root) : List.of(point);
        if (names.isEmpty()) {
            throw new StrandlineException.NotFound(root + " holds no backup");
        }
        int damaged = 0;
        for (String name : names) {
            try {
                damaged += new Restoring(root, BackupDirectory.manifest(root, name), progress).verify(out);
            } catch (StrandlineException.Corrupt e) {
                damaged++;
                out.println("DAMAGED " + e.getMessage());
            }
        }
        return damaged;
    }

    /** The point to restore: the named one, or else the newest that is not after a time. */
    public static BackupPoint choose(Path root, @Nullable String point, long untilMillis) throws IOException {
        if (point != null) {
            return BackupDirectory.manifest(root, point).point();
        }
        List<String> names = BackupDirectory.names(root);
        for (int i = names.size() - 1; i >= 0; i--) {
            Manifest manifest = BackupDirectory.manifest(root, names.get(i));
            if (manifest.stampMillis() <= untilMillis) {
                return manifest.point();
            }
        }
        throw new StrandlineException.NotFound(root + " holds no backup"
                + (names.isEmpty() ? "" : " of " + Instant.ofEpochMilli(untilMillis) + " or before"));
    }

    /**
     * Copies the files of a point into a directory beside the target, see {@link #finish}.
     *
     * @return that directory
     */
    public static Path copy(Path root, String point, Path target, BackupProgress progress) throws IOException {
        requireFree(target);
        return new Restoring(root, BackupDirectory.manifest(root, point), progress).copy(target);
    }

    private static void requireFree(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new StrandlineException.Invalid(target + " is a file");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(target)) {
            if (entries.iterator().hasNext()) {
                throw new StrandlineException.Invalid(target + " is not empty; a log is restored into a new directory");
            }
        }
    }

    /** Gives a log that {@link #copy} made its place. */
    public static void finish(Path target) throws IOException {
        Restoring.finish(target);
    }

    /** Removes a point, and the chunks that no other has. */
    public static void remove(Path root, String point) throws IOException {
        requireDirectory(root);
        try (BackupDirectory directory = BackupDirectory.open(root)) {
            directory.remove(List.of(point));
        }
    }

    private static void requireDirectory(Path root) {
        if (!Files.isDirectory(root)) {
            throw new StrandlineException.NotFound(root + " holds no backup");
        }
    }

    /** What {@link #prune(Path, int, long)} would do. */
    public static BackupPruning planPrune(Path root, int keep, long sinceMillis) throws IOException {
        requireDirectory(root);
        BackupDirectory.requireOwn(root);
        return new PrunePlan(root, keep, sinceMillis).make();
    }

    /**
     * Removes all points before the oldest that is kept, and the chunks that no other has.
     *
     * @param keep whole points that are kept, at least 1
     * @param sinceMillis points of this time or later are kept as well, in milliseconds since 1970
     */
    public static BackupPruning prune(Path root, int keep, long sinceMillis) throws IOException {
        return prune(root, FileDisk.at(root), keep, sinceMillis);
    }

    /**
     * As {@link #prune(Path, int, long)}.
     *
     * @param disk that of the directory
     */
    public static BackupPruning prune(Path root, Disk disk, int keep, long sinceMillis) throws IOException {
        requireDirectory(root);
        try (BackupDirectory directory = BackupDirectory.open(root, disk)) {
            BackupPruning plan = new PrunePlan(root, keep, sinceMillis).make();
            if (!plan.removed().isEmpty()) {
                directory.remove(plan.removed());
            }
            return plan;
        }
    }
}
