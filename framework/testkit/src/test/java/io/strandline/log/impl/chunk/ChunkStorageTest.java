package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.OpenFiles;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chunks as files. Executors run their tasks at once, so that futures are complete when they are returned. */
class ChunkStorageTest {

    @TempDir
    Path temporary = Path.of("");

    private final Watched watched = new Watched();
    private Disk disk = FileDisk.at(temporary);
    private FileChunkStorage storage =
            new FileChunkStorage(disk, "chunks", Runnable::run, Runnable::run, Runnable::run);

    @BeforeEach
    void open() {
        disk = new HookedDisk(FileDisk.at(temporary), watched);
        storage = new FileChunkStorage(disk, "chunks", Runnable::run, Runnable::run, Runnable::run);
    }

    @Test
    void chunks_are_written_read_listed_and_deleted() {
        assertThat(storage.list().result()).isEmpty();
        Random random = new Random(1);
        List<ChunkWriter.Draft> drafts = List.of(
                new ChunkWriter.Draft(1, TestBatches.randomRun(random, 1, 0, 1000, 4000)),
                new ChunkWriter.Draft(2, TestBatches.randomRun(random, 2, 77, 30, 40)));
        ChunkId chunk = new ChunkId(1, 1);
        Future<List<ChunkSection>> put = storage.put(chunk.objectName(), new ChunkWriter(chunk, drafts));
        assertThat(put.cause()).isNull();
        ChunkReader reader = new ChunkReader(storage);
        for (int i = 0; i < 2; i++) {
            ChunkSection section = put.result().get(i);
            assertThat(TestBatches.events(reader.read(section, section.baseOffset(), Integer.MAX_VALUE)
                            .result()))
                    .isEqualTo(TestBatches.events(drafts.get(i).batches()));
        }
        assertThat(ChunkVerifier.verify(storage, chunk).result().sections()).isEqualTo(2);
        assertThat(storage.list().result()).containsExactly(chunk.objectName());
        assertThat(storage.delete(chunk.objectName()).succeeded()).isTrue();
        assertThat(storage.delete(chunk.objectName()).succeeded()).isTrue();
        assertThat(storage.list().result()).isEmpty();
        assertThat(watched.stillOpen()).isZero();
    }

    @Test
    void file_and_directory_are_forced_before_a_put_completes_and_large_files_in_steps() {
        int mebibytes = 40;
        Future<Long> put = storage.put("large", output -> {
            byte[] piece = new byte[100_000];
            for (int written = 0; written < mebibytes << 20; written += piece.length) {
                output.write(piece, 0, Math.min(piece.length, (mebibytes << 20) - written));
            }
            return output.position();
        });
        assertThat(put.result()).isEqualTo((long) mebibytes << 20);
        List<String> calls = List.copyOf(watched.calls);
        assertThat(calls).filteredOn(call -> call.startsWith("force")).hasSize(4);
        assertThat(calls.get(calls.size() - 1)).isEqualTo("force directory chunks");
        assertThat(calls.get(calls.size() - 2)).isEqualTo("close chunks/large");
        assertThat(calls.get(calls.size() - 3)).isEqualTo("force chunks/large");
        int firstForce = calls.indexOf("force chunks/large");
        assertThat(calls.subList(0, firstForce))
                .filteredOn(call -> call.startsWith("write"))
                .hasSize(FileChunkStorage.FORCE_EVERY_BYTES / FileChunkStorage.BUFFER_BYTES);
    }

    @Test
    void what_cannot_be_read_is_named() {
        put("short", 10);
        assertThat(storage.read("short", 3, 7).result()).hasSize(7);
        assertThat(storage.size("short").result()).isEqualTo(10);
        assertThat(storage.read("short", 4, 7).cause())
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("short")
                .hasMessageContaining("position 4");
        for (Future<?> missing : List.of(storage.read("none", 0, 1), storage.size("none"))) {
            assertThat(missing.cause())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("chunk none")
                    .hasMessageContaining("no such file");
        }
        assertThat(storage.put("short", output -> 1).cause())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chunk short");
    }

    @Test
    void a_full_disk_is_passed_on_and_leaves_no_file() {
        NoSpaceException full = new NoSpaceException("no space for chunks/a");
        watched.onWrite = () -> {
            throw full;
        };
        Future<Integer> put = storage.put("a", output -> {
            output.write(new byte[3 << 20], 0, 3 << 20);
            return 1;
        });
        assertThat(put.cause()).isSameAs(full);
        assertThat(storage.list().result()).isEmpty();
        assertThat(watched.stillOpen()).isZero();
        watched.onWrite = () -> {};
        put("b", 10);
        assertThat(storage.read("b", 0, 10).result()).hasSize(10);
    }

    @Test
    void content_that_fails_fails_the_put() {
        Future<Integer> put = storage.put("a", output -> {
            throw new IllegalStateException("not dense");
        });
        assertThat(put.cause()).isInstanceOf(IllegalStateException.class).hasMessage("not dense");
        assertThat(storage.list().result()).isEmpty();
        assertThat(watched.stillOpen()).isZero();
    }

    @Test
    void a_chunk_deleted_while_it_is_read_is_read_to_the_end_and_then_closed() {
        put("a", 100);
        watched.onRead = () -> storage.delete("a");
        assertThat(storage.read("a", 0, 100).result()).hasSize(100);
        assertThat(storage.openFiles()).isZero();
        assertThat(watched.stillOpen()).isZero();
        assertThat(storage.read("a", 0, 1).cause()).hasMessageContaining("no such file");
    }

    @Test
    void a_chunk_deleted_while_it_is_opened_is_not_kept_open() {
        put("a", 100);
        watched.onOpen = () -> {
            watched.onOpen = () -> {};
            storage.delete("a");
        };
        assertThat(storage.read("a", 0, 100).result()).hasSize(100);
        assertThat(storage.openFiles()).isZero();
        assertThat(watched.stillOpen()).isZero();
    }

    @Test
    void a_chunk_opened_twice_at_once_is_kept_once() {
        put("a", 100);
        watched.onOpen = () -> {
            watched.onOpen = () -> {};
            assertThat(storage.read("a", 0, 1).succeeded()).isTrue();
        };
        assertThat(storage.read("a", 0, 100).result()).hasSize(100);
        assertThat(storage.openFiles()).isEqualTo(1);
        assertThat(watched.stillOpen()).isEqualTo(1);
    }

    @Test
    void open_files_keep_to_their_limit_and_those_used_last_stay() {
        int chunks = FileChunkStorage.MAX_OPEN_FILES + 20;
        for (int i = 0; i < chunks; i++) {
            put("c" + i, 1);
        }
        for (int i = 0; i < chunks; i++) {
            storage.read("c" + i, 0, 1);
            storage.read("c0", 0, 1);
        }
        assertThat(storage.openFiles()).isEqualTo(FileChunkStorage.MAX_OPEN_FILES);
        assertThat(watched.stillOpen()).isEqualTo(FileChunkStorage.MAX_OPEN_FILES);
        assertThat(watched.count("open chunks/c0"))
                .as("once to write, once to read")
                .isEqualTo(2);
        assertThat(storage.close().succeeded()).isTrue();
        assertThat(watched.stillOpen()).isZero();
        assertThat(storage.read("c0", 0, 1).cause()).hasMessageContaining("closed");
        assertThat(watched.stillOpen()).isZero();
    }

    @Test
    void a_closed_executor_fails_the_future() {
        FileChunkStorage refused = new FileChunkStorage(
                disk,
                "chunks",
                task -> {
                    throw new RejectedExecutionException("shut down");
                },
                Runnable::run,
                Runnable::run);
        assertThat(refused.list().cause()).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void readers_beside_each_other_never_see_a_closed_file() throws Exception {
        int threads = 4;
        OpenFiles files = new OpenFiles(disk, 2);
        for (int i = 0; i < 6; i++) {
            put("c" + i, 64);
        }
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        CountDownLatch done = new CountDownLatch(threads);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        for (int thread = 0; thread < threads; thread++) {
            Random random = new Random(thread);
            executor.execute(() -> {
                try {
                    for (int i = 0; i < 3000; i++) {
                        String name = "chunks/c" + random.nextInt(6);
                        int read = files.use(name, file -> file.read(ByteBuffer.allocate(64), 0));
                        assertThat(read).isEqualTo(64);
                        if (random.nextInt(10) == 0) {
                            files.deleted(name);
                        }
                    }
                } catch (IOException | RuntimeException | AssertionError e) {
                    failures.add(e);
                } finally {
                    done.countDown();
                }
            });
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        executor.shutdown();
        assertThat(failures).isEmpty();
        assertThat(files.size()).isLessThanOrEqualTo(2);
        assertThat(watched.stillOpen()).isEqualTo(files.size());
    }

    private void put(String name, int bytes) {
        ChunkStorage.Content<Integer> content = output -> {
            output.write(new byte[bytes], 0, bytes);
            return bytes;
        };
        assertThat(storage.put(name, content).cause()).isNull();
    }

    /** Notes what reaches the disk, and lets a test act in the middle of a call. */
    private static final class Watched implements HookedDisk.Hook {

        final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
        volatile Act onOpen = () -> {};
        volatile Act onRead = () -> {};
        volatile Act onWrite = () -> {};

        private interface Act {
            void run() throws IOException;
        }

        int count(String call) {
            return (int) calls.stream().filter(call::equals).count();
        }

        int stillOpen() {
            List<String> seen = new ArrayList<>(calls);
            return (int) (seen.stream().filter(call -> call.startsWith("open ")).count()
                    - seen.stream().filter(call -> call.startsWith("close ")).count());
        }

        @Override
        public void before(HookedDisk.Step step, String name, int bytes) throws IOException {
            switch (step) {
                case WRITE -> onWrite.run();
                case READ -> onRead.run();
                default -> {
                    // only those two are disturbed before they are done
                }
            }
        }

        @Override
        public void after(HookedDisk.Step step, String name) throws IOException {
            switch (step) {
                case OPEN, OPEN_TO_READ, CREATE -> calls.add("open " + name);
                default -> calls.add(step.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + name);
            }
            if (step == HookedDisk.Step.OPEN_TO_READ) {
                onOpen.run();
            }
        }
    }
}
