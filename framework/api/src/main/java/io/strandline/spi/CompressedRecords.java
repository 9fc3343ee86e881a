package io.strandline.spi;

import io.strandline.Compression;
import io.strandline.StrandlineException;

/** The records of a compressed batch, decompressed into an array that is used again. For one thread. */
final class CompressedRecords {

    /** A larger array is not kept for the next batch. */
    private static final int KEPT_BYTES = 256 << 10;

    private byte[] plain = new byte[0];

    /**
     * Decompresses the records of a batch. The size in its header is checked against {@link Batch#MAX_PLAIN_BYTES} before
     * anything is allocated.
     *
     * @return the records, from the start of the array. Valid until the next call
     * @throws StrandlineException.Corrupt if header and bytes do not fit together
     * @throws StrandlineException.Invalid if the code that decompresses them is not on the class path
     */
    byte[] decompress(byte[] bytes, int at) {
        Compression compression = Batch.compression(bytes, at);
        int plainBytes = Batch.plainRecordBytes(bytes, at);
        int length = Batch.length(bytes, at) - Batch.HEADER_BYTES;
        if (plainBytes < 1 || plainBytes > Batch.MAX_PLAIN_BYTES || length < 1 || length > bytes.length - at) {
            throw new StrandlineException.Corrupt("batch of offset " + Batch.offset(bytes, at) + ", " + length
                    + " bytes compressed by " + compression + ", says that it has " + plainBytes
                    + " plain bytes, the limit is " + Batch.MAX_PLAIN_BYTES);
        }
        BatchCompressor compressor = BatchCompressor.ofBatch(bytes, at);
        byte[] to = roomFor(plainBytes);
        int found;
        try {
            found = compressor.decompress(bytes, at + Batch.HEADER_BYTES, length, to, plainBytes);
        } catch (StrandlineException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new StrandlineException.Corrupt(
                    "batch of offset " + Batch.offset(bytes, at) + ", " + length + " bytes compressed by " + compression
                            + ", does not decompress to its " + plainBytes + " plain bytes: " + e.getMessage(),
                    e);
        }
        if (found != plainBytes) {
            throw new StrandlineException.Corrupt("batch of offset " + Batch.offset(bytes, at) + ", " + length
                    + " bytes compressed by " + compression + ", has " + found + " plain bytes, its header says "
                    + plainBytes);
        }
        return to;
    }

    private byte[] roomFor(int bytes) {
        if (bytes <= plain.length) {
            return plain;
        }
        if (bytes > KEPT_BYTES) {
            return new byte[bytes];
        }
        plain = new byte[Math.max(bytes, Math.min(KEPT_BYTES, 2 * plain.length))];
        return plain;
    }
}
