package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.spi.Logger;
import io.strandline.spi.watch.DiskRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The data directory on a local file system where directories can be opened and forced: Linux and other Unix systems, not
 * Windows.
 *
 * <p>Files are read and written at positions through {@link FileChannel}. {@link DiskFile#force()} is {@code
 * force(false)}, on Linux {@code fdatasync}. It does not force timestamps, but it covers the size, because a grown file
 * could not be read without it. A directory is forced through a descriptor of its own.
 *
 * <p>The JDK closes a FileChannel whose thread is interrupted during I/O, and every other user of the file fails with it.
 * So the executors that run these methods must never interrupt their threads: no {@code shutdownNow()}, no {@code
 * cancel(true)}.
 */
public final class FileDisk implements Disk {

    /**
     * Most bytes that one system call moves to or from an array. The JDK copies arrays through a direct buffer that it
     * keeps for each thread. This limit bounds those buffers, and a piece of this size is still in the processor's cache
     * when it is copied.
     */
    private static final int ARRAY_PIECE_BYTES = 256 * 1024;

    /** A write that fails with less room than this left beyond its own bytes fails because the disk is full. */
    private static final long FULL_DISK_BYTES = 64 * 1024;

    /** Option that opens a channel past the page cache, or null if the JDK has no such option. */
    private static final @Nullable OpenOption DIRECT = directOption();

    private static final Logger LOG = Logger.of(FileDisk.class);

    private final Path root;
    private final DirectIo directIo;
    /** Set by the first refusal: said once, not for every file. */
    private final AtomicBoolean refusalTold = new AtomicBoolean();

    private FileDisk(Path root, DirectIo directIo) {
        this.root = root;
        this.directIo = directIo;
    }

    /** Opens files past the page cache. */
    public interface DirectIo {

        /**
         * Opens an existing file, which is written in multiples of {@link #UNCACHED_UNIT} from then on.
         *
         * @throws UnsupportedOperationException if this cannot be done. The file is written through the cache then
         */
        DiskFile open(Path path) throws IOException;
    }

    /** The disk that begins at a directory, which {@link #createDirectories} creates for the name {@code ""}. */
    public static FileDisk at(Path root) {
        return at(root, FileDisk::openDirect);
    }

    /** Like {@link #at(Path)}, with other direct I/O. For tests of file systems that refuse it. */
    public static FileDisk at(Path root, DirectIo directIo) {
        return new FileDisk(root.toAbsolutePath().normalize(), directIo);
    }

    @Override
    public void createDirectories(String directory) throws IOException {
        Path leaf = path(directory);
        Deque<Path> missing = new ArrayDeque<>();
        Path existing = leaf;
        while (existing != null && !Files.isDirectory(existing)) {
            missing.push(existing);
            existing = existing.getParent();
        }
        Files.createDirectories(leaf);
        for (Path created : missing) {
            forceParent(created);
        }
        // A process that was killed between creation and force left directories that only look durable.
        for (Path inside = leaf; inside != null && !inside.equals(root); inside = inside.getParent()) {
            forceParent(inside);
        }
    }

    @Override
    public List<String> list(String directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(directory))) {
            for (Path entry : entries) {
                Path name = entry.getFileName();
                if (name != null && !Files.isDirectory(entry)) {
                    names.add(name.toString());
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public List<String> directories(String directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(directory), Files::isDirectory)) {
            entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public Map<String, Long> sizes(String directory) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(directory))) {
            for (Path entry : entries) {
                putSize(entry, sizes);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Map.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return sizes;
    }

    private static void putSize(Path entry, Map<String, Long> sizes) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(entry, BasicFileAttributes.class);
            if (!attributes.isDirectory()) {
                sizes.put(String.valueOf(entry.getFileName()), attributes.size());
            }
        } catch (NoSuchFileException e) {
            // It was deleted since the directory was opened.
        }
    }

    @Override
    public DiskFile open(String file) throws IOException {
        Path path = path(file);
        return new ChannelFile(path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        Path path = path(file);
        return new ChannelFile(path, FileChannel.open(path, StandardOpenOption.READ));
    }

    @Override
    public DiskFile create(String file) throws IOException {
        Path path = path(file);
        try {
            return new ChannelFile(
                    path,
                    FileChannel.open(
                            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
        } catch (IOException e) {
            throw withReason(e, path, 1);
        }
    }

    @Override
    public DiskFile createUncached(String file) throws IOException {
        return uncached(create(file), path(file));
    }

    @Override
    public DiskFile openUncached(String file) throws IOException {
        return uncached(open(file), path(file));
    }

    private DiskFile uncached(DiskFile cached, Path path) {
        try {
            return new UncachedFile(cached, directIo.open(path), refusal -> tellRefusal(path, refusal));
        } catch (IOException | UnsupportedOperationException e) {
            // Not every file system can do this. The cached channel always works.
            tellRefusal(path, e);
            return cached;
        }
    }

    private static DiskFile openDirect(Path path) throws IOException {
        if (DIRECT == null) {
            throw new UnsupportedOperationException("the Java runtime has no option for direct I/O");
        }
        return new ChannelFile(path, FileChannel.open(path, StandardOpenOption.WRITE, DIRECT));
    }

    private void tellRefusal(Path path, Exception refusal) {
        if (refusalTold.compareAndSet(false, true)) {
            LOG.info(
                    "data directory {} is written through the page cache, direct I/O to {} was refused: {}",
                    root,
                    path,
                    refusal.toString());
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Path target = path(to);
        try {
            Files.move(path(from), target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw withReason(e, target, 1);
        }
    }

    @Override
    public void delete(String file) throws IOException {
        Files.deleteIfExists(path(file));
    }

    @Override
    public void deleteDirectory(String directory) throws IOException {
        try {
            Files.deleteIfExists(path(directory));
        } catch (DirectoryNotEmptyException kept) {
            // It holds somebody's files.
        }
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        force(path(directory));
    }

    @Override
    public DiskRoom room() throws IOException {
        FileStore store = Files.getFileStore(root);
        return new DiskRoom(store.getUsableSpace(), store.getTotalSpace());
    }

    /** By name: the option is of module jdk.unsupported, which a run-time image may lack and compilers warn of. */
    private static @Nullable OpenOption directOption() {
        try {
            Object[] options =
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
            for (Object option : options) {
                if (option instanceof OpenOption direct && option.toString().equals("DIRECT")) {
                    return direct;
                }
            }
        } catch (ClassNotFoundException missing) {
            // The cached channel serves.
        }
        return null;
    }

    private Path path(String name) {
        return name.isEmpty() ? root : root.resolve(name);
    }

    private static void forceParent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null) {
            force(parent);
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Distinguishes a full disk from other errors. The JDK gives only the system's text, which depends on the locale. If
     * the text is not English, the free space decides (a quota then looks like any other error).
     *
     * @param bytes how many more bytes were to be stored. 0 to decide by the text alone
     */
    private static IOException withReason(IOException failure, Path path, long bytes) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        boolean full = message.contains("no space left on device") || message.contains("disk quota exceeded");
        boolean unexplained =
                failure.getClass() == IOException.class || failure.getClass() == FileSystemException.class;
        if (full || (unexplained && bytes > 0 && roomBeside(path) < bytes + FULL_DISK_BYTES)) {
            return new NoSpaceException("no space for \"" + path + "\": " + failure.getMessage(), failure);
        }
        return failure;
    }

    private static long roomBeside(Path path) {
        try {
            Path parent = path.getParent();
            return Files.getFileStore(parent == null ? path : parent).getUsableSpace();
        } catch (IOException e) {
            // Not known: the failure that is being explained says more than this one.
            return Long.MAX_VALUE;
        }
    }

    private static final class ChannelFile implements DiskFile {

        private final Path path;
        private final FileChannel channel;

        ChannelFile(Path path, FileChannel channel) {
            this.path = path;
            this.channel = channel;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            int before = into.position();
            int limit = into.limit();
            try {
                while (into.position() < limit) {
                    into.limit(pieceEnd(into, limit));
                    if (channel.read(into, position + (into.position() - before)) < 0) {
                        break;
                    }
                }
            } finally {
                into.limit(limit);
            }
            return into.position() - before;
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            int before = from.position();
            int limit = from.limit();
            try {
                while (from.position() < limit) {
                    from.limit(pieceEnd(from, limit));
                    channel.write(from, position + (from.position() - before));
                }
            } catch (IOException e) {
                throw withReason(e, path, (long) limit - from.position());
            } finally {
                from.limit(limit);
            }
        }

        private static int pieceEnd(ByteBuffer buffer, int limit) {
            return buffer.isDirect() ? limit : Math.min(limit, buffer.position() + ARRAY_PIECE_BYTES);
        }

        @Override
        public void force() throws IOException {
            try {
                channel.force(false);
            } catch (IOException e) {
                throw withReason(e, path, 0);
            }
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * Writes whole units past the page cache, and the rest through it. Pages of the cache cost a large write more than the
     * device does: a chunk is read seldom and late, and a journal only by a recovery.
     */
    private static final class UncachedFile implements DiskFile {

        private final DiskFile cached;
        private final DiskFile uncached;
        private final Consumer<IOException> refusals;
        private boolean refused;

        UncachedFile(DiskFile cached, DiskFile uncached, Consumer<IOException> refusals) {
            this.cached = cached;
            this.uncached = uncached;
            this.refusals = refusals;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return cached.read(into, position);
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            int whole = from.remaining() - from.remaining() % UNCACHED_UNIT;
            boolean aligned = from.isDirect()
                    && position % UNCACHED_UNIT == 0
                    && from.alignmentOffset(from.position(), UNCACHED_UNIT) == 0;
            int written = 0;
            if (aligned && whole > 0 && !refused) {
                written = writeUncached(from, position, whole);
            }
            cached.write(from, position + written);
        }

        /**
         * Writes so many bytes past the cache, or none: file systems refuse units of 4 KiB where theirs are larger, some of
         * them only at the write. Trying again through the cache hides no broken device, because the force that follows
         * meets it.
         */
        private int writeUncached(ByteBuffer from, long position, int bytes) throws IOException {
            int start = from.position();
            int limit = from.limit();
            try {
                uncached.write(from.limit(start + bytes), position);
                return bytes;
            } catch (NoSpaceException | ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                refused = true;
                refusals.accept(e);
                from.position(start);
                return 0;
            } finally {
                from.limit(limit);
            }
        }

        @Override
        public void force() throws IOException {
            // Both channels use one file.
            cached.force();
        }

        @Override
        public long size() throws IOException {
            return cached.size();
        }

        @Override
        public void close() throws IOException {
            try (cached) {
                uncached.close();
            }
        }
    }
}
