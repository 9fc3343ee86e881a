package io.strandline.log.impl.file;

import io.strandline.StrandlineException;
import io.strandline.log.spi.Disk;
import io.strandline.spi.Logger;
import io.strandline.spi.SideFiles;
import io.strandline.spi.backup.LogIdentity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a log.
 *
 * <pre>
 * log.json            what {@link LogDescription} says; written when all shards were opened for the first time
 * log.identity        which log it is, see {@link IdentityFile}; written at the first opening
 * lock                locked by the process that has the log open
 * holder              who that is, for messages
 * shard-N/log.json    a copy of the description
 * shard-N/journal/    journal files of shard N
 * shard-N/journal.end where its journal ends, see {@code JournalEnd}
 * shard-N/chunks/     chunks of shard N
 * checkpoints/NAME/   snapshots of pipeline NAME
 * </pre>
 *
 * <p>The lock belongs to one channel that is opened once: closing any other descriptor of the file would drop it.
 */
public final class DataDirectory implements LogHome {

    private static final String LOCK = "lock";
    private static final String HOLDER = "holder";
    private static final Set<String> OWN_NAMES = Set.of(
            LogDescription.NAME,
            LogDescription.NAME + DurableFile.UNFINISHED,
            IdentityFile.NAME,
            IdentityFile.NAME + DurableFile.UNFINISHED,
            LOCK,
            HOLDER,
            SideFiles.CHECKPOINTS);

    /** Directories that this process has open. A second channel of a lock file must not even be opened. */
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private static final Logger LOG = Logger.of(DataDirectory.class);

    private final Path path;
    private final FileChannel lockChannel;

    private DataDirectory(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    /** Makes the names in a directory durable. */
    interface Forcing {

        void force(Path directory) throws IOException;
    }

    /** Creates the directory if it is missing, with its parents and durably, and locks it. Blocks. */
    public static DataDirectory open(Path path) {
        return open(path, LogDescription::force);
    }

    /**
     * Like {@link #open(Path)}.
     *
     * @param forcing makes created names durable. For tests, which cannot cut the power
     */
    static DataDirectory open(Path path, Forcing forcing) {
        try {
            create(path, forcing);
        } catch (FileAlreadyExistsException e) {
            throw new StrandlineException.Invalid("data directory " + path + " is a file", e);
        } catch (IOException e) {
            throw new StrandlineException.Invalid("data directory " + path + " cannot be created: " + e, e);
        }
        requireOwn(path);
        Path real = realPath(path);
        if (!OPEN_HERE.add(real)) {
            throw held(path);
        }
        try {
            return new DataDirectory(real, lock(path));
        } catch (RuntimeException e) {
            OPEN_HERE.remove(real);
            throw e;
        }
    }

    /**
     * Creates a directory with its parents. Until the log is described, the parents are forced at every open: a process that
     * was killed while it created them left directories that only look durable. A parent that was there and that may not be
     * opened belongs to somebody else, who has made it durable.
     */
    private static void create(Path path, Forcing forcing) throws IOException {
        Path leaf = path.toAbsolutePath().normalize();
        int missing = 0;
        for (Path at = leaf; at != null && !Files.isDirectory(at); at = at.getParent()) {
            missing++;
        }
        Files.createDirectories(leaf);
        if (missing > 0 || !Files.exists(leaf.resolve(LogDescription.NAME))) {
            forceParents(leaf, missing, forcing);
        }
    }

    private static void forceParents(Path leaf, int created, Forcing forcing) throws IOException {
        int left = created;
        for (Path parent = leaf.getParent(); parent != null; parent = parent.getParent()) {
            try {
                forcing.force(parent);
            } catch (AccessDeniedException e) {
                if (left > 0) {
                    throw e;
                }
                return;
            }
            left--;
        }
    }

    private static Path realPath(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new StrandlineException.Invalid("data directory " + path + " cannot be reached: " + e, e);
        }
    }

    private static FileChannel lock(Path path) {
        FileChannel channel;
        try {
            channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new StrandlineException.Invalid("data directory " + path + " is not writable: " + e, e);
        }
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw held(path);
            }
            Files.writeString(
                    path.resolve(HOLDER), "process " + ProcessHandle.current().pid() + " since " + now() + "\n");
            return channel;
        } catch (IOException e) {
            unlock(channel);
            throw new StrandlineException.Unavailable("data directory " + path + " cannot be locked: " + e, e);
        } catch (OverlappingFileLockException e) {
            // Another class loader of this process has it.
            unlock(channel);
            throw held(path);
        } catch (RuntimeException e) {
            unlock(channel);
            throw e;
        }
    }

    /** The time to the second, without the text of an Instant, which loads all that formats times. */
    private static String now() {
        String text = LocalDateTime.ofEpochSecond(System.currentTimeMillis() / 1_000, 0, ZoneOffset.UTC)
                .toString();
        // A full minute is written without seconds.
        return text.length() == "2000-01-01T00:00".length() ? text + ":00Z" : text + "Z";
    }

    private static void unlock(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("the lock of a data directory may stay until this process ends", e);
        }
    }

    private static StrandlineException held(Path path) {
        String holder;
        try {
            holder = Files.readString(path.resolve(HOLDER)).strip();
        } catch (IOException e) {
            holder = "unknown (" + e + ")";
        }
        return new StrandlineException.Unavailable("data directory " + path + " is in use by " + holder);
    }

    /**
     * Fails if a process has the directory open. Changes nothing.
     *
     * @throws StrandlineException.Unavailable naming the holder
     */
    public static void requireFree(Path path) {
        if (OPEN_HERE.contains(realPath(path))) {
            throw held(path);
        }
        Path lockFile = path.resolve(LOCK);
        if (!Files.exists(lockFile)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            if (lock == null) {
                throw held(path);
            }
        } catch (IOException e) {
            throw new StrandlineException.Unavailable("data directory " + path + " cannot be read", e);
        }
    }

    /** A directory with something else in it is a mistake in the address, and is left alone. */
    private static void requireOwn(Path path) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                boolean isOwn = OWN_NAMES.contains(name) || name.startsWith("shard-");
                if (!isOwn && !Files.exists(path.resolve(LogDescription.NAME))) {
                    throw new StrandlineException.Invalid(
                            "data directory " + path + " is not a log's: it holds " + name);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new StrandlineException.Invalid("data directory " + path + " cannot be listed: " + e, e);
        }
    }

    @Override
    public Disk disk() {
        return FileDisk.at(path);
    }

    @Override
    public @Nullable Integer shards() {
        Integer shards = LogDescription.shards(path);
        if (shards != null) {
            LogDescription.complete(path, shards);
        }
        return shards;
    }

    @Override
    public LogIdentity identity() {
        return IdentityFile.complete(path);
    }

    @Override
    public void describe(int shards) {
        LogDescription.write(path, shards);
    }

    @Override
    public void close() {
        unlock(lockChannel);
        OPEN_HERE.remove(path);
    }
}
