package io.strandline.log.impl.chunk;

import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.rules.ChunkStorageRules;
import io.vertx.core.Future;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Chunks as files. Executors run their tasks at once, so that futures are complete when they are returned. */
class FileChunkStorageRulesTest {

    private static ChunkStorage over(Disk disk) {
        return new FileChunkStorage(disk, "chunks", Runnable::run, Runnable::run, Runnable::run);
    }

    /** On a disk that loses what was not forced. */
    @Nested
    class OnASimulatedDisk extends ChunkStorageRules {

        private SimulatedDisk disk = new SimulatedDisk(3);

        @Override
        protected ChunkStorage storage() {
            return over(disk);
        }

        @Override
        protected void crash() {
            disk = disk.crash();
        }

        @Override
        protected void full(boolean full) {
            disk.setCapacity(full ? disk.usedBytes() : Long.MAX_VALUE);
        }

        @Override
        protected <T> Future<T> done(Future<T> future) {
            return future;
        }
    }

    /** On the file system, which a test cannot cut the power of. */
    @Nested
    class OnFiles extends ChunkStorageRules {

        @TempDir
        Path directory = Path.of("");

        private boolean full;

        @Override
        protected ChunkStorage storage() {
            return over(new HookedDisk(FileDisk.at(directory), (step, name, bytes) -> {
                if (full && step == HookedDisk.Step.WRITE) {
                    throw new NoSpaceException("no space for " + name);
                }
            }));
        }

        @Override
        protected void crash() {
            // the next storage opens what is there
        }

        @Override
        protected void full(boolean isFull) {
            full = isFull;
        }

        @Override
        protected <T> Future<T> done(Future<T> future) {
            return future;
        }
    }
}
