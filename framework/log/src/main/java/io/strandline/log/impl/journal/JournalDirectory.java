package io.strandline.log.impl.journal;

import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The files of one journal: which files there are, and how a file enters and leaves. Every method blocks, apart from
 * those that look at the stock.
 *
 * <p>A spare file has its full size and holds zeros or frames of an earlier use. Writing into it does not grow the file,
 * so forcing it does not have to commit metadata of the file system. {@value #RESERVES} files are kept apart, so that a
 * log on a full disk can be opened and can free space. The last of them is for a recovery. A recovery replaces the newest
 * file, so repeated recoveries need no more space. The others are lent for frames that free space.
 */
public final class JournalDirectory {

    /** Files that are kept for a full disk. */
    static final int RESERVES = 2;

    /** Most files of a shard's journal that are kept, including its spares. A busy log uses old files again. */
    private static final int FILES_AT_REST = 4;

    private static final int FILL_BYTES = 1 << 20;

    private final Disk disk;
    private final String directory;
    private final ConcurrentLinkedDeque<Stocked> spares = new ConcurrentLinkedDeque<>();
    private final ConcurrentLinkedDeque<Stocked> reserves = new ConcurrentLinkedDeque<>();
    private final ConcurrentLinkedDeque<Stocked> lent = new ConcurrentLinkedDeque<>();
    private final AtomicLong fileCount = new AtomicLong();

    /** Set by the recovery. No file enters before it is set. */
    private @Nullable JournalEnd end;

    JournalDirectory(Disk disk, String directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** A file that is ready. No two have one name, so none is equal to another. */
    private static final class Stocked {

        private final String name;
        private final long bytes;

        Stocked(String name, long bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        String name() {
            return name;
        }

        long bytes() {
            return bytes;
        }
    }

    /** A journal file by name, with its sequence. */
    public record Entry(long sequence, String name) {}

    /** Lists the journal files in ascending order, takes stock of the spares, and deletes what was left unfinished. */
    List<Entry> open() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String name : disk.list(directory)) {
            Long sequence = JournalNames.number(name, JournalNames.JOURNAL);
            Long spare = JournalNames.number(name, JournalNames.SPARE);
            Long reserve = JournalNames.number(name, JournalNames.RESERVE);
            if (sequence != null) {
                entries.add(new Entry(sequence, directory + "/" + name));
            } else if (spare != null) {
                stock(spares, spare, name);
            } else if (reserve != null) {
                stock(reserves, reserve, name);
            } else if (name.endsWith(JournalNames.UNFINISHED)) {
                disk.delete(directory + "/" + name);
            }
        }
        if (entries.isEmpty()) {
            // A file enters when the directory is durable.
            disk.createDirectories(directory);
        }
        return entries;
    }

    private void stock(ConcurrentLinkedDeque<Stocked> files, long count, String name) throws IOException {
        fileCount.set(Math.max(fileCount.get(), count));
        try (DiskFile file = disk.openToRead(directory + "/" + name)) {
            long bytes = file.size() / JournalFormat.PAGE_BYTES * JournalFormat.PAGE_BYTES;
            files.add(new Stocked(directory + "/" + name, bytes));
        }
    }

    /**
     * Names spares by the epoch of their owner from now on, so that one which an earlier owner still prepares does not
     * replace one of this owner's.
     */
    void ownedBy(int epoch) {
        fileCount.accumulateAndGet((long) epoch << 32, Math::max);
    }

    /** Lists the journal files in ascending order and changes nothing. */
    public static List<Entry> list(Disk disk, String directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String name : disk.list(directory)) {
            Long sequence = JournalNames.number(name, JournalNames.JOURNAL);
            if (sequence != null) {
                entries.add(new Entry(sequence, directory + "/" + name));
            }
        }
        return entries;
    }

    /** Size of the largest spare, 0 if there is none. */
    long spareBytes() {
        return largest(spares);
    }

    /** Size of the largest file that {@link #lendReserve} would lend, 0 if there is none. */
    long lendableBytes() {
        return reserves.size() < RESERVES ? 0 : largest(reserves);
    }

    /** True if all files for a full disk are there, each of at least so many bytes. */
    boolean hasReserves(long bytes) {
        return reserves.stream().filter(file -> file.bytes() >= bytes).count() >= RESERVES;
    }

    private static long largest(ConcurrentLinkedDeque<Stocked> files) {
        long largest = 0;
        for (Stocked file : files) {
            largest = Math.max(largest, file.bytes());
        }
        return largest;
    }

    /** True if there is a file for the next recovery. */
    boolean hasReserve() {
        return !reserves.isEmpty();
    }

    /**
     * Makes what is missing of the files for a full disk, and deletes those that became too small.
     *
     * @param mayCut whether spares may be given up for them
     */
    void makeReserves(long bytes, boolean mayCut) throws IOException {
        while (!hasReserves(bytes)) {
            try {
                reserves.add(make(bytes, JournalNames::reserve));
            } catch (NoSpaceException e) {
                Stocked spare = mayCut ? spares.poll() : null;
                if (spare == null) {
                    throw e;
                }
                disk.delete(spare.name());
            }
        }
        for (Stocked file : reserves) {
            if (reserves.size() > RESERVES && file.bytes() < bytes && reserves.remove(file)) {
                disk.delete(file.name());
            }
        }
    }

    /** Makes a spare, a smaller one if the disk has no room for it. */
    void makeSpare(long bytes, long leastBytes) throws IOException {
        for (long size = bytes;
                ;
                size = Math.max(leastBytes, size / 2 / JournalFormat.PAGE_BYTES * JournalFormat.PAGE_BYTES)) {
            try {
                spares.add(make(size, JournalNames::spare));
                return;
            } catch (NoSpaceException e) {
                if (size <= leastBytes) {
                    throw e;
                }
            }
        }
    }

    /** Makes a file to begin with. */
    Spare make(long bytes) throws IOException {
        String name = make(bytes, JournalNames::spare).name();
        return new Spare(name, disk.openUncached(name), bytes, false);
    }

    /** How a file is called when it is finished. */
    private interface Naming {
        String name(String directory, long count);
    }

    /** Writes a new file full of zeros. */
    private Stocked make(long bytes, Naming naming) throws IOException {
        long count = fileCount.incrementAndGet();
        String unfinished = JournalNames.unfinished(directory, count);
        try {
            try (DiskFile file = disk.createUncached(unfinished)) {
                ByteBuffer zeros = Disk.uncachedBuffer((int) Math.min(FILL_BYTES, bytes));
                for (long position = 0; position < bytes; position += zeros.capacity()) {
                    zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - position));
                    file.write(zeros, position);
                }
                file.force();
            }
        } catch (IOException e) {
            // What was written so far takes room that a full disk needs elsewhere.
            disk.delete(unfinished);
            throw e;
        }
        String name = naming.name(directory, count);
        disk.rename(unfinished, name);
        disk.forceDirectory(directory);
        return new Stocked(name, bytes);
    }

    /** Lets the next call of {@link #takeSpare} take a reserve of at least so many bytes, but never the last one. */
    boolean lendReserve(long bytes) {
        for (Stocked file : reserves) {
            if (reserves.size() >= RESERVES && file.bytes() >= bytes && reserves.remove(file)) {
                lent.add(file);
                return true;
            }
        }
        return false;
    }

    /**
     * Takes a lent reserve or else the largest spare out of stock and opens it. Returns null if none has so many bytes.
     */
    @Nullable
    Spare takeSpare(long bytes) throws IOException {
        Stocked reserve = lent.peek();
        if (reserve != null && reserve.bytes() >= bytes) {
            lent.remove(reserve);
            return open(reserve, true);
        }
        long largest = spareBytes();
        for (Stocked file : spares) {
            if (file.bytes() == largest && largest >= bytes && spares.remove(file)) {
                return open(file, false);
            }
        }
        return null;
    }

    /** Names what marks the end of the journal from now on. */
    void markedBy(JournalEnd journalEnd) {
        end = journalEnd;
    }

    private JournalEnd end() {
        if (end == null) {
            throw new IllegalStateException("journal " + directory + " was not recovered");
        }
        return end;
    }

    /** Takes the smallest reserve of at least so many bytes, for a recovery. Returns null if there is none. */
    @Nullable
    Spare takeReserve(long bytes) throws IOException {
        Stocked smallest = null;
        for (Stocked file : reserves) {
            if (file.bytes() >= bytes && (smallest == null || file.bytes() < smallest.bytes())) {
                smallest = file;
            }
        }
        if (smallest == null) {
            return null;
        }
        reserves.remove(smallest);
        return open(smallest, true);
    }

    private Spare open(Stocked file, boolean isReserve) throws IOException {
        return new Spare(file.name(), disk.openUncached(file.name()), file.bytes(), isReserve);
    }

    /** Deletes spares that a log at rest does not need. */
    void trim(int keptFiles) throws IOException {
        while (!spares.isEmpty() && spares.size() + keptFiles > FILES_AT_REST) {
            disk.delete(spares.remove().name());
        }
    }

    /**
     * A file that is ready to enter the journal.
     *
     * @param isReserve true if it was kept for a full disk
     */
    record Spare(String name, DiskFile file, long bytes, boolean isReserve) {}

    /**
     * Lets a file enter the journal. Its header, and everything else that was written into it, is forced before the
     * rename that makes it count. On return, the rename is durable, and the end of the journal is marked.
     */
    void enter(Spare spare, FileHeader header) throws IOException {
        FileHeader marked = header.marked(end().mark() != null);
        spare.file().write(ByteBuffer.wrap(JournalFormat.encode(marked)), 0);
        spare.file().force();
        disk.rename(spare.name(), JournalNames.journal(directory, header.sequence()));
        disk.forceDirectory(directory);
        end().entered(header);
    }

    /**
     * Marks the end of a journal in which everything is forced, so that the next open knows its last frame.
     *
     * @param checkpoint where the next open may begin to read, or null if it needs everything
     */
    void close(FileHeader newest, long lastFrame, JournalEnd.@Nullable Checkpoint checkpoint) throws IOException {
        end().closed(newest, lastFrame, checkpoint);
    }

    /**
     * Takes a file out of the journal: it becomes a spare, or is deleted if there are enough.
     *
     * @param spareBytes its size, or 0 if it is too small to be used again
     * @param keptFiles files that stay in the journal
     */
    void retire(long sequence, long spareBytes, int keptFiles) throws IOException {
        String name = JournalNames.journal(directory, sequence);
        if (spareBytes == 0 || keptFiles + spares.size() >= FILES_AT_REST) {
            disk.delete(name);
        } else {
            String spare = JournalNames.spare(directory, fileCount.incrementAndGet());
            disk.rename(name, spare);
            disk.forceDirectory(directory);
            spares.add(new Stocked(spare, spareBytes));
        }
    }
}
