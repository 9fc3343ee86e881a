package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.spi.watch.DiskRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A disk in the heap, for logs that end with their JVM. It has no power cut, so a force has nothing to do. May be used by
 * many threads.
 *
 * <p>A file is made of pages of {@link Disk#UNCACHED_UNIT} bytes. Each page below its size takes room. A page of zeros takes
 * no heap, so a journal file that is filled in advance has its room and costs nothing until it is written.
 */
public final class MemoryDisk implements Disk {

    private static final int PAGE_BYTES = Disk.UNCACHED_UNIT;
    private static final int FIRST_PAGES = 16;
    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    private final long capacityBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final Set<String> directories = ConcurrentHashMap.newKeySet();

    /** Every file by its name. Replaced as a whole, so that a rename is one step for who lists. */
    private final AtomicReference<NavigableMap<String, MemoryFile>> files = new AtomicReference<>(new TreeMap<>());

    /** @param capacityBytes room for pages, in bytes */
    public MemoryDisk(long capacityBytes) {
        this.capacityBytes = capacityBytes;
        directories.add("");
    }

    private NavigableMap<String, MemoryFile> names() {
        return Objects.requireNonNull(files.get());
    }

    /** Room that all files take, in bytes: whole pages up to the size of each. */
    public long usedBytes() {
        return usedBytes.get();
    }

    @Override
    public DiskRoom room() {
        return new DiskRoom(Math.max(0, capacityBytes - usedBytes()), capacityBytes);
    }

    @Override
    public void createDirectories(String directory) {
        for (int at = directory.indexOf('/'); at >= 0; at = directory.indexOf('/', at + 1)) {
            directories.add(directory.substring(0, at));
        }
        directories.add(directory);
    }

    @Override
    public List<String> list(String directory) {
        String prefix = directory.isEmpty() ? "" : directory + "/";
        List<String> names = new ArrayList<>();
        for (String name : names().tailMap(prefix, true).keySet()) {
            if (!name.startsWith(prefix)) {
                break;
            }
            if (name.indexOf('/', prefix.length()) < 0) {
                names.add(name.substring(prefix.length()));
            }
        }
        return names;
    }

    @Override
    public List<String> directories(String directory) {
        String prefix = directory.isEmpty() ? "" : directory + "/";
        return directories.stream()
                .filter(name -> name.startsWith(prefix)
                        && name.length() > prefix.length()
                        && name.indexOf('/', prefix.length()) < 0)
                .map(name -> name.substring(prefix.length()))
                .sorted()
                .toList();
    }

    @Override
    public DiskFile open(String file) throws IOException {
        return new Handle(file, existing(names(), file), true);
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        return new Handle(file, existing(names(), file), false);
    }

    @Override
    public DiskFile create(String file) throws IOException {
        requireDirectory(file);
        MemoryFile created = new MemoryFile();
        change(names -> {
            if (names.putIfAbsent(file, created) != null) {
                throw new FileAlreadyExistsException(file);
            }
            return null;
        });
        return new Handle(file, created, true);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        requireDirectory(to);
        change(names -> {
            MemoryFile renamed = existing(names, from);
            names.remove(from);
            return names.put(to, renamed);
        });
    }

    @Override
    public void delete(String file) throws IOException {
        change(names -> names.remove(file));
    }

    @Override
    public void deleteDirectory(String directory) {
        String prefix = directory + "/";
        String first = names().ceilingKey(prefix);
        boolean isEmpty = (first == null || !first.startsWith(prefix))
                && directories.stream().noneMatch(other -> other.startsWith(prefix));
        if (isEmpty) {
            directories.remove(directory);
        }
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        requireDirectory(directory + "/");
    }

    /** One change of the names. Returns the file that has no name any more, if there is one. */
    private interface NameChange {
        @Nullable
        MemoryFile applyTo(NavigableMap<String, MemoryFile> names) throws IOException;
    }

    private void change(NameChange change) throws IOException {
        NavigableMap<String, MemoryFile> before;
        NavigableMap<String, MemoryFile> after;
        MemoryFile nameless;
        do {
            before = names();
            after = new TreeMap<>(before);
            nameless = change.applyTo(after);
        } while (!files.compareAndSet(before, after));
        if (nameless != null) {
            usedBytes.addAndGet(-nameless.losesName());
        }
    }

    private static MemoryFile existing(NavigableMap<String, MemoryFile> names, String file) throws IOException {
        MemoryFile found = names.get(file);
        if (found == null) {
            throw new NoSuchFileException(file);
        }
        return found;
    }

    private void requireDirectory(String file) throws IOException {
        String directory = file.substring(0, Math.max(0, file.lastIndexOf('/')));
        if (!directories.contains(directory)) {
            throw new NoSuchFileException(directory);
        }
    }

    /** Takes the room of a file that grows, all of it or none. */
    private void reserve(String name, MemoryFile file, long size) throws IOException {
        long grown = pagesOf(size) - pagesOf(file.size);
        if (grown <= 0) {
            return;
        }
        long bytes = grown * PAGE_BYTES;
        if (usedBytes.addAndGet(bytes) > capacityBytes) {
            usedBytes.addAndGet(-bytes);
            throw new NoSpaceException("no room for " + name + " in the " + capacityBytes
                    + " bytes of heap that a log in memory may take");
        }
        if (!file.grows(bytes)) {
            usedBytes.addAndGet(-bytes);
        }
    }

    private static long pagesOf(long bytes) {
        return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
    }

    /** Written by one thread at a time. The size is written last, and shows readers the pages below it. */
    private static final class MemoryFile {

        private static final long NAMELESS = -1;

        private volatile byte[] @Nullable [] pages = new byte[FIRST_PAGES][];
        private volatile long size;
        /** Room that is charged for the file; {@link #NAMELESS} after it was deleted, when nothing is charged any more. */
        private final AtomicLong chargedBytes = new AtomicLong();

        /** False if the file has no name any more. */
        boolean grows(long bytes) {
            return chargedBytes.getAndUpdate(charged -> charged == NAMELESS ? NAMELESS : charged + bytes) != NAMELESS;
        }

        /** Room to give back, in bytes. */
        long losesName() {
            return Math.max(0, chargedBytes.getAndSet(NAMELESS));
        }
    }

    private final class Handle implements DiskFile {

        private final String name;
        private final MemoryFile file;
        private final boolean isWritable;
        private volatile boolean isClosed;

        Handle(String name, MemoryFile file, boolean isWritable) {
            this.name = name;
            this.file = file;
            this.isWritable = isWritable;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            requireOpen();
            int length = (int) Math.min(into.remaining(), Math.max(0, file.size - position));
            byte[] @Nullable [] pages = file.pages;
            long at = position;
            int left = length;
            while (left > 0) {
                int inPage = (int) (at % PAGE_BYTES);
                int part = Math.min(left, PAGE_BYTES - inPage);
                int index = (int) (at / PAGE_BYTES);
                byte @Nullable [] page = index < pages.length ? pages[index] : null;
                into.put(page == null ? ZEROS : page, inPage, part);
                at += part;
                left -= part;
            }
            return length;
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            requireOpen();
            if (!isWritable) {
                throw new NonWritableChannelException();
            }
            reserve(name, file, position + from.remaining());
            long at = position;
            while (from.hasRemaining()) {
                int inPage = (int) (at % PAGE_BYTES);
                int part = Math.min(from.remaining(), PAGE_BYTES - inPage);
                byte @Nullable [] page = page((int) (at / PAGE_BYTES));
                if (page == null && isZeros(from, part)) {
                    from.position(from.position() + part);
                } else {
                    from.get(page == null ? newPage((int) (at / PAGE_BYTES)) : page, inPage, part);
                }
                at += part;
                file.size = Math.max(file.size, at);
            }
        }

        private static boolean isZeros(ByteBuffer buffer, int length) {
            return buffer.slice(buffer.position(), length).mismatch(ByteBuffer.wrap(ZEROS, 0, length)) < 0;
        }

        private byte @Nullable [] page(int index) {
            byte[] @Nullable [] pages = file.pages;
            return index < pages.length ? pages[index] : null;
        }

        private byte[] newPage(int index) {
            byte[] @Nullable [] pages = file.pages;
            if (index >= pages.length) {
                pages = Arrays.copyOf(pages, Math.max(index + 1, pages.length * 2));
            }
            byte[] page = new byte[PAGE_BYTES];
            pages[index] = page;
            file.pages = pages;
            return page;
        }

        @Override
        public void force() throws IOException {
            requireOpen();
        }

        @Override
        public long size() throws IOException {
            requireOpen();
            return file.size;
        }

        @Override
        public void close() {
            isClosed = true;
        }

        private void requireOpen() throws IOException {
            if (isClosed) {
                throw new ClosedChannelException();
            }
        }
    }
}
