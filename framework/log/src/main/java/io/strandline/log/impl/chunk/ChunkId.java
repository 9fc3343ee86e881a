package io.strandline.log.impl.chunk;

import io.strandline.log.impl.file.HexNames;
import org.jspecify.annotations.Nullable;

/**
 * Name of a chunk. The epoch is that of the owner that wrote it, so that no two owners ever use one name.
 *
 * @param epoch epoch of the shard's journal
 * @param number count of the chunks of that owner
 */
public record ChunkId(int epoch, long number) {

    private static final String ENDING = ".chunk";

    /** The object name: both numbers in hexadecimal, of fixed width. */
    public String objectName() {
        return HexNames.of(Integer.toUnsignedLong(epoch), 8) + "-" + HexNames.of(number, 12) + ENDING;
    }

    // By hand: the first calls of what a record has by itself take a JVM that has just started tens of milliseconds.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChunkId id && id.epoch == epoch && id.number == number;
    }

    @Override
    public int hashCode() {
        return 31 * epoch + Long.hashCode(number);
    }

    /** The id that an object name represents, or null if the name is not that of a chunk. */
    public static @Nullable ChunkId parse(String objectName) {
        if (objectName.length() != 21 + ENDING.length()
                || !objectName.endsWith(ENDING)
                || objectName.charAt(8) != '-') {
            return null;
        }
        try {
            return new ChunkId(
                    Integer.parseUnsignedInt(objectName.substring(0, 8), 16),
                    Long.parseUnsignedLong(objectName.substring(9, 21), 16));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
