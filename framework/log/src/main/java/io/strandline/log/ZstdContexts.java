package io.strandline.log;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Contexts of the library, which cost more to make than a small batch costs to compress. A call takes a free one, or
 * makes one. Afterwards the context is kept, or closed if enough are free. So the memory of contexts outside the heap is
 * bounded and nobody has to close them. The only class that names the library.
 */
final class ZstdContexts {

    /** Level of compression: the library's lowest that keeps its own search tables. */
    static final int LEVEL = 1;

    /** Most contexts of a kind that are kept. */
    private static final int KEPT = 2 * Runtime.getRuntime().availableProcessors();

    private final Queue<ZstdCompressCtx> compressors = new ArrayBlockingQueue<>(KEPT);
    private final Queue<ZstdDecompressCtx> decompressors = new ArrayBlockingQueue<>(KEPT);

    /** @throws LinkageError if the library is missing, or has no code for this machine */
    ZstdContexts() {
        compressors.add(newCompressor());
    }

    private static ZstdCompressCtx newCompressor() {
        // The batch has a checksum of its own.
        return new ZstdCompressCtx().setLevel(LEVEL).setChecksum(false);
    }

    int maxCompressedBytes(int plainBytes) {
        return Math.toIntExact(Zstd.compressBound(plainBytes));
    }

    int compress(byte[] from, int at, int length, byte[] to, int toAt) {
        ZstdCompressCtx free = compressors.poll();
        ZstdCompressCtx context = free == null ? newCompressor() : free;
        try {
            return context.compressByteArray(to, toAt, to.length - toAt, from, at, length);
        } finally {
            if (!compressors.offer(context)) {
                context.close();
            }
        }
    }

    int decompress(byte[] from, int at, int length, byte[] to, int plainBytes) {
        ZstdDecompressCtx free = decompressors.poll();
        ZstdDecompressCtx context = free == null ? new ZstdDecompressCtx() : free;
        try {
            return context.decompressByteArray(to, 0, plainBytes, from, at, length);
        } finally {
            if (!decompressors.offer(context)) {
                context.close();
            }
        }
    }
}
