package io.strandline;

/** How a writer compresses its batches. Readers read all of them, whatever their own options say. */
public enum Compression {

    /** As they are. */
    NONE,

    /** LZ4, in plain Java: always there. */
    LZ4,

    /**
     * Zstandard, in native code: smaller batches for less processor time. It needs {@code com.github.luben:zstd-jni} on the
     * class path of writers, of readers and of the log. Without it a writer is not created and a reader stops at the first
     * such batch, both with {@link StrandlineException.Invalid}. A log opens without it if all such batches are in chunks,
     * as after a close, and leaves their chunks as they are.
     */
    ZSTD
}
