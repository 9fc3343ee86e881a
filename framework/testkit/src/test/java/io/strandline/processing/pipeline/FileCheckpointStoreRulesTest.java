package io.strandline.processing.pipeline;

import io.strandline.log.impl.file.DiskSideFiles;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.MemoryDisk;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.SideFiles;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.SharedDisk;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.rules.CheckpointStoreRules;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots as files: in a directory of their own, and beside each kind of log. */
class FileCheckpointStoreRulesTest {

    private static Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() {
        vertx.close();
    }

    private static CheckpointStore over(Disk disk) {
        return new FileCheckpointStore(
                vertx,
                pipeline -> new DiskSideFiles(
                        disk, SideFiles.CHECKPOINTS + "/" + pipeline, "file:data/checkpoints/" + pipeline));
    }

    /** On a disk that loses what was not forced. */
    @Nested
    class OnASimulatedDisk extends CheckpointStoreRules {

        private SharedDisk disk = new SharedDisk(new SimulatedDisk(5));

        @Override
        protected CheckpointStore create() {
            return over(disk);
        }

        @Override
        protected CheckpointStore reopen() {
            return over(disk);
        }

        @Override
        protected CheckpointStore crash() {
            disk = disk.crash();
            return over(disk);
        }

        @Override
        protected void full(boolean full) {
            disk.with(simulated -> simulated.setCapacity(full ? simulated.usedBytes() : Long.MAX_VALUE));
        }
    }

    /** Beside a log of files. A test cannot cut the power of its file system. */
    @Nested
    class BesideALogOfFiles extends CheckpointStoreRules {

        @TempDir
        Path directory = Path.of("");

        private volatile boolean full;

        @Override
        protected CheckpointStore create() {
            return over(new HookedDisk(FileDisk.at(directory), (step, name, bytes) -> {
                if (full && step == HookedDisk.Step.WRITE) {
                    throw new NoSpaceException("no space for " + name);
                }
            }));
        }

        @Override
        protected CheckpointStore reopen() {
            return create();
        }

        @Override
        protected CheckpointStore crash() {
            return create();
        }

        @Override
        protected void full(boolean isFull) {
            full = isFull;
        }
    }

    /** Beside a log in memory, which has no crash that leaves anything. */
    @Nested
    class BesideALogInMemory extends CheckpointStoreRules {

        private final MemoryDisk memory = new MemoryDisk(64 << 20);
        private volatile boolean full;

        @Override
        protected CheckpointStore create() {
            return over(new HookedDisk(memory, (step, name, bytes) -> {
                if (full && step == HookedDisk.Step.WRITE) {
                    throw new NoSpaceException("no space for " + name);
                }
            }));
        }

        @Override
        protected CheckpointStore reopen() {
            return create();
        }

        @Override
        protected CheckpointStore crash() {
            return create();
        }

        @Override
        protected void full(boolean isFull) {
            full = isFull;
        }
    }

    /** In the directory that an application named. */
    @Nested
    class InADirectory extends CheckpointStoreRules {

        @TempDir
        Path directory = Path.of("");

        private volatile boolean full;

        @Override
        protected CheckpointStore create() {
            return new FileCheckpointStore(
                    vertx, pipeline -> new Filling(new DirectoryFiles(directory.resolve(pipeline))));
        }

        @Override
        protected CheckpointStore reopen() {
            return create();
        }

        @Override
        protected CheckpointStore crash() {
            return create();
        }

        @Override
        protected void full(boolean isFull) {
            full = isFull;
        }

        /** Refuses writes while the disk is said to be full. */
        private final class Filling implements SideFiles {

            private final SideFiles files;

            Filling(SideFiles files) {
                this.files = files;
            }

            @Override
            public void create() throws IOException {
                files.create();
            }

            @Override
            public Output write(String name) throws IOException {
                Output output = files.write(name);
                return new Output() {
                    @Override
                    public void write(ByteBuffer bytes) throws IOException {
                        if (full) {
                            throw new IOException("No space left on device");
                        }
                        output.write(bytes);
                    }

                    @Override
                    public void force() throws IOException {
                        output.force();
                    }

                    @Override
                    public void close() throws IOException {
                        output.close();
                    }
                };
            }

            @Override
            public Input read(String name) throws IOException {
                return files.read(name);
            }

            @Override
            public void forceNames() throws IOException {
                files.forceNames();
            }

            @Override
            public List<String> names() throws IOException {
                return files.names();
            }

            @Override
            public void delete(String name) throws IOException {
                files.delete(name);
            }

            @Override
            public void remove() throws IOException {
                files.remove();
            }

            @Override
            public String toString() {
                return files.toString();
            }
        }
    }
}
