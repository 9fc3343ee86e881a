package io.strandline.impl.writer;

import io.strandline.Compression;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchCompressor;
import java.util.Arrays;

/** Compresses the batches of parcels, each by itself, where that is worth it. Belongs to one lane. */
final class ParcelCompression {

    /** Records of fewer bytes stay as they are: too little repeats in them. */
    static final int MIN_BYTES = 512;

    /** A batch stays as it is unless compression takes off this part of its records: reading it costs more. */
    static final int MIN_GAIN = 8;

    /** A larger array is not kept for the next batch. */
    private static final int KEPT_BYTES = 256 << 10;

    private final Compression compression;
    private final BatchCompressor compressor;
    private byte[] scratch = new byte[0];

    /**
     * A way to compress.
     *
     * @throws io.strandline.StrandlineException.Invalid if what it needs is not on the class path
     */
    ParcelCompression(Compression compression) {
        this.compression = compression;
        this.compressor = BatchCompressor.of(compression);
    }

    /**
     * Compresses the batches that fill an array, which are not sealed.
     *
     * @return the same array if no batch became smaller, otherwise another one with the same batches
     */
    byte[] compress(byte[] batches) {
        int to = 0;
        for (int at = 0; at < batches.length; ) {
            int length = Batch.length(batches, at);
            int compressed = compressInto(batches, at, length);
            if (compressed < 0) {
                System.arraycopy(batches, at, batches, to, length);
                to += length;
            } else {
                int plainBytes = length - Batch.HEADER_BYTES;
                System.arraycopy(batches, at, batches, to, Batch.HEADER_BYTES);
                System.arraycopy(scratch, 0, batches, to + Batch.HEADER_BYTES, compressed);
                Batch.setCompressed(batches, to, compression, plainBytes);
                LittleEndian.putInt(batches, to + Batch.LENGTH, Batch.HEADER_BYTES + compressed);
                to += Batch.HEADER_BYTES + compressed;
            }
            at += length;
        }
        if (scratch.length > KEPT_BYTES) {
            scratch = new byte[0];
        }
        // The log keeps the array as long as its batches, so it must not be larger than they are.
        return to == batches.length ? batches : Arrays.copyOf(batches, to);
    }

    /** Compresses the records of a batch into the scratch array. Returns -1 if the batch is to stay as it is. */
    private int compressInto(byte[] batches, int at, int length) {
        int plainBytes = length - Batch.HEADER_BYTES;
        if (plainBytes < MIN_BYTES || plainBytes > Batch.MAX_PLAIN_BYTES) {
            return -1;
        }
        int most = compressor.maxCompressedBytes(plainBytes);
        if (scratch.length < most) {
            scratch = new byte[most];
        }
        int compressed = compressor.compress(batches, at + Batch.HEADER_BYTES, plainBytes, scratch, 0);
        return compressed <= plainBytes - plainBytes / MIN_GAIN ? compressed : -1;
    }
}
