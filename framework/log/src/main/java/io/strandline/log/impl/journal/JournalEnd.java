package io.strandline.log.impl.journal;

import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where a journal ends, known from a second place: a small file beside the directory of the journal. It names the newest
 * journal file, and after a close the last frame. So a newest file that is missing is noticed, and a close is told from a
 * crash. If the journal was closed with a checkpoint, it also says where that begins, so that the next open reads no more.
 * All numbers are little-endian.
 *
 * <pre>
 * file = two slots of 4,096 bytes, written in turn; the whole one with the higher count is valid
 *
 * slot
 *  at  bytes
 *   0  8   magic "STRANDE1"
 *   8  4   format version, 2
 *  12  4   CRC32C of bytes 8 to 12 and 16 to 64
 *  16  4   shard
 *  20  4   reserved, 0
 *  24  8   count of this mark, from 1; its lowest bit is the slot
 *  32  8   sequence of the newest journal file, 0 before the first
 *  40  8   number of its first frame
 *  48  8   number of the last frame if the journal was closed, -1 while it is open
 *  56  8   reserved, 0
 *  64  8   number of the first frame of the checkpoint with which the journal was closed, 0 if there is none
 *  72  8   sequence of the journal file that holds this frame
 *  80  8   its position in that file
 *  88  8   position after the last frame, in the newest file
 *  96  8   salt of the newest file
 * </pre>
 *
 * <p>Version 1 ends after byte 64.
 *
 * <p>A mark is forced after the journal file that it names entered the journal, and before the first frame is written to
 * that file. So a mark is never ahead of the journal, and no frame was acknowledged from a file that no mark names. A
 * power cut that tears one slot leaves the other. The place of the checkpoint has no checksum, because it counts only if the
 * frames from there to the end are whole and no other follows. Neither has the salt, because a wrong one only makes the next
 * open read more.
 *
 * <p>Every method blocks. A journal of an earlier release has no such file until its next open.
 */
public final class JournalEnd {

    public static final String ENDING = ".end";

    private static final int FORMAT_VERSION = 2;
    private static final int VERSION_WITHOUT_CHECKPOINT = 1;
    private static final int SLOT_BYTES = JournalFormat.PAGE_BYTES;
    private static final int CHECKED_FROM = 16;
    private static final int CHECKED_TO = 64;
    private static final long OPEN = -1;

    /** The count with which the file is created. Later marks were made when its name was durable. */
    private static final long FIRST = 1;

    private static final byte[] MAGIC = "STRANDE1".getBytes(StandardCharsets.US_ASCII);

    private final Disk disk;
    private final String name;
    private final int shard;
    private @Nullable Mark mark;

    private JournalEnd(Disk disk, String name, int shard) {
        this.disk = disk;
        this.name = name;
        this.shard = shard;
    }

    /**
     * What is known of the end of a journal.
     *
     * @param count how often the end was marked
     * @param sequence the newest journal file
     * @param firstFrame its first frame
     * @param lastFrame the last frame if the journal was closed, else -1
     * @param salt of the newest file, which tells it from one that took its name later. 0 if an earlier release did not
     *     write it
     * @param checkpoint the checkpoint with which it was closed, or null
     */
    record Mark(
            long count,
            long sequence,
            long firstFrame,
            long lastFrame,
            long salt,
            @Nullable Checkpoint checkpoint) {

        boolean isClosed() {
            return lastFrame != OPEN;
        }
    }

    /**
     * Where the frames are that the next open needs, if the journal was closed with a checkpoint.
     *
     * @param firstFrame number of the first of them
     * @param sequence the journal file that holds it
     * @param position its position in that file
     * @param endPosition position after the last frame, in the newest file
     */
    record Checkpoint(long firstFrame, long sequence, long position, long endPosition) {}

    /**
     * Reads the end of the journal in a directory.
     *
     * @throws StrandlineException.Corrupt if the file is there and none of its slots is whole
     * @throws StrandlineException.Invalid if it is of a newer format version
     */
    static JournalEnd read(Disk disk, String directory, int shard) throws IOException {
        JournalEnd end = new JournalEnd(disk, directory + ENDING, shard);
        if (!disk.list(parent(directory)).contains(nameIn(end.name))) {
            return end;
        }
        byte[] slots = new byte[2 * SLOT_BYTES];
        try (DiskFile file = disk.openToRead(end.name)) {
            file.read(ByteBuffer.wrap(slots), 0);
        }
        Mark first = end.decode(slots, 0);
        Mark second = end.decode(slots, SLOT_BYTES);
        end.mark = first == null || (second != null && second.count > first.count) ? second : first;
        if (end.mark == null) {
            throw new StrandlineException.Corrupt(end.name + ", which names the end of the journal of shard " + shard
                    + ", is damaged in both of its slots; the log was not opened and nothing was changed:"
                    + " restore this file from a backup");
        }
        return end;
    }

    private static String parent(String path) {
        return path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
    }

    private static String nameIn(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    String name() {
        return name;
    }

    /** The newest mark, or null if there is no file. */
    @Nullable
    Mark mark() {
        return mark;
    }

    /** Creates the file if it is missing, and makes it durable. A new file names no journal file yet. */
    void create() throws IOException {
        if (mark != null) {
            if (mark.count == FIRST) {
                // A process that was killed between rename and force left a name that only looks durable.
                disk.forceDirectory(parent(name));
            }
            return;
        }
        Mark none = new Mark(FIRST, 0, 0, OPEN, 0, null);
        byte[] slots = new byte[2 * SLOT_BYTES];
        encode(none, slots, slotOf(none));
        String unfinished = name + JournalNames.UNFINISHED;
        disk.delete(unfinished);
        try {
            try (DiskFile file = disk.create(unfinished)) {
                file.write(ByteBuffer.wrap(slots), 0);
                file.force();
            }
        } catch (IOException e) {
            disk.delete(unfinished);
            throw e;
        }
        disk.rename(unfinished, name);
        disk.forceDirectory(parent(name));
        mark = none;
    }

    /** Marks that a file entered the journal. Does nothing while there is no file for marks. */
    void entered(FileHeader header) throws IOException {
        mark(header, OPEN, null);
    }

    /**
     * The journal was closed, and everything in it is forced.
     *
     * @param header of the newest file
     * @param lastFrame number of the newest frame
     * @param checkpoint where the next open may begin to read, or null if it needs everything
     */
    void closed(FileHeader header, long lastFrame, @Nullable Checkpoint checkpoint) throws IOException {
        mark(header, lastFrame, checkpoint);
    }

    private void mark(FileHeader header, long lastFrame, @Nullable Checkpoint checkpoint) throws IOException {
        if (mark == null) {
            return;
        }
        Mark next =
                new Mark(mark.count + 1, header.sequence(), header.firstFrame(), lastFrame, header.salt(), checkpoint);
        byte[] slot = new byte[SLOT_BYTES];
        encode(next, slot, 0);
        try (DiskFile file = disk.open(name)) {
            file.write(ByteBuffer.wrap(slot), slotOf(next));
            file.force();
        }
        mark = next;
    }

    private static int slotOf(Mark mark) {
        return (int) (mark.count & 1) * SLOT_BYTES;
    }

    private void encode(Mark of, byte[] into, int at) {
        System.arraycopy(MAGIC, 0, into, at, MAGIC.length);
        LittleEndian.putInt(into, at + 8, FORMAT_VERSION);
        LittleEndian.putInt(into, at + 16, shard);
        LittleEndian.putLong(into, at + 24, of.count);
        LittleEndian.putLong(into, at + 32, of.sequence);
        LittleEndian.putLong(into, at + 40, of.firstFrame);
        LittleEndian.putLong(into, at + 48, of.lastFrame);
        LittleEndian.putInt(into, at + 12, checksum(into, at));
        Checkpoint checkpoint = of.checkpoint;
        if (checkpoint != null) {
            LittleEndian.putLong(into, at + 64, checkpoint.firstFrame);
            LittleEndian.putLong(into, at + 72, checkpoint.sequence);
            LittleEndian.putLong(into, at + 80, checkpoint.position);
            LittleEndian.putLong(into, at + 88, checkpoint.endPosition);
        }
        LittleEndian.putLong(into, at + 96, of.salt);
    }

    private @Nullable Mark decode(byte[] bytes, int at) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (bytes[at + i] != MAGIC[i]) {
                return null;
            }
        }
        if (LittleEndian.getInt(bytes, at + 12) != checksum(bytes, at)) {
            return null;
        }
        int version = LittleEndian.getInt(bytes, at + 8);
        if (version < VERSION_WITHOUT_CHECKPOINT || version > FORMAT_VERSION) {
            throw new StrandlineException.Invalid(name + " has format version " + version + ", this release reads "
                    + VERSION_WITHOUT_CHECKPOINT + " to " + FORMAT_VERSION);
        }
        return LittleEndian.getInt(bytes, at + 16) == shard
                ? new Mark(
                        LittleEndian.getLong(bytes, at + 24),
                        LittleEndian.getLong(bytes, at + 32),
                        LittleEndian.getLong(bytes, at + 40),
                        LittleEndian.getLong(bytes, at + 48),
                        version == VERSION_WITHOUT_CHECKPOINT ? 0 : LittleEndian.getLong(bytes, at + 96),
                        version == VERSION_WITHOUT_CHECKPOINT ? null : decodeCheckpoint(bytes, at))
                : null;
    }

    private static @Nullable Checkpoint decodeCheckpoint(byte[] bytes, int at) {
        long firstFrame = LittleEndian.getLong(bytes, at + 64);
        return firstFrame == 0
                ? null
                : new Checkpoint(
                        firstFrame,
                        LittleEndian.getLong(bytes, at + 72),
                        LittleEndian.getLong(bytes, at + 80),
                        LittleEndian.getLong(bytes, at + 88));
    }

    private static int checksum(byte[] bytes, int at) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, at + 8, 4);
        crc.update(bytes, at + CHECKED_FROM, CHECKED_TO - CHECKED_FROM);
        return (int) crc.getValue();
    }
}
