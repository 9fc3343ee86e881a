package io.strandline.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * What one durable write costs on this machine with nothing around it: {@value #WRITE_BYTES} bytes at the next position
 * of a zero-filled file, then {@code force(false)}. The reference of every bar that is a ratio to "bare".
 */
public final class BareFile implements AutoCloseable {

    private static final int WRITE_BYTES = 4 * 1024;
    private static final int FILE_BYTES = 64 * 1024 * 1024;

    private final FileChannel channel;
    private final ByteBuffer block = ByteBuffer.allocateDirect(WRITE_BYTES);
    private long position;

    private BareFile(FileChannel channel) {
        this.channel = channel;
        byte[] random = new byte[WRITE_BYTES];
        new SplittableRandom(7).nextBytes(random);
        block.put(random).flip();
    }

    /** Fills a new file with zeros. */
    public static BareFile create(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ByteBuffer zeros = ByteBuffer.allocateDirect(1024 * 1024);
        for (long filled = 0; filled < FILE_BYTES; filled += zeros.capacity()) {
            write(channel, zeros.clear(), filled);
        }
        channel.force(true);
        return new BareFile(channel);
    }

    /**
     * Writes one block after the other for about {@code time}.
     *
     * @return how many were written
     */
    public long writeFor(Duration time, Latencies latencies) throws IOException {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        long writes = 0;
        while (start - end < 0) {
            write();
            long now = System.nanoTime();
            latencies.record(now - start);
            start = now;
            writes++;
        }
        return writes;
    }

    private void write() throws IOException {
        write(channel, block.rewind(), position);
        channel.force(false);
        position = (position + WRITE_BYTES) % FILE_BYTES;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long next = position;
        while (bytes.hasRemaining()) {
            next += channel.write(bytes, next);
        }
    }
}
