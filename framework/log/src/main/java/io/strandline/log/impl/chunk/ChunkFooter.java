package io.strandline.log.impl.chunk;

import io.strandline.internal.LittleEndian;
import io.strandline.log.spi.ChunkStorage;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Description of a chunk at its end: all its sections. {@link ChunkFormat} defines the bytes.
 *
 * @param chunk the chunk
 * @param position position of the footer in the file
 * @param entries the sections, in the order in which they are stored
 */
public record ChunkFooter(ChunkId chunk, long position, List<Entry> entries) {

    static final int TRAILER_BYTES = 20;

    private static final int SECTIONS = 12;
    private static final int HEADER_BYTES = 16;
    private static final int ENTRY_BYTES = 72;

    private static final int TRAILER_POSITION = 0;
    private static final int TRAILER_LENGTH = 8;
    private static final int TRAILER_CRC = 12;
    private static final int TRAILER_MAGIC = 16;

    /**
     * One section.
     *
     * @param section location of the section
     * @param batches number of batches
     * @param events number of events
     */
    public record Entry(ChunkSection section, int batches, long events) {}

    public ChunkFooter {
        entries = List.copyOf(entries);
    }

    List<ChunkSection> sections() {
        return entries.stream().map(Entry::section).toList();
    }

    byte[] encode() {
        byte[] bytes = new byte[HEADER_BYTES + entries.size() * ENTRY_BYTES];
        LittleEndian.putInt(bytes, SECTIONS, entries.size());
        int at = HEADER_BYTES;
        for (Entry entry : entries) {
            ChunkSection section = entry.section();
            LittleEndian.putLong(bytes, at, section.partition());
            LittleEndian.putLong(bytes, at + 8, section.baseOffset());
            LittleEndian.putLong(bytes, at + 16, section.endOffset());
            LittleEndian.putLong(bytes, at + 24, section.lastStamp());
            LittleEndian.putLong(bytes, at + 32, section.dataPosition());
            LittleEndian.putLong(bytes, at + 40, section.dataBytes());
            LittleEndian.putLong(bytes, at + 48, section.indexPosition());
            LittleEndian.putInt(bytes, at + 56, section.indexBytes());
            LittleEndian.putInt(bytes, at + 60, entry.batches());
            LittleEndian.putLong(bytes, at + 64, entry.events());
            at += ENTRY_BYTES;
        }
        return ChunkFormat.seal(bytes, ChunkFormat.FOOTER_MAGIC);
    }

    byte[] trailer(byte[] encoded) {
        byte[] bytes = new byte[TRAILER_BYTES];
        LittleEndian.putLong(bytes, TRAILER_POSITION, position);
        LittleEndian.putInt(bytes, TRAILER_LENGTH, encoded.length);
        LittleEndian.putInt(bytes, TRAILER_CRC, LittleEndian.getInt(encoded, ChunkFormat.CRC));
        LittleEndian.putInt(bytes, TRAILER_MAGIC, ChunkFormat.TRAILER_MAGIC);
        return bytes;
    }

    /**
     * Reads the footer of a chunk, from which its sections can be found again. Completes on a thread of the storage.
     *
     * <p>Fails with Corrupt if the chunk was cut or its footer is damaged.
     */
    public static Future<ChunkFooter> read(ChunkStorage storage, ChunkId chunk) {
        String name = chunk.objectName();
        return storage.size(name).map(size -> requireTrailer(name, size)).compose(size -> storage.read(
                        name, size - TRAILER_BYTES, TRAILER_BYTES)
                .compose(trailer -> {
                    long position = positionIn(chunk, trailer, size);
                    return storage.read(name, position, footerBytes(size, position))
                            .map(bytes -> decode(chunk, position, bytes, trailer));
                }));
    }

    /** As {@link #read(ChunkStorage, ChunkId)}, on a thread that may block. */
    static ChunkFooter read(ChunkStorage.Input input, ChunkId chunk) throws IOException {
        String name = chunk.objectName();
        long size = requireTrailer(name, input.size(name));
        byte[] trailer = input.read(name, size - TRAILER_BYTES, TRAILER_BYTES);
        long position = positionIn(chunk, trailer, size);
        return decode(chunk, position, input.read(name, position, footerBytes(size, position)), trailer);
    }

    private static long requireTrailer(String name, long size) {
        if (size < ChunkFormat.HEADER_BYTES + TRAILER_BYTES) {
            throw ChunkFormat.corrupt(name, size, "chunk of " + size + " bytes was cut or never finished");
        }
        return size;
    }

    private static int footerBytes(long size, long position) {
        return Math.toIntExact(size - TRAILER_BYTES - position);
    }

    /**
     * Position of the footer of a chunk. The footer ends where the trailer begins.
     *
     * @param size bytes of the whole chunk
     * @throws io.strandline.StrandlineException.Corrupt if this is no trailer of a chunk of that size
     */
    private static long positionIn(ChunkId chunk, byte[] trailer, long size) {
        long position = LittleEndian.getLong(trailer, TRAILER_POSITION);
        int length = LittleEndian.getInt(trailer, TRAILER_LENGTH);
        if (LittleEndian.getInt(trailer, TRAILER_MAGIC) != ChunkFormat.TRAILER_MAGIC
                || position < ChunkFormat.HEADER_BYTES
                || length < HEADER_BYTES
                || position != size - TRAILER_BYTES - length) {
            throw ChunkFormat.corrupt(
                    chunk.objectName(),
                    size - TRAILER_BYTES,
                    "no trailer of a chunk of " + size + " bytes: it was cut or never finished");
        }
        return position;
    }

    /**
     * Reads a footer.
     *
     * @throws io.strandline.StrandlineException.Corrupt if it is damaged
     */
    private static ChunkFooter decode(ChunkId chunk, long position, byte[] bytes, byte[] trailer) {
        String defect = ChunkFormat.defect(bytes, HEADER_BYTES, ChunkFormat.FOOTER_MAGIC, "footer");
        if (defect == null
                && LittleEndian.getInt(bytes, ChunkFormat.CRC) != LittleEndian.getInt(trailer, TRAILER_CRC)) {
            defect = "footer checksum " + Integer.toHexString(LittleEndian.getInt(bytes, ChunkFormat.CRC))
                    + " is not that of the trailer, " + Integer.toHexString(LittleEndian.getInt(trailer, TRAILER_CRC));
        }
        if (defect == null
                && HEADER_BYTES + (long) LittleEndian.getInt(bytes, SECTIONS) * ENTRY_BYTES != bytes.length) {
            defect =
                    "footer of " + bytes.length + " bytes counts " + LittleEndian.getInt(bytes, SECTIONS) + " sections";
        }
        if (defect != null) {
            throw ChunkFormat.corrupt(chunk.objectName(), position, defect);
        }
        List<Entry> entries = new ArrayList<>();
        for (int at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
            ChunkSection section = new ChunkSection(
                    chunk,
                    LittleEndian.getLong(bytes, at),
                    LittleEndian.getLong(bytes, at + 8),
                    LittleEndian.getLong(bytes, at + 16),
                    LittleEndian.getLong(bytes, at + 24),
                    LittleEndian.getLong(bytes, at + 32),
                    LittleEndian.getLong(bytes, at + 40),
                    LittleEndian.getLong(bytes, at + 48),
                    LittleEndian.getInt(bytes, at + 56));
            entries.add(new Entry(section, LittleEndian.getInt(bytes, at + 60), LittleEndian.getLong(bytes, at + 64)));
        }
        return new ChunkFooter(chunk, position, entries);
    }
}
