package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.LogDescription;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.Logger;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of backups of one log. Every method blocks.
 *
 * <pre>
 * backup.lock               locked by the process that writes to the directory
 * shard-N/chunks/           chunks, which all points share: a chunk never changes, and its name is given once
 * points/POINT/manifest     the files of the point, see {@link Manifest}
 * points/POINT/...          those that it does not share, as they are in a data directory
 * points/POINT.tmp/         a point that was not finished. The next backup begins it again
 * points/POINT.removed.tmp/ a point that is being removed. Whoever opens the directory for writing ends that
 * </pre>
 *
 * <p>A point is there when its directory has its name, which is given to it last. So a backup that is killed leaves the
 * points before it, and the chunks that it has copied. The next one uses these, and then deletes what no point names.
 */
final class BackupDirectory implements Closeable {

    static final String UNFINISHED = ".tmp";
    static final String POINTS = "points";

    /** Ends in {@link #UNFINISHED}, so it is no point either. */
    private static final String REMOVED = ".removed" + UNFINISHED;

    static final String LOCK = "backup.lock";
    private static final String CHUNKS = "/chunks";

    private static final Logger LOG = Logger.of(BackupDirectory.class);

    /** Directories that this process has open. The system drops a lock when any channel of its file is closed. */
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path root;
    private final Path openAs;
    private final Disk disk;
    final Closeable lock;

    BackupDirectory(Path root, Path openAs, Disk disk, Closeable lock) {
        this.root = root;
        this.openAs = openAs;
        this.disk = disk;
        this.lock = lock;
    }

    /**
     * Creates the directory if it is missing, locks it for writing, and removes what an earlier backup or removal left unfinished.
     *
     * @throws StrandlineException.Unavailable if somebody writes to it
     * @throws StrandlineException.Invalid if it holds something else
     */
    static BackupDirectory open(Path root) throws IOException {
        return open(root, FileDisk.at(root));
    }

    /**
     * As {@link #open(Path)}.
     *
     * @param disk that of the directory
     */
    static BackupDirectory open(Path root, Disk disk) throws IOException {
        requireOwn(root);
        disk.createDirectories(POINTS);
        Path openAs = root.toRealPath();
        if (!OPEN_HERE.add(openAs)) {
            throw new StrandlineException.Unavailable("a backup to \"" + root + "\" is under way");
        }
        try {
            return open(root, openAs, disk);
        } catch (IOException | RuntimeException e) {
            OPEN_HERE.remove(openAs);
            throw e;
        }
    }

    private static BackupDirectory open(Path root, Path openAs, Disk disk) throws IOException {
        FileChannel channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held == null) {
                throw new StrandlineException.Unavailable("another process writes to the backups in \"" + root + "\"");
            }
            BackupDirectory opened = new BackupDirectory(root, openAs, disk, channel);
            opened.removeUnfinished();
            return opened;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** A mistake in the path must not mix backups with something else. */
    static void requireOwn(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        if (!Files.isDirectory(root)) {
            throw new StrandlineException.Invalid("\"" + root + "\" is not a directory");
        }
        if (Files.exists(root.resolve(LogDescription.NAME))) {
            throw new StrandlineException.Invalid(
                    "\"" + root + "\" is the data directory of a log, and cannot hold backups");
        }
        try (Stream<Path> entries = Files.list(root)) {
            boolean isEmpty = entries.findAny().isEmpty();
            if (!isEmpty && !Files.isDirectory(root.resolve(POINTS))) {
                throw new StrandlineException.Invalid("\"" + root + "\" is neither empty nor a directory of backups");
            }
        }
    }

    /** Chunks of removed points go before the last sign of these points. */
    private void removeUnfinished() throws IOException {
        List<String> unfinished = disk.directories(POINTS).stream()
                .filter(name -> name.endsWith(UNFINISHED))
                .toList();
        if (unfinished.stream().anyMatch(name -> name.endsWith(REMOVED))) {
            disk.forceDirectory(POINTS); // or a power failure brings the points back without their chunks
            sweep();
        }
        for (String name : unfinished) {
            removeTree(root.resolve(POINTS).resolve(name));
        }
    }

    private void removeTree(Path tree) throws IOException {
        for (Path path : deepestFirst(tree)) {
            disk.delete(root.relativize(path).toString());
        }
    }

    /** A directory and all that is in it, each directory after its content. */
    static List<Path> deepestFirst(Path tree) throws IOException {
        try (Stream<Path> found = Files.walk(tree)) {
            List<Path> all = new ArrayList<>(found.toList());
            Collections.reverse(all);
            return all;
        }
    }

    /** Where chunks of all points are. */
    Disk disk() {
        return disk;
    }

    Path root() {
        return root;
    }

    /** Where the files of a point are that is not finished. */
    Disk unfinished(String point) throws IOException {
        String directory = POINTS + "/" + point + UNFINISHED;
        disk.createDirectories(directory);
        return FileDisk.at(root.resolve(directory));
    }

    /**
     * Checks that the points are of a log.
     *
     * @param log its id, empty if it is unknown
     * @throws StrandlineException.Invalid if they are of another one
     */
    void requireOf(String log) throws IOException {
        List<String> names = names(root);
        for (int newest = names.size() - 1; newest >= 0 && !log.isEmpty(); newest--) {
            String known = manifest(root, names.get(newest)).log();
            if (known.equals(log)) {
                return;
            }
            if (!known.isEmpty()) {
                throw new StrandlineException.Invalid("the backups in \"" + root + "\" are of log " + known
                        + ", and this is log " + log + ": it needs a directory of backups of its own");
            }
        }
    }

    /** Finishes a point. It is there, durably, when this returns. */
    void publish(Manifest manifest) throws IOException {
        Path unfinished = root.resolve(POINTS).resolve(manifest.name() + UNFINISHED);
        Disk files = FileDisk.at(unfinished);
        try (DiskFile file = files.create(Manifest.FILE)) {
            file.write(ByteBuffer.wrap(manifest.encode()), 0);
            file.force();
        }
        LogDescription.force(unfinished);
        Files.move(unfinished, root.resolve(POINTS).resolve(manifest.name()), StandardCopyOption.ATOMIC_MOVE);
        LogDescription.force(root.resolve(POINTS));
    }

    /**
     * Removes points, whole or damaged, and the chunks that no other point has. Cut off, it leaves each of the others whole, and some of
     * these, the newest first. The next opening removes what is left of those that are gone.
     *
     * @param points the oldest first
     */
    void remove(List<String> points) throws IOException {
        for (String point : points) {
            requirePoint(root, point);
        }
        for (String point : points) {
            disk.rename(POINTS + "/" + point, POINTS + "/" + point + REMOVED);
        }
        removeUnfinished();
    }

    /**
     * Deletes the chunks that no point names, and copies that were cut off. A backup leaves some that the log has merged or
     * removed before the moment of its point, or fails and leaves all. Nothing is deleted while a manifest cannot be read. To be
     * called when nothing is copied that no point names yet.
     */
    void sweep() throws IOException {
        Set<String> unnamed = chunkFiles();
        List<String> names = names(root);
        try {
            for (int newest = names.size() - 1; newest >= 0 && !unnamed.isEmpty(); newest--) {
                unnamed.removeAll(manifest(root, names.get(newest)).files().keySet());
            }
        } catch (StrandlineException unreadable) {
            LOG.warn("chunks in {} that no point names are left there, because one cannot be read", root, unreadable);
            return;
        }
        for (String file : unnamed) {
            disk.delete(file);
        }
    }

    private Set<String> chunkFiles() throws IOException {
        Set<String> files = new HashSet<>();
        for (String shard : disk.directories("")) {
            String directory = shard + CHUNKS;
            for (String name : disk.list(directory)) {
                String whole =
                        name.endsWith(UNFINISHED) ? name.substring(0, name.length() - UNFINISHED.length()) : name;
                if (ChunkId.parse(whole) != null) {
                    files.add(directory + "/" + name);
                }
            }
        }
        return files;
    }

    /** Whether a file is among those that all points share. */
    static boolean isShared(String file) {
        return file.contains(CHUNKS + "/");
    }

    /** Directory in which a file of a point is. */
    static Path directoryOf(Path root, String point, String file) {
        return isShared(file) ? root : root.resolve(POINTS).resolve(point);
    }

    /** Names of the points, the oldest first. */
    static List<String> names(Path root) throws IOException {
        return FileDisk.at(root).directories(POINTS).stream()
                .filter(name -> !name.endsWith(UNFINISHED))
                .toList();
    }

    /** All points, the oldest first. */
    static List<Manifest> manifests(Path root) throws IOException {
        List<Manifest> found = new ArrayList<>();
        for (String name : names(root)) {
            found.add(manifest(root, name));
        }
        return found;
    }

    /** The newest point, or null if there is none. */
    static @Nullable Manifest newest(Path root) throws IOException {
        List<String> names = names(root);
        return names.isEmpty() ? null : manifest(root, names.get(names.size() - 1));
    }

    /** @throws StrandlineException.NotFound if there is no such point */
    static Manifest manifest(Path root, String point) throws IOException {
        Path file = root.resolve(POINTS).resolve(point).resolve(Manifest.FILE);
        requirePoint(root, point);
        try {
            Manifest read = Manifest.decode(Files.readAllBytes(file), file.toString());
            if (!read.name().equals(point)) {
                throw new StrandlineException.Corrupt(file + " is that of point " + read.name());
            }
            return read;
        } catch (NoSuchFileException e) {
            throw new StrandlineException.Corrupt(file + " is missing", e);
        }
    }

    private static void requirePoint(Path root, String point) throws IOException {
        if (!names(root).contains(point)) {
            throw new StrandlineException.NotFound(root + " has no backup " + point);
        }
    }

    /** Directory of the chunks of a shard, which is created if it is missing. */
    String chunks(int shard) throws IOException {
        disk.createDirectories(ShardDirectories.chunks(shard));
        return ShardDirectories.chunks(shard);
    }

    @Override
    public void close() throws IOException {
        try {
            lock.close();
        } finally {
            OPEN_HERE.remove(openAs); // or no backup is written there until the process ends
        }
    }
}
