package io.strandline.log.impl.journal;

import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Writes the frames of one journal file, in the format of {@link JournalFormat}. For one thread. */
final class FrameEncoder {

    private final byte[] salt;
    private final CRC32C crc = new CRC32C();

    /** @param salt of the file, as the bytes that go into checksums */
    FrameEncoder(byte[] salt) {
        this.salt = salt;
    }

    /**
     * Writes a frame at the buffer's position and moves past it.
     *
     * @param buffer little-endian, with room for {@link JournalFormat#frameBytes}
     */
    void encode(ByteBuffer buffer, long number, long forcedUpTo, FrameKind kind, boolean lastOfGroup, FrameBody body) {
        int start = buffer.position();
        int end = start + JournalFormat.FRAME_HEADER_BYTES + body.length();
        buffer.putInt(start, body.length());
        buffer.putLong(start + 8, number);
        buffer.putLong(start + 16, forcedUpTo);
        buffer.putLong(start + 24, kind.code() | (lastOfGroup ? (long) JournalFormat.FLAG_LAST_OF_GROUP << 8 : 0L));
        buffer.position(start + JournalFormat.FRAME_HEADER_BYTES);
        for (int part = 0; part < body.parts(); part++) {
            buffer.put(body.array(part), body.from(part), body.length(part));
        }
        crc.reset();
        crc.update(salt);
        int limit = buffer.limit();
        buffer.position(start + 8).limit(end);
        crc.update(buffer);
        buffer.limit(limit);
        buffer.putInt(start + 4, (int) crc.getValue());
        int aligned = start + JournalFormat.frameBytes(body.length());
        while (buffer.position() < aligned) {
            buffer.put((byte) 0);
        }
    }
}
