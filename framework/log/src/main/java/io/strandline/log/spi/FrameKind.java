package io.strandline.log.spi;

import org.jspecify.annotations.Nullable;

/** What a frame of the journal holds. */
public enum FrameKind {
    /** Batches, one after the other, in the format of {@link io.strandline.spi.Batch}. */
    BATCHES(1),
    /** Changes of partitions, chunks, writers and catalog. */
    CONTROL(2),
    /** A part of a journal checkpoint. */
    CHECKPOINT(3),
    /** Nothing: carries {@code forcedUpTo} while the shard is idle. */
    PROOF(4);

    private final byte code;

    FrameKind(int code) {
        this.code = (byte) code;
    }

    /** The byte that represents this kind on disk. */
    public byte code() {
        return code;
    }

    /** The kind of a code, or null if there is none. */
    public static @Nullable FrameKind of(byte code) {
        return switch (code) {
            case 1 -> BATCHES;
            case 2 -> CONTROL;
            case 3 -> CHECKPOINT;
            case 4 -> PROOF;
            default -> null;
        };
    }
}
