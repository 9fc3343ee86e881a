package io.strandline.benchmarks.log;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * What the bytes of an append cost with nothing around them: one thread copies events into parcels, and for each shard one
 * thread writes all parcels that wait as a group into a zero-filled file, past the page cache, and forces it, while another
 * writes the same bytes a second time into chunk files. Checksums where the log has them, no keys, no partitions, no
 * futures. The reference of bars that are a ratio to "bare".
 */
public final class BareAppend implements Side {

    static final String NAME = "bare";

    private static final int SHARDS = Math.min(4, Runtime.getRuntime().availableProcessors());
    private static final int PAGE_BYTES = 4096;
    private static final int PARCEL_BYTES = 256 << 10;
    private static final int GROUP_BYTES = 4 << 20;
    private static final int JOURNAL_FILE_BYTES = 64 << 20;
    private static final int CHUNK_BYTES = 32 << 20;
    private static final int CHUNK_FORCE_BYTES = 16 << 20;
    private static final int BLOCK_BYTES = 32 << 10;
    private static final int BUFFER_BYTES = 1 << 20;

    /** What a record has beside its event: header and key. */
    private static final int RECORD_OVERHEAD_BYTES = 6 + EventSource.KEY_BYTES;

    /** The JDK's option of writes past the page cache, by name: it is not among its documented ones. */
    private static final OpenOption DIRECT = direct();

    private static OpenOption direct() {
        try {
            for (Object option :
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
                if (option.toString().equals("DIRECT")) {
                    return (OpenOption) option;
                }
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("this JDK has no writes past the page cache", e);
        }
        throw new IllegalStateException("this JDK has no writes past the page cache");
    }

    private static final int PARCELS_UNACKNOWLEDGED = (64 << 20) / PARCEL_BYTES;
    private static final int PARCELS_IN_MEMORY = (64 << 20) / PARCEL_BYTES;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        BareLoad load = new BareLoad(job.directory());
        load.start();
        return List.of(Window.measure(job, load, CpuTime.ofThisProcess()));
    }

    @SuppressWarnings("ArrayRecordComponent") // handed on by reference, never compared
    private record Parcel(byte[] bytes, int length, int events) {}

    private static final class BareLoad implements Load {

        private final Path directory;
        private final AtomicLong completed = new AtomicLong();
        private final Latencies latencies = new Latencies();
        private final CompletableFuture<Void> failure = new CompletableFuture<>();
        private final Semaphore unacknowledged = new Semaphore(PARCELS_UNACKNOWLEDGED);

        BareLoad(Path directory) {
            this.directory = directory;
        }

        void start() throws IOException {
            Files.createDirectories(directory);
            Shard[] shards = new Shard[SHARDS];
            for (int i = 0; i < SHARDS; i++) {
                shards[i] = new Shard(i);
                Shard shard = shards[i];
                run("journal-" + i, shard::writeJournal);
                run("chunks-" + i, shard::writeChunks);
            }
            run("writer", () -> write(shards));
        }

        private interface Work {
            void run() throws IOException, InterruptedException;
        }

        private void run(String name, Work work) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            work.run();
                        } catch (IOException | InterruptedException | RuntimeException e) {
                            failure.completeExceptionally(e);
                        }
                    },
                    name);
            thread.setDaemon(true);
            thread.start();
        }

        private void write(Shard[] shards) throws InterruptedException {
            byte[][] payloads = new EventSource().payloads();
            byte[] overhead = new byte[RECORD_OVERHEAD_BYTES];
            CRC32C crc = new CRC32C();
            long event = 0;
            for (long parcel = 0; ; parcel++) {
                byte[] bytes = new byte[PARCEL_BYTES];
                int at = 0;
                int events = 0;
                while (at + overhead.length + EventSource.EVENT_BYTES <= bytes.length) {
                    System.arraycopy(overhead, 0, bytes, at, overhead.length);
                    at += overhead.length;
                    System.arraycopy(payloads[EventSource.payload(event++)], 0, bytes, at, EventSource.EVENT_BYTES);
                    at += EventSource.EVENT_BYTES;
                    events++;
                }
                checksum(crc, bytes, 0, at);
                unacknowledged.acquire();
                shards[(int) (parcel % shards.length)].queued.put(new Parcel(bytes, at, events));
            }
        }

        @Override
        public long completed() {
            return completed.get();
        }

        @Override
        public Latencies latencies() {
            return latencies;
        }

        @Override
        public CompletableFuture<Void> failure() {
            return failure;
        }

        private final class Shard {

            private final int number;
            private final BlockingQueue<Parcel> queued = new ArrayBlockingQueue<>(PARCELS_UNACKNOWLEDGED);
            private final BlockingQueue<Parcel> durable = new ArrayBlockingQueue<>(PARCELS_IN_MEMORY);

            Shard(int number) {
                this.number = number;
            }

            void writeJournal() throws IOException, InterruptedException {
                ByteBuffer group = aligned(GROUP_BYTES + PAGE_BYTES);
                CRC32C crc = new CRC32C();
                try (FileChannel file = zeroFilled(directory.resolve("journal-" + number))) {
                    long position = 0;
                    while (true) {
                        Parcel[] taken = new Parcel[GROUP_BYTES / PARCEL_BYTES];
                        taken[0] = queued.take();
                        int count = 1;
                        while (count < taken.length && (taken[count] = queued.poll()) != null) {
                            count++;
                        }
                        group.clear();
                        for (int i = 0; i < count; i++) {
                            checksum(crc, taken[i].bytes(), 0, taken[i].length());
                            group.put(taken[i].bytes(), 0, taken[i].length());
                        }
                        int length = (group.position() + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
                        if (position + length > JOURNAL_FILE_BYTES) {
                            position = 0;
                        }
                        group.position(0).limit(length);
                        position = writeFully(file, group, position);
                        file.force(false);
                        for (int i = 0; i < count; i++) {
                            completed.addAndGet(taken[i].events());
                            unacknowledged.release();
                            durable.put(taken[i]);
                        }
                    }
                }
            }

            void writeChunks() throws IOException, InterruptedException {
                ByteBuffer buffer = aligned(BUFFER_BYTES);
                CRC32C crc = new CRC32C();
                for (int chunk = 0; ; chunk++) {
                    Path name = directory.resolve("chunk-" + number + "-" + chunk);
                    try (FileChannel file =
                            FileChannel.open(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, DIRECT)) {
                        long position = 0;
                        long forced = 0;
                        buffer.clear();
                        while (position < CHUNK_BYTES) {
                            Parcel parcel = durable.take();
                            for (int at = 0; at < parcel.length(); ) {
                                int piece = Math.min(BLOCK_BYTES, Math.min(buffer.remaining(), parcel.length() - at));
                                checksum(crc, parcel.bytes(), at, piece);
                                buffer.put(parcel.bytes(), at, piece);
                                at += piece;
                                if (!buffer.hasRemaining()) {
                                    position = writeFully(file, buffer.flip(), position);
                                    buffer.clear();
                                }
                            }
                            if (position - forced >= CHUNK_FORCE_BYTES) {
                                file.force(false);
                                forced = position;
                            }
                        }
                        file.force(true);
                    }
                }
            }
        }

        private static void checksum(CRC32C crc, byte[] bytes, int from, int length) {
            crc.reset();
            crc.update(bytes, from, length);
        }

        private static ByteBuffer aligned(int bytes) {
            return ByteBuffer.allocateDirect(bytes + PAGE_BYTES)
                    .alignedSlice(PAGE_BYTES)
                    .limit(bytes)
                    .slice();
        }

        private static FileChannel zeroFilled(Path name) throws IOException {
            FileChannel file = FileChannel.open(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, DIRECT);
            ByteBuffer zeros = aligned(BUFFER_BYTES);
            for (long position = 0; position < JOURNAL_FILE_BYTES; ) {
                position = writeFully(file, zeros.clear(), position);
            }
            file.force(true);
            return file;
        }

        private static long writeFully(FileChannel file, ByteBuffer bytes, long position) throws IOException {
            long next = position;
            while (bytes.hasRemaining()) {
                next += file.write(bytes, next);
            }
            return next;
        }
    }
}
