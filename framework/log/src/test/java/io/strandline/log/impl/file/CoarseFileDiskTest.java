package io.strandline.log.impl.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The same on a file system with blocks of 128 KiB, which refuses what direct I/O writes in smaller units. */
class CoarseFileDiskTest extends FileDiskTest {

    private static final int BLOCK_BYTES = 128 << 10;

    private final AtomicInteger refusals = new AtomicInteger();

    @Override
    FileDisk at(Path root) {
        return FileDisk.at(root, this::openDirect);
    }

    private DiskFile openDirect(Path path) throws IOException {
        DiskFile file = FileDisk.at(temporary).open(path.toString());
        return new DiskFile() {
            @Override
            public int read(ByteBuffer into, long position) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(ByteBuffer from, long position) throws IOException {
                if (position % BLOCK_BYTES != 0 || from.remaining() % BLOCK_BYTES != 0) {
                    from.position(from.limit());
                    refusals.incrementAndGet();
                    throw new IOException("Channel position (" + position + ") is not a multiple of the block size");
                }
                file.write(from, position);
            }

            @Override
            public void force() {
                throw new UnsupportedOperationException();
            }

            @Override
            public long size() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Test
    void a_file_is_written_through_the_cache_after_the_first_refusal() throws IOException {
        FileDisk disk = at(temporary);
        ByteBuffer block = Disk.uncachedBuffer(BLOCK_BYTES);
        ByteBuffer page = Disk.uncachedBuffer(Disk.UNCACHED_UNIT);
        try (DiskFile file = disk.createUncached("f")) {
            file.write(block, 0);
            assertThat(refusals).hasValue(0);
            for (int i = 0; i < 3; i++) {
                file.write(page.clear(), BLOCK_BYTES + (long) i * Disk.UNCACHED_UNIT);
                assertThat(page.hasRemaining()).isFalse();
            }
            file.force();
            assertThat(refusals).hasValue(1);
            assertThat(file.size()).isEqualTo(BLOCK_BYTES + 3 * Disk.UNCACHED_UNIT);
        }
    }

    @Test
    void a_file_that_cannot_be_opened_past_the_cache_is_written_through_it() throws IOException {
        FileDisk disk = FileDisk.at(temporary, path -> {
            throw new UnsupportedOperationException("Error setting up DirectIO");
        });
        try (DiskFile file = disk.createUncached("f")) {
            file.write(Disk.uncachedBuffer(Disk.UNCACHED_UNIT), 0);
            file.force();
            assertThat(file.size()).isEqualTo(Disk.UNCACHED_UNIT);
        }
    }
}
