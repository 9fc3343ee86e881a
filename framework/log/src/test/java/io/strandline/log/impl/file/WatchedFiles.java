package io.strandline.log.impl.file;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A real directory that counts what is forced. It is the default file system, with a provider in front of it that sees each
 * write, force and change of a name on its way to the kernel, whatever channel they take. What it cannot see is what the
 * kernel makes of them.
 */
public final class WatchedFiles extends FileSystemProvider {

    private final Path root;
    private final Watched fileSystem = new Watched();
    private final Map<Path, Node> nodes = new ConcurrentHashMap<>();
    private final Queue<Path> forced = new ConcurrentLinkedQueue<>();
    private final List<String> renamedUnforced = Collections.synchronizedList(new ArrayList<>());

    /** @param root an existing directory of the default file system */
    public WatchedFiles(Path root) {
        this.root = root.toAbsolutePath();
    }

    /** What one file or directory still has to be forced for. */
    private static final class Node {
        private volatile Path path;
        private volatile boolean isUnforced;

        Node(Path path) {
            this.path = path;
        }
    }

    /** The directory, as a path that is watched. */
    public Path root() {
        return watched(root);
    }

    /** Files that were written, and directories in which names were added, since they were last forced. */
    public Set<String> unforced() {
        Set<String> names = new TreeSet<>();
        nodes.forEach((path, node) -> {
            if (node.isUnforced) {
                names.add(root.relativize(path).toString());
            }
        });
        return names;
    }

    /** Files that got a new name while they had to be forced. */
    public List<String> renamedUnforced() {
        return List.copyOf(renamedUnforced);
    }

    /** Forces so far of files whose name ended like this then. */
    public long forces(String ending) {
        return forced.stream().filter(path -> path.toString().endsWith(ending)).count();
    }

    private Node node(Path path) {
        return nodes.computeIfAbsent(path.toAbsolutePath(), Node::new);
    }

    private void nameAdded(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && parent.startsWith(root)) {
            node(parent).isUnforced = true;
        }
    }

    private Path watched(Path path) {
        return new WatchedPath(path);
    }

    private static Path real(Path path) {
        if (path instanceof WatchedPath watched) {
            return watched.real;
        }
        throw new ProviderMismatchException(path + " is not watched");
    }

    private static FileSystemProvider below(Path real) {
        return real.getFileSystem().provider();
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        Path real = real(path);
        boolean existed = Files.exists(real);
        FileChannel channel = below(real).newFileChannel(real, options, attributes);
        if (!existed) {
            nameAdded(real);
        }
        return new WatchedChannel(channel, node(real));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return options.contains(StandardOpenOption.WRITE)
                ? newFileChannel(path, options, attributes)
                : below(real(path)).newByteChannel(real(path), options, attributes);
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        below(real(path)).createDirectory(real(path), attributes);
        nameAdded(real(path));
    }

    @Override
    public void delete(Path path) throws IOException {
        below(real(path)).delete(real(path));
        nodes.remove(real(path).toAbsolutePath());
    }

    @Override
    public void move(Path from, Path to, CopyOption... options) throws IOException {
        below(real(from)).move(real(from), real(to), options);
        Node moved = nodes.remove(real(from).toAbsolutePath());
        if (moved != null) {
            moved.path = real(to);
            nodes.put(real(to).toAbsolutePath(), moved);
            if (moved.isUnforced) {
                renamedUnforced.add(root.relativize(real(to)).toString());
            }
        }
        nameAdded(real(to));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> entries =
                below(real(path)).newDirectoryStream(real(path), entry -> filter.accept(watched(entry)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> reals = entries.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return reals.hasNext();
                    }

                    @Override
                    public Path next() {
                        return watched(reals.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                entries.close();
            }
        };
    }

    // ---- what needs no watching

    @Override
    public String getScheme() {
        return "watched";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return fileSystem;
    }

    @Override
    public Path getPath(URI uri) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void copy(Path from, Path to, CopyOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
        return below(real(one)).isSameFile(real(one), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return below(real(path)).isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return below(real(path)).getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        below(real(path)).checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return below(real(path)).getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return below(real(path)).readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return below(real(path)).readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        below(real(path)).setAttribute(real(path), attribute, value, options);
    }

    /** Passes everything on, and notes writes and forces. */
    private final class WatchedChannel extends FileChannel {

        private final FileChannel channel;
        private final Node node;

        WatchedChannel(FileChannel channel, Node node) {
            this.channel = channel;
            this.node = node;
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            node.isUnforced = true;
            return channel.write(from);
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int length) throws IOException {
            node.isUnforced = true;
            return channel.write(from, offset, length);
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            node.isUnforced = true;
            return channel.write(from, position);
        }

        @Override
        public void force(boolean metadata) throws IOException {
            channel.force(metadata);
            forced.add(node.path);
            node.isUnforced = false;
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            node.isUnforced = true;
            channel.truncate(size);
            return this;
        }

        @Override
        public long transferFrom(ReadableByteChannel from, long position, long count) throws IOException {
            node.isUnforced = true;
            return channel.transferFrom(from, position, count);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
            if (mode != MapMode.READ_ONLY) {
                throw new UnsupportedOperationException("writes to a mapping are not seen");
            }
            return channel.map(mode, position, size);
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            return channel.read(into);
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) throws IOException {
            return channel.read(into, offset, length);
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return channel.read(into, position);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel to) throws IOException {
            return channel.transferTo(position, count, to);
        }

        @Override
        public long position() throws IOException {
            return channel.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            channel.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return channel.lock(position, size, shared);
        }

        @Override
        public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return channel.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            channel.close();
        }
    }

    private final class Watched extends FileSystem {

        @Override
        public FileSystemProvider provider() {
            return WatchedFiles.this;
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return root.getFileSystem().getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return List.of(root());
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return root.getFileSystem().getFileStores();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return root.getFileSystem().supportedFileAttributeViews();
        }

        @Override
        public Path getPath(String first, String... more) {
            return watched(root.getFileSystem().getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String syntaxAndPattern) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            return root.getFileSystem().getUserPrincipalLookupService();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    }

    private final class WatchedPath implements Path {

        private final Path real;

        WatchedPath(Path real) {
            this.real = real;
        }

        private @Nullable Path watchedOrNull(@Nullable Path path) {
            return path == null ? null : watched(path);
        }

        private Path same(Path other) {
            return other instanceof WatchedPath watched ? watched.real : other;
        }

        @Override
        public FileSystem getFileSystem() {
            return fileSystem;
        }

        @Override
        public boolean isAbsolute() {
            return real.isAbsolute();
        }

        @Override
        public @Nullable Path getRoot() {
            return watchedOrNull(real.getRoot());
        }

        @Override
        public @Nullable Path getFileName() {
            return watchedOrNull(real.getFileName());
        }

        @Override
        public @Nullable Path getParent() {
            return watchedOrNull(real.getParent());
        }

        @Override
        public int getNameCount() {
            return real.getNameCount();
        }

        @Override
        public Path getName(int index) {
            return watched(real.getName(index));
        }

        @Override
        public Path subpath(int from, int to) {
            return watched(real.subpath(from, to));
        }

        @Override
        public boolean startsWith(Path other) {
            return real.startsWith(same(other));
        }

        @Override
        public boolean endsWith(Path other) {
            return real.endsWith(same(other));
        }

        @Override
        public Path normalize() {
            return watched(real.normalize());
        }

        @Override
        public Path resolve(Path other) {
            return watched(real.resolve(same(other)));
        }

        @Override
        public Path relativize(Path other) {
            return watched(real.relativize(same(other)));
        }

        @Override
        public URI toUri() {
            return real.toUri();
        }

        @Override
        public Path toAbsolutePath() {
            return watched(real.toAbsolutePath());
        }

        @Override
        public Path toRealPath(LinkOption... options) throws IOException {
            return watched(real.toRealPath(options));
        }

        @Override
        public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Path other) {
            return real.compareTo(same(other));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof WatchedPath watched && watched.real.equals(real);
        }

        @Override
        public int hashCode() {
            return real.hashCode();
        }

        @Override
        public String toString() {
            return real.toString();
        }
    }
}
