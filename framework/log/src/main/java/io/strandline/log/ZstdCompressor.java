package io.strandline.log;

import io.strandline.Compression;
import io.strandline.spi.BatchCompressor;
import org.jspecify.annotations.Nullable;

/** Zstandard, if its library is on the class path. */
public final class ZstdCompressor implements BatchCompressor {

    static final String LIBRARY = "com.github.luben:zstd-jni";

    /** Null if the library is missing, or does not work on this machine. */
    private final @Nullable ZstdContexts contexts;

    /** For {@link java.util.ServiceLoader}. */
    public ZstdCompressor() {
        this.contexts = open();
    }

    private static @Nullable ZstdContexts open() {
        try {
            return new ZstdContexts();
        } catch (LinkageError e) {
            return null;
        }
    }

    private ZstdContexts contexts() {
        ZstdContexts open = contexts;
        if (open == null) {
            throw new IllegalStateException(LIBRARY + " is not on the class path");
        }
        return open;
    }

    @Override
    public Compression compression() {
        return Compression.ZSTD;
    }

    @Override
    public String missingLibrary() {
        return contexts == null ? LIBRARY : "";
    }

    @Override
    public int maxCompressedBytes(int plainBytes) {
        return contexts().maxCompressedBytes(plainBytes);
    }

    @Override
    public int compress(byte[] from, int at, int length, byte[] to, int toAt) {
        return contexts().compress(from, at, length, to, toAt);
    }

    @Override
    public int decompress(byte[] from, int at, int length, byte[] to, int plainBytes) {
        return contexts().decompress(from, at, length, to, plainBytes);
    }
}
