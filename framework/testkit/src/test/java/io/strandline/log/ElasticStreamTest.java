package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.KeyedLoad.Check;
import io.strandline.log.KeyedLoad.Source;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random splits and merges of a stream on files while it is written and read at full speed (D1 to D4, E1, E2): each key's
 * events come in their order, all of them, each once.
 */
class ElasticStreamTest {

    private static final String STREAM = "shop/orders";
    private static final int KEYS = 40;
    private static final int MAX_PARTITIONS = 12;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final long seed = Long.getLong("strandline.scaling.seed", 20_261_122L);
    private final Random random = new Random(seed);
    private final RandomScaling scaling = new RandomScaling(STREAM, MAX_PARTITIONS, random);
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private Strandline log;
    private long allowed;

    @BeforeEach
    void create() {
        System.out.println("scaling seed " + seed + " (-Dstrandline.scaling.seed)");
        LogOptions options =
                new LogOptions().setShards(3).setJournalFileBytes(1 << 20).setTailBytes(4 << 20);
        log = Applications.get(Doors.open(vertx, "file:" + directory.resolve("data"), options));
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    // ---- everybody at full speed

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void d4_e2_keysStayInOrderWhilePartitionsSplitAndMerge() {
        run(20, 2_000);
    }

    @Tag("soak")
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void d4_e2_keysStayInOrderWhilePartitionsSplitAndMergeForLong() {
        run(Integer.getInteger("strandline.scaling.count", 500), 2_000);
    }

    private void run(int scalings, long eventsBetween) {
        List<Check> checks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            checks.add(subscribe());
        }
        List<Source> sources = sources(4);
        for (int i = 1; i <= scalings; i++) {
            allow(sources, eventsBetween);
            // In the middle of what is allowed, so that the writers are busy.
            awaitAcknowledged(allowed - sources.size() * eventsBetween / 2);
            StreamDescription scaled = scaleAtRandom();
            if (i % 10 == 0) {
                System.out.println(i + " of " + scalings + " scalings, " + acknowledged.get() + " events, "
                        + scaled.partitions().size() + " partitions");
            }
        }
        sources.forEach(source -> Applications.get(source.end()));
        assertThat(failure.get()).isNull();
        assertThat(acknowledged).hasValue(allowed);
        for (Check check : checks) {
            Applications.get(check.await(allowed));
        }
        Check finite = new Check();
        readSome(StartPosition.start(), Long.MAX_VALUE, finite);
        Applications.get(finite.await(allowed));
        checkHistory("writer0-0", finite.seen("writer0-0"));
    }

    private void checkHistory(String key, long events) {
        List<EventRecord<Buffer>> history =
                Applications.run(vertx, () -> log.history(STREAM, key, EventCodec.raw(), new HistoryOptions())
                        .compose(Applications::toEnd));
        assertThat(history)
                .extracting(record -> Long.parseLong(record.event().toString()))
                .isEqualTo(LongStream.range(0, events).boxed().toList());
    }

    private List<Source> sources(int count) {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Context context = Applications.newContext(vertx);
            EventWriter<Buffer> writer =
                    Applications.writer(context, log, STREAM, new WriterOptions().setWriteQueueBytes(64 << 10));
            sources.add(new Source("writer" + i, context, writer, KEYS, seed + i, acknowledged, failure));
        }
        return sources;
    }

    private void allow(List<Source> sources, long events) {
        sources.forEach(source -> source.allow(events));
        allowed += sources.size() * events;
    }

    private void awaitAcknowledged(long events) {
        Applications.until(
                vertx, events + " acknowledged events", () -> acknowledged.get() >= events || failure.get() != null);
    }

    /** Reads everything, and what comes, on a context of its own. */
    private Check subscribe() {
        Check check = new Check();
        Applications.get(Applications.start(
                Applications.newContext(vertx), () -> log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                        .onSuccess(reader -> {
                            reader.exceptionHandler(check::fail);
                            reader.handler(check::take);
                        })));
        return check;
    }

    // ---- scaling

    private StreamDescription scaleAtRandom() {
        return Applications.get(scaling.next(log));
    }

    // ---- a writer with its own numbers

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void d2_d4_anImporterThatStartsAgainAfterScalingsLeavesOutWhatIsThere() {
        int lines = 6_000;
        int lives = 6;
        for (int life = 1; life <= lives; life++) {
            int to = lines * life / lives;
            Context context = Applications.newContext(vertx);
            EventWriter<Buffer> writer =
                    Applications.writer(context, log, STREAM, new WriterOptions().setId("importer"));
            // Everything from the first line on. Meanwhile the partitions change.
            Future<List<Appended>> imported = imports(context, writer, to);
            scaleAtRandom();
            scaleAtRandom();
            List<Appended> appended = Applications.get(imported);
            assertThat(appended.stream().filter(Appended::duplicate).count())
                    .isBetween((long) lines * (life - 1) / lives, (long) to);
            scaleAtRandom();
        }
        Check check = new Check();
        Applications.get(Applications.readAll(vertx, log, STREAM)).forEach(check::take);
        Applications.get(check.await(lines));
    }

    /** Appends lines 0 to {@code to}, each under its number, in pieces. The event is the line's place in its key. */
    private Future<List<Appended>> imports(Context context, EventWriter<Buffer> writer, int to) {
        List<Future<Appended>> all = new ArrayList<>();
        Promise<List<Appended>> done = Promise.promise();
        importSome(context, writer, 0, to, all, done);
        return done.future();
    }

    private static void importSome(
            Context context,
            EventWriter<Buffer> writer,
            int from,
            int to,
            List<Future<Appended>> all,
            Promise<List<Appended>> done) {
        context.runOnContext(ignored -> {
            int piece = Math.min(to, from + 200);
            for (int i = from; i < piece; i++) {
                Buffer line = Buffer.buffer(Integer.toString(i / KEYS));
                all.add(writer.append("key-" + i % KEYS, line, Sequence.of(i)));
            }
            if (piece < to) {
                writer.flush().onComplete(flushed -> importSome(context, writer, piece, to, all, done));
            } else {
                Future.all(all).map(every -> every.<Appended>list()).onComplete(done);
            }
        });
    }

    // ---- readers from earlier positions

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void e2_readersGoOnFromPositionsTakenBeforeScalings() {
        List<Source> sources = sources(2);
        Check check = new Check();
        StartPosition from = StartPosition.start();
        for (int round = 0; round < 8; round++) {
            allow(sources, 1_500);
            awaitAcknowledged(allowed - 500);
            StreamCut position = readSome(from, 1 + random.nextInt(2_000), check);
            from = StartPosition.at(StreamCut.fromJson(position.toJson()));
            for (int i = 0; i < 3; i++) {
                scaleAtRandom();
            }
        }
        sources.forEach(source -> Applications.get(source.end()));
        assertThat(failure.get()).isNull();
        readSome(from, Long.MAX_VALUE, check);
        Applications.get(check.await(allowed));
    }

    /** Hands at most the given number of events to the check. Returns where it stopped. */
    private StreamCut readSome(StartPosition from, long most, Check check) {
        Context context = Applications.newContext(vertx);
        return Applications.get(
                Applications.start(context, () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions().setFrom(from))
                        .compose(reader -> upTo(reader, most, check))));
    }

    private static Future<StreamCut> upTo(EventReader<Buffer> reader, long most, Check check) {
        Promise<StreamCut> stopped = Promise.promise();
        long until = most == Long.MAX_VALUE ? most : check.seen() + most;
        reader.exceptionHandler(stopped::tryFail);
        reader.endHandler(ended -> stopped.tryComplete(reader.position()));
        reader.handler((EventRecord<Buffer> record) -> {
            check.take(record);
            if (check.seen() == until) {
                reader.pause();
                stopped.tryComplete(reader.position());
            }
        });
        return stopped.future().onComplete(position -> reader.close());
    }

    // ---- bad input

    @Test
    void aCutThatWasNeverThereIsRefused() {
        StreamCut cut = StreamCut.of(io.strandline.StreamName.parse(STREAM), 99, 0);
        assertThat(Applications.failure(
                        log.read(STREAM, EventCodec.raw(), new ReaderOptions().setFrom(StartPosition.at(cut)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no partition 99");
    }
}
