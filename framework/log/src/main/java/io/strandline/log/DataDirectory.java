package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.log.spi.Disk;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a log.
 *
 * <pre>
 * log.json            format version and number of shards; written when all shards were opened for the first time
 * lock                locked by the process that has the log open
 * holder              who that is, for messages
 * shard-N/journal/    journal files of shard N
 * shard-N/chunks/     chunks of shard N
 * </pre>
 *
 * <p>The lock belongs to one channel that is opened once: closing any other descriptor of the file would drop it.
 */
final class DataDirectory implements LogHome {

    static final int FORMAT_VERSION = 1;
    private static final String DESCRIPTION = "log.json";
    private static final String LOCK = "lock";
    private static final String HOLDER = "holder";
    private static final Set<String> OWN_NAMES = Set.of(DESCRIPTION, DESCRIPTION + ".tmp", LOCK, HOLDER);

    /** Directories that this process has open; a second channel of a lock file must not even be opened. */
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

    private final Path path;
    private final FileChannel lockChannel;

    private DataDirectory(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    /** Creates the directory if it is missing, and locks it. Blocks. */
    static DataDirectory open(Path path) {
        try {
            Files.createDirectories(path);
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
                    path.resolve(HOLDER),
                    "process " + ProcessHandle.current().pid() + " since " + Instant.now() + "\n");
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
     * Fails if a process has the directory open; changes nothing.
     *
     * @throws StrandlineException.Unavailable naming the holder
     */
    static void requireFree(Path path) {
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
        try (Stream<Path> entries = Files.list(path)) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !OWN_NAMES.contains(name) && !name.startsWith("shard-"))
                    .filter(name -> !Files.exists(path.resolve(DESCRIPTION)))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new StrandlineException.Invalid(
                                "data directory " + path + " is not a log's: it holds " + name);
                    });
        } catch (IOException e) {
            throw new StrandlineException.Invalid("data directory " + path + " cannot be listed: " + e, e);
        }
    }

    @Override
    public Disk disk() {
        return FileDisk.at(path);
    }

    @Override
    public @Nullable Integer shards() {
        return shards(path);
    }

    static @Nullable Integer shards(Path path) {
        Path file = path.resolve(DESCRIPTION);
        try {
            if (!Files.exists(file)) {
                return null;
            }
            JsonObject json = new JsonObject(Files.readString(file));
            int version = json.getInteger("formatVersion", -1);
            if (version != FORMAT_VERSION) {
                throw new StrandlineException.Invalid("data directory " + path + " has format version " + version
                        + ", this release reads " + FORMAT_VERSION);
            }
            int shards = json.getInteger("shards", 0);
            if (shards < 1 || shards > LogOptions.MAX_SHARDS) {
                throw new StrandlineException.Corrupt(file + " names " + shards + " shards");
            }
            return shards;
        } catch (DecodeException | ClassCastException e) {
            throw new StrandlineException.Corrupt(file + " is not readable: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StrandlineException.Unavailable(file + " cannot be read", e);
        }
    }

    @Override
    public void describe(int shards) {
        byte[] json = new JsonObject()
                .put("formatVersion", FORMAT_VERSION)
                .put("shards", shards)
                .encodePrettily()
                .getBytes(StandardCharsets.UTF_8);
        Path unfinished = path.resolve(DESCRIPTION + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    unfinished,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(json);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(unfinished, path.resolve(DESCRIPTION), StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw new StrandlineException.Unavailable("data directory " + path + " cannot be written", e);
        }
    }

    @Override
    public void close() {
        unlock(lockChannel);
        OPEN_HERE.remove(path);
    }
}
