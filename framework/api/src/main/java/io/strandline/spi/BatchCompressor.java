package io.strandline.spi;

import io.strandline.Compression;
import io.strandline.StrandlineException;
import java.util.EnumMap;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Compresses the records of batches in one way. Found by {@link ServiceLoader}, so that the compression library is a
 * dependency of an engine and not of the API. Stateless: any number of threads may use one at the same time.
 */
public interface BatchCompressor {

    /** The way in which it compresses. */
    Compression compression();

    /** The library missing on the class path, as {@code group:artifact}. Empty if none is missing. */
    String missingLibrary();

    /** Most bytes that so many plain bytes can take when they are compressed. */
    int maxCompressedBytes(int plainBytes);

    /**
     * Compresses bytes. The same bytes give the same result within one process.
     *
     * @param to takes the result from {@code toAt} on, and has room for {@link #maxCompressedBytes}
     * @return bytes of the result
     */
    int compress(byte[] from, int at, int length, byte[] to, int toAt);

    /**
     * Decompresses bytes that may be damaged.
     *
     * @param plainBytes expected bytes of the result. No more is ever written
     * @return bytes of the result
     * @throws RuntimeException if the bytes are malformed, or their result has more than {@code plainBytes}
     */
    int decompress(byte[] from, int at, int length, byte[] to, int plainBytes);

    /**
     * The compressor of a way, ready for use.
     *
     * @throws StrandlineException.Invalid if there is none on the class path, or a library is missing that it needs
     */
    static BatchCompressor of(Compression compression) {
        BatchCompressor found = Found.BY_COMPRESSION.get(compression);
        if (found == null) {
            throw new StrandlineException.Invalid(
                    "compression " + compression + " needs an engine on the class path that provides it");
        }
        if (!found.missingLibrary().isEmpty()) {
            throw new StrandlineException.Invalid(
                    "compression " + compression + " needs " + found.missingLibrary() + " on the class path");
        }
        return found;
    }

    /**
     * The compressor of a compressed batch, ready for use.
     *
     * @throws StrandlineException.Invalid naming the batch and the library, if that is missing on the class path
     */
    static BatchCompressor ofBatch(byte[] bytes, int at) {
        try {
            return of(Batch.compression(bytes, at));
        } catch (StrandlineException.Invalid missing) {
            throw new StrandlineException.Invalid(
                    "batch of offset " + Batch.offset(bytes, at) + " of partition " + Batch.partition(bytes, at)
                            + " cannot be read: " + missing.getMessage(),
                    missing);
        }
    }

    /** What the class path has, looked for once. */
    final class Found {

        private static final Map<Compression, BatchCompressor> BY_COMPRESSION = load();

        private Found() {}

        private static Map<Compression, BatchCompressor> load() {
            Map<Compression, BatchCompressor> all = new EnumMap<>(Compression.class);
            for (BatchCompressor compressor :
                    ServiceLoader.load(BatchCompressor.class, BatchCompressor.class.getClassLoader())) {
                all.putIfAbsent(compressor.compression(), compressor);
            }
            return all;
        }
    }
}
