package io.strandline.log;

import io.strandline.log.JournalFormat.FileHeader;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The files of one journal: which there are, and how one enters and leaves. Every method blocks.
 *
 * <p>A spare file is full-sized and holds zeros or frames of an earlier use; writing into it grows nothing, so that
 * forcing it does not have to commit metadata of the file system.
 */
final class JournalDirectory {

    /** Files that are kept ready at most; a busy log needs no new one as long as old ones come back. */
    private static final int MAX_SPARES = 4;

    private static final int FILL_BYTES = 1 << 20;

    private final Disk disk;
    private final String directory;
    private final long fileBytes;
    private final ConcurrentLinkedDeque<String> spares = new ConcurrentLinkedDeque<>();
    private final AtomicLong spareCount = new AtomicLong();

    /** Set by the recovery; before it no file enters. */
    private @Nullable JournalEnd end;

    JournalDirectory(Disk disk, String directory, long fileBytes) {
        this.disk = disk;
        this.directory = directory;
        this.fileBytes = fileBytes;
    }

    /** A journal file by name, with its sequence. */
    record Entry(long sequence, String name) {}

    /** Lists the journal files in ascending order, takes stock of the spares, and deletes what was left unfinished. */
    List<Entry> open() throws IOException {
        disk.createDirectories(directory);
        List<Entry> entries = new ArrayList<>();
        for (String name : disk.list(directory)) {
            Long sequence = JournalNames.number(name, JournalNames.JOURNAL);
            Long spare = JournalNames.number(name, JournalNames.SPARE);
            if (sequence != null) {
                entries.add(new Entry(sequence, directory + "/" + name));
            } else if (spare != null) {
                spareCount.set(Math.max(spareCount.get(), spare));
                spares.add(directory + "/" + name);
            } else if (name.endsWith(JournalNames.UNFINISHED)) {
                disk.delete(directory + "/" + name);
            }
        }
        return entries;
    }

    /**
     * Names spares by the epoch of their owner from now on, so that one which an earlier owner still prepares does not
     * replace one of this owner's.
     */
    void ownedBy(int epoch) {
        spareCount.accumulateAndGet((long) epoch << 32, Math::max);
    }

    /** Lists the journal files in ascending order and changes nothing. */
    static List<Entry> list(Disk disk, String directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String name : disk.list(directory)) {
            Long sequence = JournalNames.number(name, JournalNames.JOURNAL);
            if (sequence != null) {
                entries.add(new Entry(sequence, directory + "/" + name));
            }
        }
        return entries;
    }

    boolean hasSpare() {
        return !spares.isEmpty();
    }

    /** Writes a new file full of zeros, and keeps it as a spare. */
    void makeSpare() throws IOException {
        long count = spareCount.incrementAndGet();
        String unfinished = JournalNames.unfinished(directory, count);
        try {
            try (DiskFile file = disk.createUncached(unfinished)) {
                ByteBuffer zeros = Disk.uncachedBuffer((int) Math.min(FILL_BYTES, fileBytes));
                for (long position = 0; position < fileBytes; position += zeros.capacity()) {
                    zeros.clear().limit((int) Math.min(zeros.capacity(), fileBytes - position));
                    file.write(zeros, position);
                }
                file.force();
            }
        } catch (IOException e) {
            // What was written so far takes room that a full disk needs elsewhere.
            disk.delete(unfinished);
            throw e;
        }
        String spare = JournalNames.spare(directory, count);
        disk.rename(unfinished, spare);
        disk.forceDirectory(directory);
        spares.add(spare);
    }

    /** Takes a spare out of stock and opens it, or null if there is none. */
    @Nullable
    Spare takeSpare() throws IOException {
        String name = spares.poll();
        return name == null ? null : new Spare(name, disk.openUncached(name));
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

    /** A file that is ready to enter the journal. */
    record Spare(String name, DiskFile file) {}

    /**
     * Lets a file enter the journal. Its header, and whatever else was written into it, is forced before the rename that
     * makes it count; when this returns, the rename is durable, and the end of the journal is marked.
     */
    void enter(Spare spare, FileHeader header) throws IOException {
        FileHeader marked = header.marked(end().mark() != null);
        spare.file().write(ByteBuffer.wrap(JournalFormat.encode(marked)), 0);
        spare.file().force();
        disk.rename(spare.name(), JournalNames.journal(directory, header.sequence()));
        disk.forceDirectory(directory);
        end().entered(header);
    }

    /** Marks the end of a journal in which everything is forced, so that the next open knows its last frame. */
    void close(FileHeader newest, long lastFrame) throws IOException {
        end().closed(newest, lastFrame);
    }

    /** Takes a file out of the journal: it becomes a spare, or is deleted if there are enough. */
    void retire(long sequence) throws IOException {
        String name = JournalNames.journal(directory, sequence);
        if (spares.size() >= MAX_SPARES) {
            disk.delete(name);
        } else {
            String spare = JournalNames.spare(directory, spareCount.incrementAndGet());
            disk.rename(name, spare);
            disk.forceDirectory(directory);
            spares.add(spare);
        }
    }
}
