package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.IdentityFile;
import io.strandline.log.impl.file.LogDescription;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.backup.BackupProgress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Makes a log of a point again, and checks points. Used by one thread. Every method blocks. */
final class Restoring {

    private static final String UNFINISHED = ".restoring";

    private final Path root;
    private final Manifest manifest;
    private final Copying copying;

    Restoring(Path root, Manifest manifest, BackupProgress progress) {
        this.root = root;
        this.manifest = manifest;
        this.copying = new Copying(progress, () -> false);
    }

    /** Where the log is while it is not finished. */
    static Path unfinished(Path target) {
        Path whole = target.toAbsolutePath().normalize();
        return whole.resolveSibling(whole.getFileName() + UNFINISHED);
    }

    /**
     * Copies the files into a directory beside the target. Those that an earlier call has copied are read again and not
     * copied. What it has left besides is removed first.
     *
     * @return that directory, which is a log's
     */
    Path copy(Path target) throws IOException {
        Path unfinished = unfinished(target);
        Disk into = FileDisk.at(unfinished);
        into.createDirectories("");
        removeOthers(unfinished);
        copying.begin("restore of " + manifest.name(), manifest.point().bytes());
        TreeSet<String> directories = new TreeSet<>();
        for (Map.Entry<String, Content> file : manifest.files().entrySet()) {
            String directory = file.getKey().substring(0, file.getKey().lastIndexOf('/'));
            if (directories.add(directory)) {
                into.createDirectories(directory);
            }
            copy(file.getKey(), file.getValue(), into);
        }
        for (int shard = 0; shard < manifest.shards(); shard++) {
            into.createDirectories("shard-" + shard);
        }
        for (String directory : directories) {
            into.forceDirectory(directory);
        }
        IdentityFile.write(unfinished, IdentityFile.restored(manifest.log(), manifest.name()));
        LogDescription.write(unfinished, manifest.shards());
        return unfinished;
    }

    /**
     * Removes what the point does not have. An earlier call may have been for another point, and its files beside those of
     * this one would make a log of two moments.
     */
    private void removeOthers(Path unfinished) throws IOException {
        Set<Path> kept = new HashSet<>();
        kept.add(unfinished);
        for (String file : manifest.files().keySet()) {
            Path path = unfinished.resolve(file);
            while (path != null && kept.add(path)) {
                path = path.getParent();
            }
        }
        Set<Path> changed = new TreeSet<>();
        for (Path path : BackupDirectory.deepestFirst(unfinished)) {
            Path parent = path.getParent();
            if (!kept.contains(path) && parent != null) {
                Files.delete(path);
                changed.remove(path);
                changed.add(parent);
            }
        }
        for (Path directory : changed) {
            LogDescription.force(directory);
        }
    }

    private void copy(String file, Content content, Disk into) throws IOException {
        if (isThere(file, content, into)) {
            return;
        }
        Content copied;
        try {
            into.delete(file);
            copied = copying.copy(from(file), file, into, file);
        } catch (NoSuchFileException e) {
            throw new StrandlineException.Corrupt("backup " + manifest.name() + " lacks " + file, e);
        }
        if (!copied.equals(content)) {
            into.delete(file);
            throw damaged(file);
        }
    }

    private boolean isThere(String file, Content content, Disk into) throws IOException {
        try (DiskFile found = into.openToRead(file)) {
            if (found.size() != content.bytes()) {
                return false;
            }
        } catch (NoSuchFileException e) {
            return false;
        }
        return copying.read(into, file).equals(content);
    }

    private Disk from(String file) {
        return FileDisk.at(BackupDirectory.directoryOf(root, manifest.name(), file));
    }

    private StrandlineException.Corrupt damaged(String file) {
        return new StrandlineException.Corrupt("backup " + manifest.name() + " is damaged: " + file + " in "
                + BackupDirectory.directoryOf(root, manifest.name(), file)
                + " does not have the checksum with which it was written");
    }

    /** Gives the log its place. */
    static void finish(Path target) throws IOException {
        Path whole = target.toAbsolutePath().normalize();
        try {
            Files.deleteIfExists(whole);
        } catch (DirectoryNotEmptyException e) {
            throw new StrandlineException.Invalid(target + " is not empty; a log is restored into a new directory", e);
        }
        Files.move(unfinished(target), whole, StandardCopyOption.ATOMIC_MOVE);
        Path parent = whole.getParent();
        if (parent != null) {
            LogDescription.force(parent);
        }
    }

    /**
     * Reads every byte of the point and compares its checksums.
     *
     * @param out gets a line for each file that is damaged
     * @return number of files that are damaged or missing
     */
    int verify(PrintStream out) throws IOException {
        copying.begin("check of " + manifest.name(), manifest.point().bytes());
        int damaged = 0;
        for (Map.Entry<String, Content> file : manifest.files().entrySet()) {
            String defect = defect(file.getKey(), file.getValue());
            if (defect != null) {
                damaged++;
                out.println("DAMAGED " + manifest.name() + ": " + file.getKey() + " " + defect);
            }
        }
        return damaged;
    }

    private @Nullable String defect(String file, Content content) throws IOException {
        try {
            Content found = copying.read(from(file), file);
            return found.equals(content)
                    ? null
                    : "has " + found.bytes() + " bytes instead of " + content.bytes() + ", or another checksum";
        } catch (NoSuchFileException e) {
            return "is missing";
        }
    }
}
