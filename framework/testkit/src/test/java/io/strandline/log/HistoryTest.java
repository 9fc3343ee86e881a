package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.chunk.KeyDirectory;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history of a key on files: it is what a reader of everything would keep of it (T5). */
class HistoryTest {

    private static final String STREAM = "shop/orders";
    private static final int KEYS = 30;
    private static final int PARTITIONS = 3;
    private static final int SHARDS = CrashChild.options().getShards();

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private final Random random = new Random(11);
    private Strandline log;

    @BeforeEach
    void create() {
        log = open();
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(PARTITIONS)));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private Strandline open() {
        return Applications.get(Doors.open(vertx, "file:" + data(), CrashChild.options()));
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void append(int events) {
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        Applications.get(Applications.start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = 0; i < events; i++) {
                String key = random.nextInt(10) == 0 ? null : "key" + random.nextInt(KEYS);
                appended.add(writer.append(key, Buffer.buffer(new byte[random.nextInt(800)])));
            }
            return Future.all(appended).compose(all -> writer.end());
        }));
    }

    private Future<EventReader<Buffer>> history(String key, HistoryOptions options) {
        return Applications.start(context, () -> log.history(STREAM, key, EventCodec.raw(), options));
    }

    private List<EventRecord<Buffer>> read(String key, HistoryOptions options) {
        return Applications.get(Applications.start(context, () -> log.history(STREAM, key, EventCodec.raw(), options)
                .compose(Applications::toEnd)));
    }

    private void requireHistories() {
        List<EventRecord<Buffer>> all = Applications.get(Applications.readAll(vertx, log, STREAM));
        for (int i = 0; i <= KEYS; i++) {
            String key = "key" + i;
            List<EventRecord<Buffer>> expected = new ArrayList<>(
                    all.stream().filter(event -> key.equals(event.key())).toList());
            assertThat(read(key, new HistoryOptions())).isEqualTo(expected);
            int version = 1 + random.nextInt(expected.size() + 1);
            assertThat(read(key, new HistoryOptions().setFromVersion(version).setReadAheadBytes(1000)))
                    .isEqualTo(expected.subList(version - 1, expected.size()));
            Collections.reverse(expected);
            assertThat(read(key, new HistoryOptions().setDirection(Direction.BACKWARD)))
                    .isEqualTo(expected);
        }
    }

    @Test
    void it_crosses_chunks_and_memory_and_survives_truncation_and_reopening() {
        for (int round = 0; round < 3; round++) {
            append(700);
            requireHistories();
        }
        StreamCut end = Applications.get(log.catalog().endCut(STREAM));
        end.offsets()
                .forEach((partition, offset) -> Applications.get(
                        log.catalog().truncate(STREAM, StreamCut.of(end.stream(), partition, offset / 2))));
        requireHistories();
        Applications.get(log.close());
        log = open();
        requireHistories();
        append(100);
        requireHistories();
        Applications.get(
                log.catalog().truncate(STREAM, Applications.get(log.catalog().endCut(STREAM))));
        assertThat(read("key1", new HistoryOptions())).isEmpty();
    }

    @Test
    void a_stream_that_is_deleted_fails_the_reader() {
        append(500);
        EventReader<Buffer> reader = Applications.get(history("key1", new HistoryOptions().setReadAheadBytes(1)));
        Promise<Throwable> failed = Promise.promise();
        Applications.get(log.catalog().deleteStream(STREAM));
        context.runOnContext(
                nothing -> reader.exceptionHandler(failed::tryComplete).handler(event -> {}));
        assertThat(Applications.get(failed.future())).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(Applications.failure(history("key1", new HistoryOptions())))
                .isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void a_closed_log_fails_the_reader() {
        append(500);
        EventReader<Buffer> reader = Applications.get(history("key1", new HistoryOptions()));
        Promise<Throwable> failed = Promise.promise();
        Applications.get(Applications.start(context, () -> {
            reader.exceptionHandler(failed::tryComplete).pause().handler(event -> {});
            return Future.succeededFuture();
        }));
        Applications.get(log.close());
        assertThat(Applications.get(failed.future())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(Applications.failure(history("key1", new HistoryOptions())))
                .isInstanceOf(StrandlineException.Unavailable.class);
        log = open();
    }

    @Test
    void a_damaged_key_index_is_corrupt_and_disturbs_nothing_else() throws IOException {
        int events = 0;
        while (chunks().size() <= SHARDS * PARTITIONS) {
            append(500);
            events += 500;
        }
        Applications.get(log.close());
        // A chunk may be one that nothing reads: of a round or a merge that the close cut off, or replaced by a merge
        // and not
        // deleted yet. More chunks than one round writes prove that at least one is read, so all are damaged.
        List<Path> chunks = chunks();
        for (Path chunk : chunks) {
            byte[] bytes = Files.readAllBytes(chunk);
            int at = indexOf(bytes, "SLKD");
            if (at >= 0) {
                bytes[at + KeyDirectory.HEADER_BYTES] ^= 1;
                Files.write(chunk, bytes);
            }
        }
        log = open();
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM))).hasSize(events);
        int corrupt = 0;
        for (int i = 0; i < KEYS; i++) {
            Future<List<EventRecord<Buffer>>> read = history("key" + i, new HistoryOptions())
                    .compose(reader -> Applications.start(context, () -> Applications.toEnd(reader)));
            Throwable failure = Applications.get(read.transform(result -> Future.succeededFuture(result.cause())));
            if (failure != null) {
                assertThat(failure)
                        .isInstanceOf(StrandlineException.Corrupt.class)
                        .message()
                        .containsAnyOf(chunks.stream()
                                .map(chunk -> chunk.getFileName().toString())
                                .toArray(String[]::new));
                corrupt++;
            }
        }
        assertThat(corrupt).isPositive();
        append(10);
        Applications.get(log.close());
        assertThat(LogVerifier.verify(data(), new PrintStream(Files.newOutputStream(directory.resolve("out")))))
                .isPositive();
        log = open();
    }

    private List<Path> chunks() {
        return Applications.chunks(data());
    }

    private static int indexOf(byte[] bytes, String magic) {
        for (int at = 0; at < bytes.length - 4; at++) {
            if (bytes[at] == magic.charAt(0)
                    && bytes[at + 1] == magic.charAt(1)
                    && bytes[at + 2] == magic.charAt(2)
                    && bytes[at + 3] == magic.charAt(3)) {
                return at;
            }
        }
        return -1;
    }
}
