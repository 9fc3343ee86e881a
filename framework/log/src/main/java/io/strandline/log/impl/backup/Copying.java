package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.backup.BackupProgress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Copies and reads whole files, in pieces, with their checksums. Used by one thread. Every method blocks. */
final class Copying {

    private static final int PIECE_BYTES = 256 << 10;

    private final BackupProgress progress;
    private final BooleanSupplier stopped;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
    private String step = "";
    private long doneBytes;
    private long totalBytes;

    /** @param stopped whether the work is to end, asked between two pieces */
    Copying(BackupProgress progress, BooleanSupplier stopped) {
        this.progress = progress;
        this.stopped = stopped;
    }

    /** A new part of the work begins. */
    void begin(String newStep, long bytes) {
        step = newStep;
        doneBytes = 0;
        totalBytes = bytes;
        progress.progress(step, 0, totalBytes);
    }

    private void done(int bytes) {
        doneBytes += bytes;
        progress.progress(step, doneBytes, Math.max(doneBytes, totalBytes));
    }

    /** Bytes need no copy, because they are there. */
    void skip(long bytes) {
        doneBytes += bytes;
    }

    /** @throws StrandlineException.Unavailable if the work is to end */
    void requireGoing() {
        if (stopped.getAsBoolean()) {
            throw new StrandlineException.Unavailable(
                    "the backup was stopped, because the log closes; begin it again to go on");
        }
    }

    /**
     * Copies a file durably, under a name that the copy gets when it is whole. The directory is not forced.
     *
     * @return what was read
     */
    Content copy(Disk from, String source, Disk to, String target) throws IOException {
        String unfinished = target + BackupDirectory.UNFINISHED;
        to.delete(unfinished);
        Content content;
        try (DiskFile in = from.openToRead(source);
                DiskFile out = to.create(unfinished)) {
            content = pass(in, out);
            out.force();
        }
        to.rename(unfinished, target);
        return content;
    }

    /** Reads a file to its end. */
    Content read(Disk disk, String name) throws IOException {
        try (DiskFile in = disk.openToRead(name)) {
            return pass(in, null);
        }
    }

    private Content pass(DiskFile in, @Nullable DiskFile out) throws IOException {
        CRC32C crc = new CRC32C();
        long position = 0;
        for (int read = next(in, 0); read > 0; read = next(in, position)) {
            crc.update(piece.duplicate());
            if (out != null) {
                out.write(piece.duplicate(), position);
            }
            position += read;
            done(read);
        }
        return new Content(position, (int) crc.getValue());
    }

    private int next(DiskFile in, long position) throws IOException {
        requireGoing();
        piece.clear();
        int read = in.read(piece, position);
        piece.flip();
        return read;
    }
}
