package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.FileEngine;
import io.strandline.log.HookedLogs;
import io.strandline.log.LogVerifier;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.spi.DiskFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A log works where the file system refuses direct I/O: at the write, as with blocks of 128 KiB, or when it opens a file. */
class CachedDiskTest {

    private static final String STREAM = "shop/orders";
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        Applications.get(vertx.close());
    }

    /** Direct I/O that refuses every write, as one does whose units are larger than all that the log writes. */
    private static DiskFile refusing(Path path) {
        return new DiskFile() {
            @Override
            public int read(ByteBuffer into, long position) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(ByteBuffer from, long position) throws IOException {
                throw new IOException(
                        "Number of remaining bytes is not a multiple of the block size (131072): " + path);
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
            public void close() {}
        };
    }

    /** Fills several journal files and chunks, reopens, and reads everything. */
    private void serves(Path data, FileEngine engine) throws IOException {
        Strandline log = Applications.get(engine.open(vertx, "file:" + data, CrashChild.options()));
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        int written = 0;
        while (!hasChunk(data)) {
            Applications.get(Applications.start(context, () -> {
                List<Future<?>> appended = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    appended.add(writer.append("key" + i, Buffer.buffer(new byte[3_000])));
                }
                return Future.all(appended);
            }));
            written += 20;
        }
        Applications.get(log.close());
        Strandline reopened = Applications.get(engine.open(vertx, "file:" + data, CrashChild.options()));
        assertThat(Applications.get(Applications.readAll(vertx, reopened, STREAM)))
                .hasSize(written);
        Applications.get(reopened.close());
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        assertThat(LogVerifier.verify(data, nowhere)).isZero();
    }

    private static boolean hasChunk(Path data) {
        return !Applications.chunks(data).isEmpty();
    }

    @Test
    void aLogWorksWhereEveryDirectWriteIsRefused() throws IOException {
        Path data = directory.resolve("data");
        serves(data, HookedLogs.engine(disk -> FileDisk.at(data, CachedDiskTest::refusing)));
    }

    @Test
    void aLogWorksWhereNoFileOpensForDirectWrites() throws IOException {
        Path data = directory.resolve("data");
        serves(
                data,
                HookedLogs.engine(disk -> FileDisk.at(data, path -> {
                    throw new UnsupportedOperationException("Error setting up DirectIO");
                })));
    }

    static boolean hasMemory() {
        return Files.isWritable(MEMORY);
    }

    /** Many kernels refuse direct I/O to files in memory. */
    @Test
    @EnabledIf("hasMemory")
    void aLogWorksInMemory() throws IOException {
        Path data = Files.createTempDirectory(MEMORY, "strandline");
        try {
            serves(data.resolve("data"), new FileEngine());
        } finally {
            try (Stream<Path> paths = Files.walk(data)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
