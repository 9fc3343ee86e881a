package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log whose files are missing is refused, however often it is tried, and opens again when they are back. */
class MissingFilesTest {

    private static final String STREAM = "shop/orders";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    private int written;

    /** Stops at the second journal file: with a third one a flush begins, after which the first is not needed any more. */
    @BeforeEach
    void write() throws IOException {
        Strandline log = Applications.get(open());
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        while (journals(1).size() < 2) {
            int from = written;
            Applications.get(Applications.start(context, () -> {
                List<Future<?>> appended = new ArrayList<>();
                for (int number = from; number < from + 10; number++) {
                    appended.add(writer.append("key" + number, Buffer.buffer(new byte[2_000])));
                }
                return Future.all(appended);
            }));
            written += 10;
        }
        Applications.get(log.close());
    }

    @AfterEach
    void close() {
        Applications.get(vertx.close());
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Future<Strandline> open() {
        return Strandline.open(vertx, "file:" + data(), CrashChild.options().setTailBytes(16 << 20));
    }

    private List<Path> journals(int shard) throws IOException {
        try (Stream<Path> files = Files.list(data().resolve("shard-" + shard + "/journal"))) {
            return files.filter(path -> path.toString().endsWith(JournalNames.JOURNAL))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void r2_aMissingJournalFileIsCorruption() throws IOException {
        Path missing = journals(1).get(0);
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(missing, elsewhere);
        List<Path> before = journals(1);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThat(Applications.failure(open()))
                    .as("attempt %d", attempt)
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining("shard 1");
            assertThat(journals(1)).isEqualTo(before);
        }
        Files.move(elsewhere, missing);
        Strandline log = Applications.get(open());
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM))).hasSize(written);
        Applications.get(log.close());
    }

    @Test
    void r2_aShardWithoutAnyJournalFileIsCorruption() throws IOException {
        List<Path> all = journals(1);
        Path elsewhere = Files.createDirectory(directory.resolve("all"));
        for (Path file : all) {
            Files.move(file, elsewhere.resolve(file.getFileName()));
        }
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThat(Applications.failure(open()))
                    .as("attempt %d", attempt)
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining("shard 1");
            assertThat(journals(1)).isEmpty();
        }
        for (Path file : all) {
            Files.move(elsewhere.resolve(file.getFileName()), file);
        }
        Strandline log = Applications.get(open());
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM))).hasSize(written);
        Applications.get(log.close());
    }
}
