package io.strandline.log.impl.journal;

import io.strandline.StrandlineException;
import io.strandline.log.impl.journal.JournalDirectory.Entry;
import io.strandline.log.impl.journal.JournalEnd.Checkpoint;
import io.strandline.log.impl.journal.JournalEnd.Mark;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.LogRules;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of a journal and decides which frames count.
 *
 * <p>A file supplies the frames from its first one up to the one before the next file's first. The existence of the next
 * file proves that these frames were forced, so a damaged frame among them is corruption. The newest file supplies frames
 * up to the first that is not whole, frame n. If a later frame says that n was forced, that is corruption too. Otherwise
 * the crash tore the tail at n, and n and all frames after it never counted.
 *
 * <p>{@link JournalEnd} names the newest file, and the last frame if the journal was closed. It is corruption if the
 * newest file is missing or ends before that frame.
 *
 * <p>If the journal was closed with a checkpoint, {@link #readNeeded} reads no more than that. What it relies on is in the
 * journal itself: the frames from the checkpoint on are whole, end where the mark says, and no other follows. Otherwise
 * everything is read.
 */
public final class JournalRecovery {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String UNCHANGED =
            "; the log was not opened and nothing was changed: restore this file from a backup";

    private final Disk disk;
    private final LogRules rules;
    private final List<RecoveredFile> files = new ArrayList<>();
    private final JournalScan.Window window = new JournalScan.Window();

    /**
     * Frames that are read once and kept: those that count, but are not proven forced, because after a failed force the
     * system may drop a page between two reads of it. After a close with a checkpoint, its frames.
     */
    private final ArrayDeque<HeldFrame> held = new ArrayDeque<>();

    private long lastFrame;
    private long endPosition = JournalFormat.PAGE_BYTES;
    private long provenForced;
    private @Nullable String tornTail;
    private @Nullable JournalEnd end;
    private boolean isWhole;

    /** The file that holds the first frame that was read, if frames before it were left out. */
    private @Nullable RecoveredFile oldest;

    /** A recovery by the rules of every log. */
    public JournalRecovery(Disk disk) {
        this(disk, LogRules.STANDARD);
    }

    JournalRecovery(Disk disk, LogRules rules) {
        this.disk = disk;
        this.rules = rules;
    }

    static long newSalt() {
        return RANDOM.nextLong();
    }

    @SuppressWarnings("ArrayRecordComponent") // handed on by reference, never compared
    private record HeldFrame(long number, FrameKind kind, byte[] body) {}

    /** A journal file with the places of its frames that count. */
    static final class RecoveredFile {
        final Entry entry;
        final FileHeader header;
        final long bytes;
        final byte[] salt;
        private long firstFrame;
        private long firstPosition = JournalFormat.PAGE_BYTES;
        private long[] positions = new long[64];
        private FrameKind[] kinds = new FrameKind[64];
        private int frames;

        RecoveredFile(Entry entry, FileHeader header, long bytes, byte[] salt) {
            this.entry = entry;
            this.header = header;
            this.bytes = bytes;
            this.salt = salt;
            this.firstFrame = header.firstFrame();
        }

        /** Number of the first frame that was read here. */
        long firstFrame() {
            return firstFrame;
        }

        /** Position of the first frame that was read here. */
        long firstPosition() {
            return firstPosition;
        }

        /** False if frames before the first one that was read were left out. */
        boolean isWhole() {
            return firstFrame == header.firstFrame();
        }

        private void forget() {
            firstFrame = header.firstFrame();
            firstPosition = JournalFormat.PAGE_BYTES;
        }

        private void add(long position, FrameKind kind) {
            if (frames == positions.length) {
                positions = Arrays.copyOf(positions, frames * 2);
                kinds = Arrays.copyOf(kinds, frames * 2);
            }
            positions[frames] = position;
            kinds[frames] = kind;
            frames++;
        }

        int frames() {
            return frames;
        }
    }

    /** Reads all files of a directory. Entries are in ascending order. */
    public void read(String directory, List<Entry> entries, int shard) throws IOException {
        readHeaders(directory, entries, shard);
        readAll();
    }

    /**
     * As {@link #read}, but of a journal that was closed with a checkpoint, only the checkpoint. The other frames can still
     * be read, see {@link #readAll}.
     */
    void readNeeded(String directory, List<Entry> entries, int shard) throws IOException {
        readHeaders(directory, entries, shard);
        Mark mark = end().mark();
        Checkpoint checkpoint = mark == null ? null : mark.checkpoint();
        if (mark == null
                || checkpoint == null
                || !rules.wasForced(checkpoint.firstFrame(), mark.lastFrame())
                || !readFrom(checkpoint, mark)) {
            readAll();
        }
    }

    private void readHeaders(String directory, List<Entry> entries, int shard) throws IOException {
        JournalEnd journalEnd = JournalEnd.read(disk, directory, shard);
        end = journalEnd;
        files.addAll(readHeaders(entries, shard));
        requireNewest(directory, shard, files, journalEnd);
    }

    /** Reads all frames. Does nothing if they were read. */
    public void readAll() throws IOException {
        if (isWhole) {
            return;
        }
        isWhole = true;
        provenForced = 0;
        held.clear();
        oldest = null;
        files.forEach(RecoveredFile::forget);
        for (int i = 0; i < files.size(); i++) {
            RecoveredFile file = files.get(i);
            if (i + 1 < files.size()) {
                readProven(file, files.get(i + 1).header.firstFrame());
            } else {
                provenForced = Math.max(provenForced, file.header.firstFrame() - 1);
                readTail(file, closedWith(end(), file));
            }
        }
    }

    /**
     * Reads the frames from a checkpoint to the end. Returns false if they are not what the mark says: it may be older than
     * the journal.
     */
    private boolean readFrom(Checkpoint checkpoint, Mark mark) throws IOException {
        RecoveredFile newest = newest();
        int from = indexOf(checkpoint.sequence());
        if (newest == null || from < 0 || !isMarked(newest)) {
            return false;
        }
        long number = checkpoint.firstFrame();
        long position = checkpoint.position();
        for (int i = from; i < files.size(); i++) {
            RecoveredFile file = files.get(i);
            long last =
                    file == newest ? mark.lastFrame() : files.get(i + 1).header.firstFrame() - 1;
            long upTo = file == newest ? checkpoint.endPosition() : file.bytes;
            if (!readBetween(file, number, position, last, upTo)) {
                return false;
            }
            number = last + 1;
            position = JournalFormat.PAGE_BYTES;
        }
        oldest = files.get(from);
        lastFrame = mark.lastFrame();
        provenForced = lastFrame;
        tornTail = newest.entry.name() + " at position " + endPosition + " after frame " + lastFrame;
        return true;
    }

    private int indexOf(long sequence) {
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).header.sequence() == sequence) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Reads some frames of a file, and checks that nothing follows if it is the newest one.
     *
     * @param upTo where they are expected to end, so that no more is read
     */
    private boolean readBetween(RecoveredFile file, long first, long position, long last, long upTo)
            throws IOException {
        try (DiskFile open = disk.openToRead(file.entry.name())) {
            file.firstFrame = first;
            file.firstPosition = position;
            long bytes = Math.min(JournalScan.WINDOW_BYTES, upTo - position + JournalFormat.PAGE_BYTES);
            JournalScan scan = new JournalScan(open, file.salt, window, (int) bytes);
            scan.moveTo(position);
            for (long number = first; number <= last; number++) {
                if (!scan.next(number)) {
                    return false;
                }
                held.add(new HeldFrame(number, scan.kind, scan.body()));
            }
            endPosition = scan.position();
            return file != newest() || !scan.next(last + 1);
        }
    }

    /** The newest file that the end of the journal names must be there, and the end if the newest file relies on it. */
    private static void requireNewest(String directory, int shard, List<RecoveredFile> headers, JournalEnd journalEnd) {
        FileHeader newest = headers.isEmpty() ? null : headers.get(headers.size() - 1).header;
        Mark mark = journalEnd.mark();
        if (mark == null && newest != null && newest.isMarked()) {
            throw new StrandlineException.Corrupt("shard " + shard + ": " + journalEnd.name()
                    + ", which names the end of its journal, is missing" + UNCHANGED);
        }
        long found = newest == null ? 0 : newest.sequence();
        if (mark != null && mark.sequence() > found) {
            throw new StrandlineException.Corrupt("shard " + shard + ": journal file "
                    + JournalNames.journal(directory, mark.sequence()) + " with the frames from " + mark.firstFrame()
                    + " on is missing, as " + journalEnd.name()
                    + " says" + UNCHANGED);
        }
    }

    /** Number of the frame with which the journal was closed, if this file was the newest then. Otherwise 0. */
    private static long closedWith(JournalEnd journalEnd, RecoveredFile newest) {
        Mark mark = journalEnd.mark();
        return mark != null && mark.isClosed() && mark.sequence() == newest.header.sequence() ? mark.lastFrame() : 0;
    }

    /** False if the mark may be of another file, which had the same name before. Then it ends nothing here. */
    private boolean isMarked(RecoveredFile file) {
        Mark mark = end().mark();
        return mark != null && mark.salt() == file.header.salt();
    }

    /** Headers of the newest files without a gap. Older files before a gap were being removed. */
    private List<RecoveredFile> readHeaders(List<Entry> entries, int shard) throws IOException {
        List<RecoveredFile> headers = new ArrayList<>();
        for (Entry entry : entries) {
            FileHeader header;
            long bytes;
            try (DiskFile file = disk.openToRead(entry.name())) {
                header = JournalScan.header(file, entry.name());
                bytes = file.size();
            }
            if (header == null || header.sequence() != entry.sequence() || header.shard() != shard) {
                throw new StrandlineException.Corrupt("journal file " + entry.name()
                        + " has a damaged or foreign header, which was forced before the file got its name;"
                        + " restore the file from a backup");
            }
            if (!headers.isEmpty() && headers.get(headers.size() - 1).header.sequence() + 1 != entry.sequence()) {
                headers.clear();
            }
            headers.add(new RecoveredFile(entry, header, bytes, JournalFormat.saltBytes(header.salt())));
        }
        return headers;
    }

    private void readProven(RecoveredFile file, long nextFirstFrame) throws IOException {
        try (DiskFile open = disk.openToRead(file.entry.name())) {
            JournalScan scan = new JournalScan(open, file.salt, window);
            for (long number = file.header.firstFrame(); number < nextFirstFrame; number++) {
                long position = scan.position();
                if (!scan.next(number)) {
                    throw damaged(file, number, position, "the next file begins with frame " + nextFirstFrame);
                }
                take(file, scan);
            }
        }
    }

    private void readTail(RecoveredFile file, long closedWith) throws IOException {
        long number = file.header.firstFrame();
        if (rules.wasForced(number, closedWith)) {
            provenForced = Math.max(provenForced, closedWith);
        }
        try (DiskFile open = disk.openToRead(file.entry.name())) {
            JournalScan scan = new JournalScan(open, file.salt, window);
            long position = scan.position();
            while (scan.next(number)) {
                take(file, scan);
                if (number > provenForced) {
                    held.add(new HeldFrame(number, scan.kind, scan.body()));
                }
                while (!held.isEmpty() && held.getFirst().number() <= provenForced) {
                    held.removeFirst();
                }
                number++;
                position = scan.position();
            }
            if (rules.wasForced(number, closedWith)) {
                throw damaged(file, number, position, "the journal was closed with frame " + closedWith);
            }
            // Nothing follows the last frame of a journal that was closed and not opened since.
            boolean isTheEnd = closedWith > 0 && number == closedWith + 1 && isMarked(file);
            long proof = isTheEnd ? 0 : scan.proofAfter(number, rules);
            if (proof != 0) {
                throw damaged(file, number, position, "frame " + proof + " proves that it was forced");
            }
            lastFrame = number - 1;
            endPosition = position;
            tornTail = file.entry.name() + " at position " + position + " before frame " + number;
        }
    }

    private void take(RecoveredFile file, JournalScan scan) {
        file.add(scan.framePosition, scan.kind);
        provenForced = Math.max(provenForced, scan.forcedUpTo);
    }

    private static StrandlineException.Corrupt damaged(RecoveredFile file, long number, long position, String proof) {
        return new StrandlineException.Corrupt("journal file " + file.entry.name() + ": frame " + number
                + " at position " + position + " is damaged or missing, and " + proof
                + UNCHANGED);
    }

    public List<RecoveredFile> files() {
        return files;
    }

    /** Mark of the end of the journal. Known when the files were read. */
    JournalEnd end() {
        if (end == null) {
            throw new IllegalStateException("no journal was read");
        }
        return end;
    }

    /** Whether the journal was closed when it was used last, as opposed to a crash. */
    public boolean wasClosed() {
        return !files.isEmpty() && closedWith(end(), files.get(files.size() - 1)) > 0;
    }

    /** The oldest file of which frames were read, or null if there is no file. */
    private @Nullable RecoveredFile oldestRead() {
        return oldest == null && !files.isEmpty() ? files.get(0) : oldest;
    }

    /** The file that the last owner wrote, or null if there is none. */
    @Nullable
    RecoveredFile newest() {
        return files.isEmpty() ? null : files.get(files.size() - 1);
    }

    /** Position in the newest file after the last frame that counts. */
    long endPosition() {
        return endPosition;
    }

    /** Bytes that the frames which are not proven forced take one after the other. */
    long unprovenBytes() {
        long bytes = 0;
        for (HeldFrame frame : held) {
            bytes += frame.number() > provenForced ? JournalFormat.frameBytes(frame.body().length) : 0;
        }
        return bytes;
    }

    /** Number of the newest frame that counts, 0 if there is none. */
    public long lastFrame() {
        return lastFrame;
    }

    /** Number of the newest frame that is known to have been forced. */
    public long provenForced() {
        return provenForced;
    }

    /** Where the journal ends, for messages. */
    public @Nullable String tornTail() {
        return tornTail;
    }

    /** Visits frames from a number on, in order. Visits frames of one kind, or of all kinds. */
    void visit(@Nullable FrameKind only, long from, Journal.Visitor visitor) throws IOException {
        for (RecoveredFile file : files) {
            long number = file.firstFrame;
            if (number + file.frames <= from || (only != null && !holds(file, only))) {
                continue;
            }
            try (DiskFile open = disk.openToRead(file.entry.name())) {
                JournalScan scan = new JournalScan(open, file.salt, window);
                for (int i = 0; i < file.frames; i++, number++) {
                    boolean wanted = number >= from
                            && number <= provenForced
                            && (only == null || file.kinds[i] == only)
                            && visitor.wants(number, file.kinds[i]);
                    if (wanted) {
                        scan.seek(file.positions[i], number);
                        visitor.frame(number, scan.kind, scan.body());
                    }
                }
            }
        }
        for (HeldFrame frame : held) {
            if (frame.number() >= from
                    && (only == null || frame.kind() == only)
                    && visitor.wants(frame.number(), frame.kind())) {
                visitor.frame(frame.number(), frame.kind(), frame.body());
            }
        }
    }

    private static boolean holds(RecoveredFile file, FrameKind kind) {
        for (int i = 0; i < file.frames; i++) {
            if (file.kinds[i] == kind) {
                return true;
            }
        }
        return false;
    }

    /** What was found, for a shard that owns the journal with this epoch. */
    public Journal.Contents contents(int epoch) {
        return new Journal.Contents() {
            @Override
            public int epoch() {
                return epoch;
            }

            @Override
            public long firstFrame() {
                RecoveredFile read = oldestRead();
                return read == null ? 0 : read.firstFrame;
            }

            @Override
            public long lastFrame() {
                return lastFrame;
            }

            @Override
            public String origin() {
                RecoveredFile read = oldestRead();
                return read == null ? "no file" : read.entry.name();
            }

            @Override
            public void includeAll() throws IOException {
                readAll();
            }

            @Override
            public void replay(@Nullable FrameKind only, long from, Journal.Visitor visitor) throws IOException {
                visit(only, from, visitor);
            }
        };
    }
}
