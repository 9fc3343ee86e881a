package io.strandline.testkit;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.testkit.SimulatedFile.Survival;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * A disk in memory that keeps the promises of {@link Disk} about a power cut, and nothing more.
 *
 * <p>A file consists of pages of 4 KiB in sectors of 512 bytes. After a power cut, each page that was written and not
 * forced holds its durable version, the latest one, one in between, or a mixture of them by sector, independent of the
 * other pages. A file that grew may have its old size, the new one, or one in between. Of the creations, renames and
 * deletions in a directory that was not forced since, the first few have happened. A seed decides.
 *
 * <p>One object is the disk until the power is cut. {@link #crash()} returns the disk that the next process finds, and
 * every call on the old one throws {@link SimulatedCrash} from then on. Not thread-safe: one run belongs to one thread.
 */
public final class SimulatedDisk implements Disk {

    private final SplittableRandom random;
    private final DiskFaults faults;
    private final Map<String, Directory> directories = new TreeMap<>();
    private long capacity = Long.MAX_VALUE;
    private boolean crashed;
    private final Map<String, Long> readBytes = new TreeMap<>();
    private BiConsumer<DiskOperation, String> observer = (operation, name) -> {};

    public SimulatedDisk(long seed) {
        this(new SplittableRandom(seed));
        directories.put("", new Directory());
    }

    private SimulatedDisk(SplittableRandom random) {
        this(random, new DiskFaults(random.split()), Long.MAX_VALUE);
    }

    private SimulatedDisk(SplittableRandom random, DiskFaults faults, long capacity) {
        this.random = random;
        this.faults = faults;
        this.capacity = capacity;
    }

    private Survival anySurvival() {
        Survival[] all = Survival.values();
        return all[random.nextInt(all.length)];
    }

    /** Cuts the power, unless that happened already, and returns the disk that is found when it comes back. */
    public SimulatedDisk crash() {
        SimulatedDisk next = kill();
        Survival usual = anySurvival();
        next.directories.replaceAll((name, directory) -> {
            Directory survivor = new Directory();
            directory.survivingNames(random).forEach((file, content) -> {
                Survival survival = random.nextBoolean() ? usual : anySurvival();
                survivor.files.put(file, content.survivor(random, survival));
            });
            survivor.durable.putAll(survivor.files);
            return survivor;
        });
        return next;
    }

    /**
     * Ends the process that uses the disk, but not the machine: what was written and not forced is still there, and still
     * not durable.
     */
    public SimulatedDisk kill() {
        crashed = true;
        SimulatedDisk next = new SimulatedDisk(random, faults.ofSameBreakage(random.split()), capacity);
        next.directories.putAll(directories);
        next.observer = observer;
        return next;
    }

    /** True from the power cut, or the end of the process, on. */
    public boolean crashed() {
        return crashed;
    }

    /** The faults to inject. A disk that comes back after a crash starts without faults, but as broken as before. */
    public DiskFaults faults() {
        return faults;
    }

    /** Tells of each operation, with the name of its file or directory, before it happens. */
    public void observe(BiConsumer<DiskOperation, String> operations) {
        observer = operations;
    }

    /** Bytes that were read of the files whose names begin so, since this disk was made. */
    public long readBytes(String beginning) {
        long bytes = 0;
        for (Map.Entry<String, Long> file : readBytes.entrySet()) {
            bytes += file.getKey().startsWith(beginning) ? file.getValue() : 0;
        }
        return bytes;
    }

    /** Sets how many bytes there is room for, in whole pages. */
    public void setCapacity(long bytes) {
        capacity = bytes;
    }

    /** Bytes of all files, in whole pages. */
    public long usedBytes() {
        long used = 0;
        for (Directory directory : directories.values()) {
            for (SimulatedFile file : directory.files.values()) {
                used += file.allocatedBytes();
            }
        }
        return used;
    }

    /** Turns the given bits of one stored byte, as failing hardware does. */
    public void damage(String file, long position, int bits) throws IOException {
        existing(file).damage(position, bits);
    }

    @Override
    public void createDirectories(String directory) throws IOException {
        begin(DiskOperation.CREATE_DIRECTORIES, directory);
        for (int at = directory.indexOf('/'); at >= 0; at = directory.indexOf('/', at + 1)) {
            directories.computeIfAbsent(directory.substring(0, at), name -> new Directory());
        }
        directories.computeIfAbsent(directory, name -> new Directory());
    }

    @Override
    public List<String> list(String directory) throws IOException {
        begin(DiskOperation.LIST, directory);
        Directory found = directories.get(directory);
        return found == null ? List.of() : List.copyOf(found.files.keySet());
    }

    @Override
    public List<String> directories(String directory) throws IOException {
        begin(DiskOperation.LIST, directory);
        String prefix = directory.isEmpty() ? "" : directory + "/";
        return directories.keySet().stream()
                .filter(name -> name.startsWith(prefix)
                        && name.length() > prefix.length()
                        && name.indexOf('/', prefix.length()) < 0)
                .map(name -> name.substring(prefix.length()))
                .sorted()
                .toList();
    }

    @Override
    public Map<String, Long> sizes(String directory) throws IOException {
        begin(DiskOperation.LIST, directory);
        Map<String, Long> sizes = new TreeMap<>();
        Directory found = directories.get(directory);
        if (found != null) {
            found.files.forEach((name, file) -> sizes.put(name, file.size()));
        }
        return sizes;
    }

    @Override
    public DiskFile open(String file) throws IOException {
        begin(DiskOperation.OPEN, file);
        return new Handle(file, existing(file), true);
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        begin(DiskOperation.OPEN, file);
        return new Handle(file, existing(file), false);
    }

    @Override
    public DiskFile create(String file) throws IOException {
        begin(DiskOperation.CREATE, file);
        Directory directory = directoryOf(file);
        if (directory.files.containsKey(nameOf(file))) {
            throw new FileAlreadyExistsException(file);
        }
        SimulatedFile created = new SimulatedFile();
        directory.change(files -> files.put(nameOf(file), created));
        return new Handle(file, created, true);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        begin(DiskOperation.RENAME, from);
        Directory directory = directoryOf(from);
        if (directory != directoryOf(to)) {
            throw new IOException("rename of " + from + " to " + to + " crosses directories");
        }
        SimulatedFile renamed = existing(from);
        directory.change(files -> {
            files.remove(nameOf(from));
            files.put(nameOf(to), renamed);
        });
    }

    @Override
    public void delete(String file) throws IOException {
        begin(DiskOperation.DELETE, file);
        Directory directory = directoryOf(file);
        if (directory.files.containsKey(nameOf(file))) {
            directory.change(files -> files.remove(nameOf(file)));
        }
    }

    @Override
    public void deleteDirectory(String directory) throws IOException {
        begin(DiskOperation.DELETE, directory);
        Directory found = directories.get(directory);
        boolean isEmpty = found != null
                && found.files.isEmpty()
                && found.durable.isEmpty()
                && directories.keySet().stream().noneMatch(other -> other.startsWith(directory + "/"));
        if (isEmpty) {
            directories.remove(directory);
        }
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        begin(DiskOperation.FORCE_DIRECTORY, directory);
        Directory found = directories.get(directory);
        if (found == null) {
            throw new NoSuchFileException(directory);
        }
        if (!faults.directoryForcesIgnored()) {
            found.force();
        }
    }

    /** Counts an operation that has no effect where it fails or meets the crash. */
    private void begin(DiskOperation kind, String name) throws IOException {
        switch (outcome(kind, name)) {
            case SUCCEED -> {}
            case FAIL -> throw failure(kind, name);
            case CRASH -> throw cut(kind, name);
        }
    }

    private DiskFaults.Outcome outcome(DiskOperation kind, String name) {
        if (crashed) {
            throw new SimulatedCrash("the power was cut before this " + kind);
        }
        observer.accept(kind, name);
        return faults.next(kind);
    }

    private SimulatedCrash cut(DiskOperation kind, String name) {
        crashed = true;
        return new SimulatedCrash("power cut at " + kind + " of \"" + name + "\"");
    }

    private static IOException failure(DiskOperation kind, String name) {
        return new IOException("simulated failure of " + kind + " of \"" + name + "\"");
    }

    private SimulatedFile existing(String file) throws IOException {
        SimulatedFile found = directoryOf(file).files.get(nameOf(file));
        if (found == null) {
            throw new NoSuchFileException(file);
        }
        return found;
    }

    private Directory directoryOf(String file) throws IOException {
        int slash = file.lastIndexOf('/');
        Directory directory = directories.get(slash < 0 ? "" : file.substring(0, slash));
        if (directory == null) {
            throw new NoSuchFileException(file);
        }
        return directory;
    }

    private static String nameOf(String file) {
        return file.substring(file.lastIndexOf('/') + 1);
    }

    private long roomLeft() {
        return capacity == Long.MAX_VALUE ? capacity : Math.max(0, capacity - usedBytes());
    }

    /** The files of one directory, as they are and as they are durable, and the changes in between. */
    private static final class Directory {

        private final TreeMap<String, SimulatedFile> files = new TreeMap<>();
        private final TreeMap<String, SimulatedFile> durable = new TreeMap<>();
        private final List<Change> unforced = new ArrayList<>();

        void change(Change change) {
            change.applyTo(files);
            unforced.add(change);
        }

        void force() {
            durable.clear();
            durable.putAll(files);
            unforced.clear();
        }

        Map<String, SimulatedFile> survivingNames(SplittableRandom random) {
            Map<String, SimulatedFile> survivors = new TreeMap<>(durable);
            int kept = random.nextInt(unforced.size() + 1);
            for (Change change : unforced.subList(0, kept)) {
                change.applyTo(survivors);
            }
            return survivors;
        }
    }

    private interface Change {
        void applyTo(Map<String, SimulatedFile> files);
    }

    private final class Handle implements DiskFile {

        private final String name;
        private final SimulatedFile file;
        private final boolean writable;
        private boolean closed;

        Handle(String name, SimulatedFile file, boolean writable) {
            this.name = name;
            this.file = file;
            this.writable = writable;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            begin(DiskOperation.READ, name);
            requireOpen();
            file.evict(random);
            int read = file.read(into, position);
            readBytes.merge(name, (long) Math.max(0, read), Long::sum);
            return read;
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            DiskFaults.Outcome outcome = outcome(DiskOperation.WRITE, name);
            requireOpen();
            if (!writable) {
                throw new NonWritableChannelException();
            }
            if (outcome != DiskFaults.Outcome.SUCCEED) {
                ByteBuffer part = from.duplicate();
                part.limit(part.position() + random.nextInt(part.remaining() + 1));
                file.write(part, position, roomLeft());
                throw throwing(outcome);
            }
            if (!file.write(from, position, roomLeft())) {
                throw new NoSpaceException(
                        "no room left in " + capacity + " bytes for " + from.remaining() + " of \"" + name + "\"");
            }
        }

        /** Throws a crash, or returns the failure. */
        private IOException throwing(DiskFaults.Outcome outcome) {
            if (outcome == DiskFaults.Outcome.CRASH) {
                throw cut(DiskOperation.WRITE, name);
            }
            return failure(DiskOperation.WRITE, name);
        }

        @Override
        public void force() throws IOException {
            DiskFaults.Outcome outcome = outcome(DiskOperation.FORCE, name);
            requireOpen();
            switch (outcome) {
                case SUCCEED -> {
                    if (!faults.forcesIgnored()) {
                        file.force();
                    }
                }
                case FAIL -> {
                    file.failForce(random);
                    throw failure(DiskOperation.FORCE, name);
                }
                case CRASH -> throw cut(DiskOperation.FORCE, name);
            }
        }

        @Override
        public long size() throws IOException {
            begin(DiskOperation.SIZE, name);
            requireOpen();
            return file.size();
        }

        @Override
        public void close() throws IOException {
            closed = true;
            begin(DiskOperation.CLOSE, name);
        }

        private void requireOpen() throws IOException {
            if (closed) {
                throw new ClosedChannelException();
            }
        }
    }
}
