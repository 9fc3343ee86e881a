package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.file.DataDirectory;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.WatchedFiles;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has to be forced reaches the operating system as a force, on the way that production takes. */
class ForcedFilesTest {

    private WatchedFiles files = new WatchedFiles(Path.of(""));

    @BeforeEach
    void watch(@TempDir Path directory) {
        files = new WatchedFiles(directory);
    }

    private interface Opening {
        DiskFile of(Disk disk) throws IOException;
    }

    private void assertForced(Opening opening, ByteBuffer bytes) throws IOException {
        try (DiskFile file = opening.of(FileDisk.at(files.root()))) {
            file.write(bytes, 0);
            assertThat(files.unforced()).as("the write is seen").contains("f");
            file.force();
            assertThat(files.unforced()).as("forced").doesNotContain("f");
        }
    }

    @Test
    void a_force_of_a_file_is_one_whatever_way_it_was_opened_and_written() throws IOException {
        assertForced(disk -> disk.create("f"), ByteBuffer.wrap(new byte[100]));
        assertForced(disk -> disk.open("f"), ByteBuffer.allocateDirect(100));
        assertForced(disk -> disk.openUncached("f"), Disk.uncachedBuffer(2 * Disk.UNCACHED_UNIT));
        assertForced(disk -> disk.openUncached("f"), ByteBuffer.wrap(new byte[100]));
        FileDisk.at(files.root()).delete("f");
        assertForced(
                disk -> disk.createUncached("f"),
                Disk.uncachedBuffer(2 * Disk.UNCACHED_UNIT).limit(Disk.UNCACHED_UNIT + 100));
    }

    @Test
    void a_force_of_a_directory_is_one() throws IOException {
        Disk disk = FileDisk.at(files.root());
        disk.createDirectories("a/b");
        assertThat(files.unforced()).as("directories are created durably").isEmpty();
        disk.create("a/b/f").close();
        assertThat(files.unforced()).contains("a/b");
        disk.forceDirectory("a/b");
        assertThat(files.unforced()).isEmpty();
        disk.rename("a/b/f", "a/b/g");
        assertThat(files.unforced()).contains("a/b");
        disk.forceDirectory("a/b");
        assertThat(files.unforced()).isEmpty();
    }

    @Test
    void the_description_of_a_log_is_forced_before_it_gets_its_name_and_so_is_the_name() throws IOException {
        try (DataDirectory directory = DataDirectory.open(files.root())) {
            directory.describe(2);
            assertThat(files.renamedUnforced()).isEmpty();
            assertThat(files.unforced()).doesNotContain("", "log.json");
        }
    }

    @Test
    void each_acknowledged_append_was_forced_and_a_closed_log_leaves_nothing_unforced() throws Exception {
        Vertx vertx = Vertx.vertx();
        Future<LogPort> opened = HomeOpening.open(
                vertx,
                "file:" + files.root(),
                () -> DataDirectory.open(files.root()),
                UnaryOperator.identity(),
                new LogOptions().setShards(1).setJournalFileBytes(256 << 10).setTailBytes(128 << 10));
        Strandline log = LogPort.strandline(vertx, await(opened));
        await(log.catalog().createScope("shop"));
        await(log.catalog().createStream("shop/orders", new StreamOptions()));
        Context context = vertx.getOrCreateContext();
        EventWriter<Buffer> writer =
                onContext(context, () -> log.createWriter("shop/orders", EventCodec.raw(), new WriterOptions()));
        for (int i = 0; i < 100; i++) {
            long before = files.forces(JournalNames.JOURNAL);
            onContext(context, () -> writer.append("key", Buffer.buffer(new byte[10_000])));
            assertThat(files.forces(JournalNames.JOURNAL))
                    .as("forces of the journal at append %d", i)
                    .isGreaterThan(before);
        }
        await(log.close());
        assertThat(files.unforced()).doesNotContain("").noneMatch(name -> name.startsWith("shard-"));
        assertThat(files.forces(".chunk")).as("forces of chunks").isPositive();
        assertThat(files.renamedUnforced()).isEmpty();
        await(vertx.close());
    }

    private static <T> T onContext(Context context, Supplier<Future<T>> action) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(nothing -> action.get().onComplete(promise));
        return await(promise.future());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
