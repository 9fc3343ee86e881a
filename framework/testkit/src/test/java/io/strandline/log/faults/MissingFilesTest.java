package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.EmbeddedLog;
import io.strandline.log.LogOptions;
import io.strandline.log.LogVerifier;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalFormat;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.testkit.SimulatedDisk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
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

    /** Fills a journal file. The close needs the newest one alone. */
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

    private void refused(String... parts) {
        Throwable failure = Applications.failure(open());
        assertThat(failure).isInstanceOf(StrandlineException.Corrupt.class);
        for (String part : parts) {
            assertThat(failure).hasMessageContaining(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(LogVerifier.verify(data(), new PrintStream(out, true, StandardCharsets.UTF_8)))
                .isPositive();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(parts);
    }

    private void opensWhole() throws IOException {
        Strandline log = Applications.get(open());
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM))).hasSize(written);
        Applications.get(log.close());
    }

    private void isMissed(Path file, String... parts) throws IOException {
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(file, elsewhere);
        refused(parts);
        refused(parts);
        Files.move(elsewhere, file);
        opensWhole();
    }

    private static Path newest(List<Path> files) {
        return files.get(files.size() - 1);
    }

    @Test
    void t8_theNewestJournalFileIsMissedAfterAClose() throws IOException {
        Path newest = newest(journals(1));
        isMissed(newest, "shard 1", newest.getFileName().toString(), "is missing");
    }

    @Test
    void t8_aJournalFileIsMissedAfterAKill() throws IOException {
        int files = 1;
        for (int missing = 0; missing < files; missing++) {
            LogOptions options = CrashChild.options();
            SimulatedLog log = new SimulatedLog(3, options, 1);
            PartitionDescription partition =
                    log.createStream(STREAM, new StreamOptions()).partitions().get(0);
            for (int i = 0; i < 20; i++) {
                log.get(log.append(partition, 5_000));
            }
            log.scheduler.abandon();
            SimulatedDisk disk = log.disk().kill();
            List<String> journals = disk.list(ShardDirectories.journal(0)).stream()
                    .filter(name -> name.endsWith(JournalNames.JOURNAL))
                    .toList();
            files = journals.size();
            String name = journals.get(missing);
            disk.delete(ShardDirectories.journal(0) + "/" + name);
            assertThat(log.failure(EmbeddedLog.open(log.scheduler.environment(disk), options, 1, true)))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining("shard 0")
                    .hasMessageContaining(missing == files - 1 ? name : "journal file");
        }
        assertThat(files).isGreaterThan(1);
    }

    @Test
    void t8_theMarkOfTheEndIsMissed() throws IOException {
        isMissed(data().resolve("shard-1/journal.end"), "shard 1", "shard-1/journal.end", "is missing");
    }

    @Test
    void t8_oneSlotOfTheMarkIsEnoughAndNoneIsCorruption() throws IOException {
        Path end = data().resolve("shard-1/journal.end");
        byte[] whole = Files.readAllBytes(end);
        for (int slot = 0; slot < 2; slot++) {
            byte[] torn = whole.clone();
            torn[slot * JournalFormat.PAGE_BYTES + 40] ^= 1;
            Files.write(end, torn);
            opensWhole();
        }
        byte[] none = Files.readAllBytes(end);
        none[40] ^= 1;
        none[JournalFormat.PAGE_BYTES + 40] ^= 1;
        Files.write(end, none);
        refused("shard 1", "shard-1/journal.end", "damaged");
    }

    @Test
    void t8_aLogOfAnEarlierReleaseOpensAndIsMarkedFromThenOn() throws IOException {
        for (int shard = 0; shard < 2; shard++) {
            for (Path journal : journals(shard)) {
                unmark(journal);
            }
            Files.delete(data().resolve("shard-" + shard + "/journal.end"));
            Files.delete(data().resolve("shard-" + shard + "/log.json"));
        }
        opensWhole();
        Path newest = newest(journals(1));
        isMissed(newest, "shard 1", newest.getFileName().toString(), "is missing");
    }

    private static void unmark(Path journal) throws IOException {
        try (FileChannel file = FileChannel.open(journal, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            byte[] page = new byte[JournalFormat.PAGE_BYTES];
            file.read(ByteBuffer.wrap(page), 0);
            FileHeader header = JournalFormat.decodeHeader(page, journal.toString());
            assertThat(header).isNotNull();
            file.write(ByteBuffer.wrap(JournalFormat.encode(header.marked(false))), 0);
        }
    }

    @Test
    void t8_aMissingDescriptionIsToldFromACreationThatWasCutOff() throws IOException {
        isMissed(data().resolve("log.json"), "lacks log.json", "2 shards");
        Files.delete(data().resolve("shard-0/log.json"));
        opensWhole();
        assertThat(data().resolve("shard-0/log.json")).hasSameTextualContentAs(data().resolve("log.json"));
        Files.writeString(data().resolve("shard-1/log.json"), "{\"formatVersion\": 1, \"shards\": 3}");
        refused("shard-1/log.json", "names 3", "names 2 shards");
    }

    @Test
    void t8_aMissingOrShortChunkIsNamedWhenTheLogOpens() throws IOException {
        flushToChunks();
        Path chunk = chunks().get(0);
        isMissed(chunk, chunk.getFileName().toString());
        byte[] bytes = Files.readAllBytes(chunk);
        Files.write(chunk, Arrays.copyOf(bytes, bytes.length / 2));
        refused(chunk.getFileName().toString());
        Files.write(chunk, bytes);
        opensWhole();
    }

    /** Writes until a second round has begun, so that the chunk of the first one is part of the log. */
    private void flushToChunks() throws IOException {
        Strandline log = Applications.get(Strandline.open(vertx, "file:" + data(), CrashChild.options()));
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        while (chunks().size() < 2) {
            int number = written;
            Applications.get(
                    Applications.start(context, () -> writer.append("key" + number, Buffer.buffer(new byte[20_000]))));
            written++;
        }
        Applications.get(log.close());
    }

    private List<Path> chunks() throws IOException {
        Path chunks = data().resolve("shard-1/chunks");
        if (!Files.isDirectory(chunks)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(chunks)) {
            return files.filter(path -> path.toString().endsWith(".chunk"))
                    .sorted()
                    .toList();
        }
    }
}
