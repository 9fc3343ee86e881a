package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Streams are created and deleted under their writers and readers. Readers cross from chunks into memory (T1, T2, T5).
 */
class StreamLifeTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENT_BYTES = 1000;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private final AtomicInteger reads = new AtomicInteger();
    private Strandline log;

    @BeforeEach
    void create() {
        log = open();
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private Strandline open() {
        FileEngine engine = new FileEngine(disk ->
                new HookedDisk(disk, (step, name, bytes) -> reads.addAndGet(step == HookedDisk.Step.READ ? 1 : 0)));
        return Applications.get(engine.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
    }

    private EventWriter<Buffer> writer(WriterOptions options) {
        return Applications.writer(context, log, STREAM, options);
    }

    private static Buffer event(int number) {
        Buffer event = Buffer.buffer(new byte[EVENT_BYTES]);
        return event.setInt(0, number);
    }

    private List<Appended> append(EventWriter<Buffer> writer, int from, int to) {
        return Applications.get(Applications.start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = from; i < to; i++) {
                appended.add(writer.append("key", event(i)));
            }
            return Future.all(appended).map(all -> all.<Appended>list());
        }));
    }

    private List<Path> chunks() {
        return Applications.chunks(directory.resolve("data"));
    }

    /** By bytes: how many files they are in is the business of compaction, which may put them together at any moment. */
    private long chunkBytes() {
        return chunks().stream().mapToLong(chunk -> chunk.toFile().length()).sum();
    }

    private Future<EventReader<Buffer>> subscribe(Context own, StartPosition from) {
        return Applications.start(
                own, () -> log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions().setFrom(from)));
    }

    @Test
    void aDeletedStreamFailsItsWritersAndReaders() {
        EventWriter<Buffer> writer = writer(new WriterOptions());
        append(writer, 0, 500);
        Context reading = Applications.newContext(vertx);
        EventReader<Buffer> tail = Applications.get(subscribe(reading, StartPosition.end()));
        Promise<Throwable> tailEnded = Promise.promise();
        Promise<Throwable> slowEnded = Promise.promise();
        EventReader<Buffer> slow = Applications.get(subscribe(reading, StartPosition.start()));
        reading.runOnContext(nothing -> {
            tail.exceptionHandler(tailEnded::tryComplete).handler(event -> {});
            slow.exceptionHandler(slowEnded::tryComplete).pause().handler(event -> {});
            slow.fetch(10);
        });
        List<Future<Appended>> beside = new ArrayList<>();
        Future<Void> deleted = Applications.start(context, () -> {
            for (int i = 0; i < 300; i++) {
                beside.add(writer.append("key", event(i)));
            }
            Future<Void> deletion = log.catalog().deleteStream(STREAM);
            for (int i = 0; i < 300; i++) {
                beside.add(writer.append("key", event(i)));
            }
            return deletion;
        });
        Applications.get(deleted);
        assertThat(Applications.get(tailEnded.future())).isInstanceOf(StrandlineException.NotFound.class);
        reading.runOnContext(nothing -> slow.resume());
        assertThat(Applications.get(slowEnded.future())).isInstanceOf(StrandlineException.NotFound.class);
        for (Future<Appended> appended : beside) {
            Applications.get(appended.otherwiseEmpty());
            if (appended.failed()) {
                assertThat(appended.cause()).isInstanceOf(StrandlineException.NotFound.class);
            }
        }
        assertThat(beside.get(beside.size() - 1).failed()).isTrue();
        assertThat(Applications.failure(Applications.start(context, () -> writer.append("key", event(0)))))
                .isInstanceOf(StrandlineException.NotFound.class);
        Applications.until(vertx, "its chunks vanish", () -> chunks().isEmpty());
        Applications.get(log.close());
        log = open();
        assertThat(Applications.failure(log.catalog().describe(STREAM)))
                .isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void aStreamThatIsCreatedAgainBeginsAnew() {
        StreamDescription first = Applications.get(log.catalog().describe(STREAM));
        EventWriter<Buffer> old = writer(new WriterOptions().setId("importer"));
        Applications.get(Applications.start(context, () -> old.append("key", event(7), Sequence.of(7))));
        Applications.get(log.catalog().deleteStream(STREAM));
        StreamDescription second =
                Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
        assertThat(ids(second)).doesNotContainAnyElementsOf(ids(first));
        assertThat(Applications.failure(Applications.start(context, () -> old.append("key", event(8), Sequence.of(8)))))
                .isInstanceOf(StrandlineException.NotFound.class);
        EventWriter<Buffer> importer = writer(new WriterOptions().setId("importer"));
        Appended appended =
                Applications.get(Applications.start(context, () -> importer.append("key", event(1), Sequence.of(1))));
        assertThat(appended.duplicate()).isFalse();
        assertThat(appended.offset()).isZero();
        Applications.get(log.close());
        log = open();
        assertThat(Applications.get(log.catalog().describe(STREAM))).isEqualTo(second);
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM))).hasSize(1);
        StreamDescription third =
                Applications.get(log.catalog().createStream("shop/third", new StreamOptions().setPartitions(3)));
        assertThat(ids(third)).doesNotContainAnyElementsOf(ids(first)).doesNotContainAnyElementsOf(ids(second));
    }

    private static List<Long> ids(StreamDescription stream) {
        return stream.partitions().stream().map(PartitionDescription::id).toList();
    }

    @Test
    void truncationGivesSpaceBackAndTellsTheReaderBehind() {
        EventWriter<Buffer> writer = writer(new WriterOptions());
        List<Appended> appended = append(writer, 0, 1_000);
        long partition = appended.get(0).partition();
        Context reading = Applications.newContext(vertx);
        EventReader<Buffer> behind = Applications.get(subscribe(reading, StartPosition.start()));
        Promise<Throwable> failed = Promise.promise();
        List<EventRecord<Buffer>> seen = new ArrayList<>();
        reading.runOnContext(nothing -> behind.exceptionHandler(failed::tryComplete)
                .pause()
                .handler(seen::add)
                .fetch(5));
        Applications.until(vertx, "chunks are written", () -> chunkBytes() >= 500L * EVENT_BYTES);
        long before = chunkBytes();
        StreamDescription stream = Applications.get(log.catalog().describe(STREAM));
        Applications.get(log.catalog().truncate(STREAM, StreamCut.of(stream.name(), partition, 990)));
        Applications.until(vertx, "chunks vanish", () -> chunkBytes() <= before / 4);
        reading.runOnContext(nothing -> behind.resume());
        assertThat(Applications.get(failed.future()))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining("990");
        Applications.get(log.close());
        log = open();
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM)).stream()
                        .map(EventRecord::offset))
                .containsExactly(990L, 991L, 992L, 993L, 994L, 995L, 996L, 997L, 998L, 999L);
    }

    @Test
    void truncationOfEverythingLeavesTheOffsets() {
        EventWriter<Buffer> writer = writer(new WriterOptions());
        append(writer, 0, 300);
        StreamCut end = Applications.get(log.catalog().endCut(STREAM));
        Applications.get(log.catalog().truncate(STREAM, end));
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM))).isEmpty();
        Applications.get(log.close());
        log = open();
        assertThat(Applications.get(log.catalog().startCut(STREAM))).isEqualTo(end);
        assertThat(append(writer(new WriterOptions()), 0, 1).get(0).offset()).isEqualTo(300);
    }

    @Test
    void tenThousandPartitionsComeAndGo() {
        long began = System.nanoTime();
        StreamDescription stream =
                Applications.get(log.catalog().createStream("shop/wide", new StreamOptions().setPartitions(10_000)));
        assertThat(stream.partitions()).hasSize(10_000);
        long created = System.nanoTime();
        assertThat(Applications.get(log.catalog().describe("shop/wide"))).isEqualTo(stream);
        Context own = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(own, log, "shop/wide", new WriterOptions());
        Applications.get(Applications.start(own, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                appended.add(writer.append("key" + i, Buffer.buffer("event")));
            }
            return Future.all(appended);
        }));
        long written = System.nanoTime();
        Applications.get(log.close());
        log = open();
        long reopened = System.nanoTime();
        assertThat(Applications.get(log.catalog().describe("shop/wide"))).isEqualTo(stream);
        assertThat(Applications.get(Applications.readAll(vertx, log, "shop/wide")))
                .hasSize(2_000);
        long read = System.nanoTime();
        Applications.get(log.catalog().deleteStream("shop/wide"));
        assertThat(Applications.get(log.catalog().streams("shop"))).hasSize(1);
        long deleted = System.nanoTime();
        System.out.printf(
                "10,000 partitions: created in %d ms, written to %d ms, opened again %d ms, read %d ms, deleted %d"
                        + " ms%n",
                (created - began) / 1_000_000,
                (written - created) / 1_000_000,
                (reopened - written) / 1_000_000,
                (read - reopened) / 1_000_000,
                (deleted - read) / 1_000_000);
        assertThat((deleted - began) / 1_000_000_000).as("seconds").isLessThan(60);
    }

    @Test
    void t5_aTailReaderIsToldOfEachEventWithoutTouchingTheDisk() {
        EventWriter<Buffer> writer = writer(new WriterOptions());
        AtomicInteger seen = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
        Context reading = Applications.newContext(vertx);
        EventReader<Buffer> tail = Applications.get(subscribe(reading, StartPosition.end()));
        reading.runOnContext(nothing -> tail.exceptionHandler(failed::set).handler(event -> seen.incrementAndGet()));
        int before = reads.get();
        for (int i = 0; i < 100; i++) {
            int expected = i + 1;
            append(writer, i, i + 1);
            Applications.until(vertx, "event " + i + " is seen", () -> seen.get() >= expected);
        }
        assertThat(seen).hasValue(100);
        assertThat(failed.get()).isNull();
        assertThat(reads).as("reads of the disk").hasValue(before);
    }

    @Test
    void t5_aReaderCrossesFromChunksIntoMemoryWithoutAGap() {
        EventWriter<Buffer> writer = writer(new WriterOptions());
        append(writer, 0, 1_000);
        assertThat(chunkBytes()).isGreaterThan(300L * EVENT_BYTES);
        List<AtomicInteger> next = new ArrayList<>();
        AtomicReference<@Nullable Object> wrong = new AtomicReference<>();
        for (int i = 0; i < 4; i++) {
            AtomicInteger expected = new AtomicInteger();
            next.add(expected);
            Context reading = Applications.newContext(vertx);
            EventReader<Buffer> reader = Applications.get(subscribe(reading, StartPosition.start()));
            int pace = i;
            reading.runOnContext(nothing -> reader.exceptionHandler(wrong::set).handler(event -> {
                if (event.event().getInt(0) != expected.get() || event.offset() != expected.get()) {
                    wrong.set(event);
                }
                expected.incrementAndGet();
                if (pace > 0 && event.offset() % (pace * 7L) == 0) {
                    // Pauses now and then, so that it is sometimes at the tail and sometimes behind.
                    reader.pause();
                    vertx.setTimer(1, timer -> reading.runOnContext(again -> reader.resume()));
                }
            }));
        }
        for (int from = 1_000; from < 4_000; from += 100) {
            append(writer, from, from + 100);
        }
        Applications.until(
                vertx,
                "all readers reach the end",
                () -> wrong.get() != null || next.stream().allMatch(expected -> expected.get() == 4_000));
        assertThat(wrong.get()).isNull();
    }

    @Test
    void aReaderOfOnePartitionSeesThatOneAlone() {
        EventWriter<Buffer> writer = writer(new WriterOptions());
        Applications.get(Applications.start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                appended.add(writer.append("key" + i, event(i)));
            }
            return Future.all(appended);
        }));
        long partition = ids(Applications.get(log.catalog().describe(STREAM))).get(1);
        StreamCut end = Applications.get(log.catalog().endCut(STREAM));
        List<EventRecord<Buffer>> events = Applications.get(Applications.start(
                context, () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions().setPartitions(Set.of(partition)))
                        .compose(Applications::toEnd)));
        assertThat(events).hasSize((int) end.offset(partition)).allMatch(event -> event.partition() == partition);
    }
}
