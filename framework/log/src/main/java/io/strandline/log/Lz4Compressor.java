package io.strandline.log;

import io.strandline.Compression;
import io.strandline.spi.BatchCompressor;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 in plain Java: no native code and no {@code sun.misc.Unsafe}, so no Java release warns of it, and damaged bytes end in
 * an exception wherever they lead.
 */
public final class Lz4Compressor implements BatchCompressor {

    private final LZ4Compressor compressor = LZ4Factory.safeInstance().fastCompressor();
    private final LZ4SafeDecompressor decompressor = LZ4Factory.safeInstance().safeDecompressor();

    /** For {@link java.util.ServiceLoader}. */
    public Lz4Compressor() {}

    @Override
    public Compression compression() {
        return Compression.LZ4;
    }

    @Override
    public String missingLibrary() {
        return "";
    }

    @Override
    public int maxCompressedBytes(int plainBytes) {
        return compressor.maxCompressedLength(plainBytes);
    }

    @Override
    public int compress(byte[] from, int at, int length, byte[] to, int toAt) {
        return compressor.compress(from, at, length, to, toAt, to.length - toAt);
    }

    @Override
    public int decompress(byte[] from, int at, int length, byte[] to, int plainBytes) {
        return decompressor.decompress(from, at, length, to, 0, plainBytes);
    }
}
