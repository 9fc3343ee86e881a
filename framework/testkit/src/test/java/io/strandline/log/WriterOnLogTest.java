package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a writer is promised, on files and across restarts (D1, D2, D5, D6). */
class WriterOnLogTest {

    private static final String STREAM = "shop/orders";

    @TempDir
    Path directory;

    private Vertx vertx = Vertx.vertx();
    private Strandline log;
    private Context context = Applications.newContext(vertx);

    @BeforeEach
    void create() {
        log = open();
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private Strandline open() {
        return Applications.get(Doors.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
    }

    private void reopen() {
        Applications.get(log.close());
        log = open();
    }

    /** As when the application starts again: nothing of the old process is left. */
    private void restart() {
        Applications.get(log.close());
        Applications.get(vertx.close());
        vertx = Vertx.vertx();
        context = Applications.newContext(vertx);
        log = open();
    }

    private EventWriter<Buffer> writer(@Nullable String id) {
        return Applications.writer(context, log, STREAM, new WriterOptions().setId(id));
    }

    private <T> T get(Callable<Future<T>> step) {
        return Applications.get(Applications.start(context, step));
    }

    private <T> Throwable failure(Callable<Future<T>> step) {
        return Applications.failure(Applications.start(context, step));
    }

    private List<String> texts() {
        return Applications.get(Applications.readAll(vertx, log, STREAM)).stream()
                .map(event -> event.event().toString())
                .toList();
    }

    private static Buffer line(long number) {
        return Buffer.buffer("line " + number);
    }

    /** Imports lines, each under its number. Returns the outcome of each. */
    private List<Appended> imports(EventWriter<Buffer> writer, int from, int to) {
        return get(() -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = from; i < to; i++) {
                appended.add(writer.append("key" + i % 20, line(i), Sequence.of(i)));
            }
            return Future.all(appended).map(all -> all.<Appended>list());
        });
    }

    @Test
    void d2_anImporterMayStartAgain() {
        assertThat(imports(writer("importer"), 0, 500)).noneMatch(Appended::duplicate);
        reopen();
        List<Appended> again = imports(writer("importer"), 0, 700);
        assertThat(again.subList(0, 500)).allMatch(Appended::duplicate);
        assertThat(again.subList(500, 700)).noneMatch(Appended::duplicate);
        restart();
        assertThat(imports(writer("importer"), 650, 800).stream().filter(Appended::duplicate))
                .hasSize(50);
        assertThat(texts()).hasSize(800).doesNotHaveDuplicates();
    }

    @Test
    void d2_aLateNumberIsInvalidWithinALifeAndADuplicateInTheNext() {
        EventWriter<Buffer> writer = writer("importer");
        get(() -> writer.append("key", line(5), Sequence.of(5)));
        assertThat(failure(() -> writer.append("key", line(3), Sequence.of(3))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("(3, 0)", "(5, 0)");
        reopen();
        assertThat(get(() -> writer("importer", "key", 3)).duplicate()).isTrue();
        assertThat(texts()).containsExactly("line 5");
    }

    private Future<Appended> writer(String id, String key, int number) {
        return log.createWriter(STREAM, EventCodec.raw(), new WriterOptions().setId(id))
                .compose(writer -> writer.append(key, line(number), Sequence.of(number)));
    }

    @Test
    void d2_aWriterUsesOneKindOfNumbers() {
        EventWriter<Buffer> writer = writer("importer");
        get(() -> writer.append("key", line(5), Sequence.of(5)));
        assertThat(failure(() -> writer.append("key", line(6)))).isInstanceOf(StrandlineException.Invalid.class);
        EventWriter<Buffer> anonymous = writer(null);
        assertThat(failure(() -> anonymous.append("key", line(6), Sequence.of(6))))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void d5_aSecondWriterOfTheSameIdFencesTheFirst() {
        EventWriter<Buffer> first = writer("teller");
        AtomicReference<@Nullable Throwable> told = new AtomicReference<>();
        get(() -> {
            first.exceptionHandler(told::set);
            return first.append("key", line(0));
        });
        EventWriter<Buffer> second = writer("teller");
        assertThat(failure(() -> first.append("key", line(1))))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("writer teller of shop/")
                .hasMessageContaining("opened later");
        assertThat(failure(() -> first.append("other", line(1)))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(told.get()).isInstanceOf(StrandlineException.Fenced.class);
        get(() -> second.append("key", line(2)));
        restart();
        EventWriter<Buffer> third = writer("teller");
        get(() -> third.append("key", line(3)));
        assertThat(texts()).containsExactly("line 0", "line 2", "line 3");
    }

    @Test
    void d5_aWriterOfTheSameIdOnAnotherStreamIsAnother() {
        Applications.get(log.catalog().createStream("shop/other", new StreamOptions()));
        EventWriter<Buffer> first = writer("teller");
        Applications.writer(context, log, "shop/other", new WriterOptions().setId("teller"));
        assertThat(get(() -> first.append("key", line(0))).duplicate()).isFalse();
    }

    @Test
    void d5_aFenceHoldsWhileTheFirstWriterHasMuchInFlight() {
        EventWriter<Buffer> first = writer("teller");
        List<Future<Appended>> appended = new ArrayList<>();
        Future<EventWriter<Buffer>> second = Applications.start(context, () -> {
            for (int i = 0; i < 2_000; i++) {
                appended.add(first.append("key" + i % 20, line(i)));
            }
            return log.createWriter(STREAM, EventCodec.raw(), new WriterOptions().setId("teller"));
        });
        EventWriter<Buffer> winner = Applications.get(second);
        List<EventRecord<Buffer>> atFence = Applications.get(Applications.readAll(vertx, log, STREAM));
        get(() -> Future.join(appended).otherwiseEmpty());
        assertThat(Applications.get(Applications.readAll(vertx, log, STREAM)))
                .as("nothing of the first comes after the admission of the second")
                .hasSameSizeAs(atFence);
        assertThat(appended.stream().filter(Future::succeeded)).hasSameSizeAs(atFence);
        get(() -> winner.append("key", Buffer.buffer("last")));
        assertThat(texts()).doesNotHaveDuplicates().contains("last");
    }

    @Test
    void aRetiredWriterIsFencedAndForgotten() {
        EventWriter<Buffer> writer = writer("importer");
        get(() -> writer.append("key", line(5), Sequence.of(5)));
        Applications.get(log.catalog().retireWriter(STREAM, "importer"));
        assertThat(failure(() -> writer.append("key", line(6), Sequence.of(6))))
                .isInstanceOf(StrandlineException.Fenced.class);
        assertThat(Applications.failure(log.catalog().retireWriter(STREAM, "importer")))
                .isInstanceOf(StrandlineException.NotFound.class);
        restart();
        assertThat(Applications.failure(log.catalog().retireWriter(STREAM, "importer")))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(get(() -> writer("importer", "key", 5)).duplicate())
                .as("its numbers are forgotten")
                .isFalse();
    }

    @Test
    void d6_aConditionalAppendDecidesByTheOffset() {
        EventWriter<Buffer> writer = writer(null);
        assertThat(get(() -> writer.appendIf("key", List.of(line(0), line(1)), 0))
                        .offset())
                .isZero();
        assertThat(failure(() -> writer.appendIf("key", List.of(line(9)), 1)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll("expected offset 1", "is at 2");
        assertThat(failure(() -> writer.appendIf("key", List.of(line(9)), 0)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(failure(() -> writer.appendIf("key", List.of(line(9)), 77)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(get(() -> writer.appendIf("key", List.of(line(2)), 2)).offset())
                .isEqualTo(2);
        reopen();
        EventWriter<Buffer> other = writer("named");
        assertThat(failure(() -> other.appendIf("key", List.of(line(9)), 2)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(get(() -> other.appendIf("key", List.of(line(3)), 3)).offset())
                .isEqualTo(3);
        assertThat(texts()).containsExactly("line 0", "line 1", "line 2", "line 3");
    }

    @Test
    void d6_ofManyConditionalAppendsForOneOffsetOneWins() {
        List<Future<Appended>> attempts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            Context own = Applications.newContext(vertx);
            EventWriter<Buffer> writer = Applications.writer(own, log, STREAM, new WriterOptions());
            attempts.add(Applications.start(own, () -> writer.appendIf("key", List.of(line(number)), 0)));
        }
        int won = 0;
        for (Future<Appended> attempt : attempts) {
            Applications.get(attempt.otherwiseEmpty());
            if (attempt.succeeded()) {
                won++;
            } else {
                assertThat(attempt.cause()).isInstanceOf(StrandlineException.Conflict.class);
            }
        }
        assertThat(won).isEqualTo(1);
        assertThat(texts()).hasSize(1);
    }

    @Test
    void anAtomicBatchStandsTogether() {
        List<Future<Appended>> batches = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "writer" + i;
            Context own = Applications.newContext(vertx);
            EventWriter<Buffer> writer = Applications.writer(own, log, STREAM, new WriterOptions());
            batches.add(Applications.start(own, () -> {
                Future<Appended> last = writer.append("key", Buffer.buffer(name + " single"));
                for (int batch = 0; batch < 50; batch++) {
                    writer.append("key", Buffer.buffer(name + " single"));
                    last = writer.appendBatch(
                            "key",
                            List.of(
                                    Buffer.buffer(name + " 0 of " + batch),
                                    Buffer.buffer(name + " 1 of " + batch),
                                    Buffer.buffer(name + " 2 of " + batch)));
                }
                return last;
            }));
        }
        batches.forEach(Applications::get);
        restart();
        List<String> texts = texts();
        assertThat(texts).hasSize(4 * (1 + 50 * 4));
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            if (text.contains(" 0 of ")) {
                assertThat(texts.subList(i, i + 3))
                        .containsExactly(text, text.replace(" 0 of ", " 1 of "), text.replace(" 0 of ", " 2 of "));
            }
        }
    }

    @Test
    void aWriterOfAClosedLogIsRefused() {
        EventWriter<Buffer> writer = writer(null);
        get(() -> writer.append("key", line(0)));
        Applications.get(log.close());
        assertThat(failure(() -> writer.append("key", line(1)))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(() -> log.read(STREAM, EventCodec.raw(), new ReaderOptions())))
                .isInstanceOf(StrandlineException.Unavailable.class);
        log = open();
        assertThat(texts()).containsExactly("line 0");
    }
}
