package io.strandline.log.impl.journal;

import io.strandline.log.impl.journal.JournalDirectory.Spare;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.impl.journal.JournalRecovery.RecoveredFile;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Begins the file of a new owner with the frames that count but are not proven forced. If the newest file is small, the new
 * one takes over all of its frames that are needed, and its name: so restarts make no chain of files, and a log on a full
 * disk opens as often as it has to.
 */
final class JournalTakeover {

    private final JournalDirectory directory;
    private final JournalRecovery recovery;
    private final long firstFileBytes;

    JournalTakeover(JournalDirectory directory, JournalRecovery recovery, long firstFileBytes) {
        this.directory = directory;
        this.recovery = recovery;
        this.firstFileBytes = firstFileBytes;
    }

    /**
     * The file that is written from now on.
     *
     * @param position first free page
     * @param replacesNewest true if the newest file of before is gone
     */
    record Begun(Spare spare, FileHeader header, long position, boolean replacesNewest) {}

    /** Lets the file enter the journal. On return, its frames are forced. */
    Begun begin(int shard, int epoch) throws IOException {
        long needed =
                JournalFormat.PAGE_BYTES + JournalFormat.align(recovery.unprovenBytes(), JournalFormat.PAGE_BYTES);
        Spare spare = take(needed);
        try {
            RecoveredFile newest = recovery.newest();
            boolean replaces = newest != null && replacesNewest(newest, spare);
            long sequence = newest == null ? 1 : newest.header.sequence() + (replaces ? 0 : 1);
            long firstFrame = newest != null && replaces ? newest.firstFrame() : recovery.provenForced() + 1;
            FileHeader header = new FileHeader(shard, epoch, sequence, JournalRecovery.newSalt(), firstFrame);
            long position = copy(spare.file(), header, newest != null && replaces ? bytesOf(newest) : needed);
            directory.enter(spare, header);
            return new Begun(spare, header, position, replaces);
        } catch (Throwable e) {
            // Recovery is tried again, perhaps often.
            spare.file().close();
            throw e;
        }
    }

    private Spare take(long needed) throws IOException {
        Spare spare = directory.takeReserve(needed);
        if (spare == null) {
            spare = directory.takeSpare(needed);
        }
        return spare == null ? make(needed) : spare;
    }

    /** A full disk may have the room of the file alone that was replaced last. */
    private Spare make(long needed) throws IOException {
        try {
            return directory.make(Math.max(firstFileBytes, JournalFormat.align(2 * needed, JournalFormat.PAGE_BYTES)));
        } catch (NoSpaceException e) {
            return directory.make(needed);
        }
    }

    /** With the last reserve gone, only the room of the newest file can become the next one. */
    private boolean replacesNewest(RecoveredFile newest, Spare spare) {
        // A file before it must be followed by its next frame.
        return (newest.isWhole() || recovery.files().size() == 1)
                && bytesOf(newest) <= (directory.hasReserve() ? spare.bytes() / 2 : spare.bytes());
    }

    /** Size of a file that has the header and the frames of the newest one that are needed. */
    private long bytesOf(RecoveredFile newest) {
        return JournalFormat.PAGE_BYTES
                + JournalFormat.align(recovery.endPosition() - newest.firstPosition(), JournalFormat.PAGE_BYTES);
    }

    /** Writes frames as one group and returns the position after it. */
    private long copy(DiskFile file, FileHeader header, long mostBytes) throws IOException {
        ByteBuffer group = ByteBuffer.allocate((int) mostBytes).order(ByteOrder.LITTLE_ENDIAN);
        FrameEncoder encoder = new FrameEncoder(JournalFormat.saltBytes(header.salt()));
        recovery.visit(
                null,
                header.firstFrame(),
                (number, kind, body) -> encoder.encode(
                        group,
                        number,
                        recovery.provenForced(),
                        kind,
                        number == recovery.lastFrame(),
                        FrameBody.of(body)));
        int length = JournalFormat.align(group.position(), JournalFormat.PAGE_BYTES);
        if (length > 0) {
            group.position(0).limit(length);
            file.write(group, JournalFormat.PAGE_BYTES);
        }
        return (long) JournalFormat.PAGE_BYTES + length;
    }
}
