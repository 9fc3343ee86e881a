package io.strandline.log.impl.journal;

import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.file.PrefixChecksums;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.LogRules;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads the frames of one journal file in order, through a window of the file in memory. */
final class JournalScan {

    static final int WINDOW_BYTES = 1 << 20;

    private final DiskFile file;
    private final long size;
    private final byte[] salt;
    private final CRC32C crc = new CRC32C();
    private final Window bytes;
    private final int windowBytes;
    private byte[] window;
    private long windowFrom;
    private int windowLength;

    private long position = JournalFormat.PAGE_BYTES;

    /** The frame that {@link #next} found. */
    long number;

    long forcedUpTo;
    FrameKind kind = FrameKind.PROOF;
    long framePosition;
    int bodyLength;

    JournalScan(DiskFile file, byte[] salt) throws IOException {
        this(file, salt, new Window());
    }

    /** @param bytes is used by one scan at a time */
    JournalScan(DiskFile file, byte[] salt, Window bytes) throws IOException {
        this(file, salt, bytes, WINDOW_BYTES);
    }

    /**
     * A scan that may need only a part of the file.
     *
     * @param windowBytes how many bytes it reads at once
     */
    JournalScan(DiskFile file, byte[] salt, Window bytes, int windowBytes) throws IOException {
        this.file = file;
        this.size = file.size();
        this.bytes = bytes;
        this.windowBytes = (int) Math.min(Math.max(windowBytes, JournalFormat.PAGE_BYTES), size);
        this.window = bytes.atLeast(this.windowBytes);
        this.salt = salt;
    }

    /** Memory through which scans read, one after the other. */
    static final class Window {

        private byte[] bytes = new byte[0];

        private byte[] atLeast(int length) {
            if (bytes.length < length) {
                bytes = new byte[length];
            }
            return bytes;
        }
    }

    /** Reads the header of a file. Returns null if the file has no whole header. */
    static @Nullable FileHeader header(DiskFile file, String name) throws IOException {
        byte[] page = new byte[JournalFormat.PAGE_BYTES];
        if (file.read(ByteBuffer.wrap(page), 0) < page.length) {
            return null;
        }
        return JournalFormat.decodeHeader(page, name);
    }

    /** Position in file of the frame that {@link #next} will look at. */
    long position() {
        return position;
    }

    /** Moves to the next frame if it is whole and has this number. */
    boolean next(long expectedNumber) throws IOException {
        if (!parse(position, expectedNumber)) {
            return false;
        }
        boolean last = (window[index(position) + 25] & JournalFormat.FLAG_LAST_OF_GROUP) != 0;
        long end = position + JournalFormat.frameBytes(bodyLength);
        position = last ? JournalFormat.align(end, JournalFormat.PAGE_BYTES) : end;
        return true;
    }

    /** A copy of the body of the current frame. */
    byte[] body() throws IOException {
        require(framePosition, JournalFormat.FRAME_HEADER_BYTES + bodyLength);
        int from = index(framePosition) + JournalFormat.FRAME_HEADER_BYTES;
        return Arrays.copyOfRange(window, from, from + bodyLength);
    }

    /**
     * Looks at every later page for a whole frame with a higher number that says that frame {@code bad} was forced.
     *
     * <p>Pages in the middle of a group hold whatever was appended, which may look like the header of a long frame on every
     * page. Their checksums come from {@link PrefixChecksums}, so the search costs two passes over the file at most.
     *
     * @return the number of that frame, or 0
     */
    long proofAfter(long bad, LogRules rules) throws IOException {
        PrefixChecksums checksums = null;
        for (long page = JournalFormat.align(position + 1, JournalFormat.PAGE_BYTES);
                page < size;
                page += JournalFormat.PAGE_BYTES) {
            if (!looksLikeProof(page, bad, rules)) {
                continue;
            }
            if (checksums == null) {
                checksums = new PrefixChecksums(file, page);
            }
            int i = index(page);
            long found = LittleEndian.getLong(window, i + 8);
            long from = page + JournalFormat.CHECKED_FROM;
            long to = page + JournalFormat.FRAME_HEADER_BYTES + LittleEndian.getInt(window, i);
            int checksum = PrefixChecksums.join(saltChecksum(), checksums.checksum(from, to), to - from);
            if (checksum == LittleEndian.getInt(window, i + 4)) {
                return found;
            }
        }
        return 0;
    }

    /** Whether the header of a frame that proves another one could be at a page, its checksum aside. */
    private boolean looksLikeProof(long page, long bad, LogRules rules) throws IOException {
        if (!require(page, JournalFormat.FRAME_HEADER_BYTES)) {
            return false;
        }
        int i = index(page);
        int length = LittleEndian.getInt(window, i);
        long candidate = LittleEndian.getLong(window, i + 8);
        long proves = LittleEndian.getLong(window, i + 16);
        // Frames in between take a header each at least.
        long most = bad + (page - position) / JournalFormat.FRAME_HEADER_BYTES;
        return length >= 0
                && length <= size - page - JournalFormat.FRAME_HEADER_BYTES
                && candidate > bad
                && candidate <= most
                && rules.wasForced(bad, proves)
                && proves < candidate
                && FrameKind.of(window[i + 24]) != null
                && JournalFormat.reservedIsZero(window, i);
    }

    private int saltChecksum() {
        crc.reset();
        crc.update(salt);
        return (int) crc.getValue();
    }

    /** Reads the frame at a position into the fields. Returns false if there is no whole frame with this number. */
    private boolean parse(long at, long expectedNumber) throws IOException {
        if (!require(at, JournalFormat.FRAME_HEADER_BYTES)) {
            return false;
        }
        int i = index(at);
        int length = LittleEndian.getInt(window, i);
        FrameKind frameKind = FrameKind.of(window[i + 24]);
        if (length < 0 || frameKind == null || length > size - at - JournalFormat.FRAME_HEADER_BYTES) {
            return false;
        }
        if (LittleEndian.getLong(window, i + 8) != expectedNumber
                || !require(at, JournalFormat.FRAME_HEADER_BYTES + length)) {
            return false;
        }
        i = index(at);
        if (LittleEndian.getInt(window, i + 4) != JournalFormat.frameChecksum(window, i, length, salt, crc)) {
            return false;
        }
        number = expectedNumber;
        forcedUpTo = LittleEndian.getLong(window, i + 16);
        kind = frameKind;
        framePosition = at;
        bodyLength = length;
        return true;
    }

    private int index(long at) {
        return (int) (at - windowFrom);
    }

    private boolean require(long at, int length) throws IOException {
        if (at < 0 || at + length > size) {
            return false;
        }
        if (at >= windowFrom && at + length <= windowFrom + windowLength) {
            return true;
        }
        if (length > window.length) {
            window = bytes.atLeast(length);
        }
        windowFrom = at;
        int wanted = (int) Math.min(Math.max(windowBytes, length), size - at);
        windowLength = file.read(ByteBuffer.wrap(window, 0, wanted), at);
        return windowLength >= length;
    }

    /** Lets {@link #next} look at a position. */
    void moveTo(long at) {
        position = at;
    }

    /** Moves to a frame that an earlier pass found whole. */
    void seek(long at, long expectedNumber) throws IOException {
        position = at;
        if (!next(expectedNumber)) {
            throw new StrandlineException.Corrupt("frame " + expectedNumber + " at position " + at
                    + " changed between two reads of its journal file");
        }
    }
}
