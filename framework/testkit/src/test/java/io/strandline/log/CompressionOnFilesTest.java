package io.strandline.log;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.start;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Compression;
import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream of plain and compressed batches, from journal, memory and chunks. */
class CompressionOnFilesTest {

    private static final String STREAM = "shop/orders";
    private static final int KEYS = 20;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private Strandline log;

    @BeforeEach
    void create() {
        log = open();
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private Strandline open() {
        return get(Doors.open(vertx, "file:" + data(), CrashChild.options()));
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static Buffer event(int number) {
        return Buffer.buffer("{\"order\":" + number + ",\"customer\":\"anna\",\"items\":[" + "\"apples\",".repeat(40));
    }

    private EventWriter<Buffer> writer(WriterOptions options) {
        return Applications.writer(context, log, STREAM, options);
    }

    private void append(Compression compression, int from, int to) {
        EventWriter<Buffer> writer = writer(new WriterOptions().setCompression(compression));
        get(start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = from; i < to; i++) {
                appended.add(writer.append(i % 7 == 0 ? null : "key" + i % KEYS, event(i)));
            }
            return Future.all(appended).compose(all -> writer.end());
        }));
    }

    private void requireEvents(int count) {
        List<EventRecord<Buffer>> all = get(Applications.readAll(vertx, log, STREAM));
        assertThat(all)
                .extracting(EventRecord::event)
                .containsExactlyInAnyOrderElementsOf(Stream.iterate(0, i -> i + 1)
                        .limit(count)
                        .map(CompressionOnFilesTest::event)
                        .toList());
        for (int i = 0; i <= KEYS; i++) {
            String key = "key" + i;
            List<EventRecord<Buffer>> expected = new ArrayList<>(
                    all.stream().filter(event -> key.equals(event.key())).toList());
            assertThat(history(key, Direction.FORWARD)).isEqualTo(expected);
            Collections.reverse(expected);
            assertThat(history(key, Direction.BACKWARD)).isEqualTo(expected);
        }
    }

    private List<EventRecord<Buffer>> history(String key, Direction direction) {
        HistoryOptions options = new HistoryOptions().setDirection(direction).setReadAheadBytes(20_000);
        return get(start(context, () -> log.history(STREAM, key, EventCodec.raw(), options)
                .compose(Applications::toEnd)));
    }

    @Test
    void a_mixed_stream_is_read_from_memory_and_chunks_and_after_reopening() {
        int events = 0;
        for (int round = 0; round < 2; round++) {
            for (Compression compression : Compression.values()) {
                append(compression, events, events + 400);
                events += 400;
            }
            requireEvents(events);
        }
        get(log.close());
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        assertThat(LogVerifier.verify(data(), new PrintStream(printed, true, UTF_8)))
                .as(printed.toString(UTF_8))
                .isZero();
        log = open();
        requireEvents(events);
    }

    @Test
    void resembling_events_take_a_fraction_of_the_space() {
        long plain = bytesOf(Compression.NONE, Long.MAX_VALUE);
        assertThat(plain).isGreaterThan(2_000 * 400);
        assertThat(bytesOf(Compression.LZ4, plain / 3)).isPositive();
        assertThat(bytesOf(Compression.ZSTD, plain / 3)).isPositive();
    }

    /**
     * What the chunks grow by. A close may leave the result of a merge that it has cut off, and the log that is open again has it
     * away in a moment.
     */
    private long bytesOf(Compression compression, long most) {
        long before = chunkBytes();
        append(compression, 0, 2_000);
        get(log.close());
        long grown = chunkBytes() - before;
        log = open();
        if (grown >= most) {
            Applications.until(
                    vertx, compression + " takes less than " + most + " bytes", () -> chunkBytes() - before < most);
        }
        return grown;
    }

    private long chunkBytes() {
        return Applications.chunks(data()).stream()
                .mapToLong(chunk -> chunk.toFile().length())
                .sum();
    }

    @Test
    void an_atomic_and_a_conditional_batch_stay_what_they_are() {
        EventWriter<Buffer> writer = writer(new WriterOptions().setCompression(Compression.LZ4));
        List<Buffer> many = Collections.nCopies(50, event(1));
        Appended first = get(start(context, () -> writer.appendBatch("key", many)));
        Appended second = get(start(context, () -> writer.appendIf("key", many, first.offset() + 50)));
        assertThat(second.offset()).isEqualTo(first.offset() + 50);
        assertThat(Applications.failure(start(context, () -> writer.appendIf("key", many, 7))))
                .hasMessageContaining("expected offset 7");
        assertThat(history("key", Direction.FORWARD)).hasSize(100);
    }

    @Test
    void digest_and_dedup_know_the_plain_events() {
        for (Compression compression : Compression.values()) {
            EventWriter<Buffer> writer = writer(
                    new WriterOptions().setId("importer").setReplay(Map.of()).setCompression(compression));
            List<Appended> appended = get(start(context, () -> {
                List<Future<Appended>> all = new ArrayList<>();
                for (int i = 0; i < 300; i++) {
                    all.add(writer.append("key" + i % KEYS, event(i), Sequence.of(i)));
                }
                return Future.all(all)
                        .map(done -> all.stream().map(Future::result).toList())
                        .compose(places -> writer.end().map(places));
            }));
            assertThat(appended).allMatch(place -> place.duplicate() == (compression != Compression.NONE));
        }
        assertThat(get(Applications.readAll(vertx, log, STREAM))).hasSize(300);
    }
}
