package io.strandline.processing.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.MemoryEngine;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.server.Doors;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/**
 * A log in memory that can be opened again, with a stream whose events number themselves for each key: {@code key3#0}, {@code
 * key3#1} and so on. The fold of the log is so known without reading it.
 */
abstract class OnProjectionLog {

    static final String STREAM = "shop/orders";
    static final ProjectionId ID = new ProjectionId("shop/totals", 1);
    static final int KEYS = 20;

    private static final long DEADLINE_SECONDS = 60;

    static final EventCodec<String> TEXT = AccountsPipeline.TEXT;

    final ModelStore store = new ModelStore();
    private String name = "";
    private int rounds;
    Vertx vertx = Vertx.vertx();
    Strandline log;
    StateSync sync;

    @BeforeEach
    final void begin(TestInfo test) {
        name = "projection-" + test.getDisplayName();
        open();
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
    }

    private void open() {
        log = get(Doors.open(vertx, "memory:" + name.replaceAll("\\W", "-")));
        sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
    }

    /** Ends the process and starts another one. */
    final void restart() {
        get(vertx.close());
        vertx = Vertx.vertx();
        open();
    }

    @AfterEach
    final void end() {
        get(vertx.close());
        MemoryEngine.drop(name.replaceAll("\\W", "-"));
    }

    static ProjectionOptions options() {
        return new ProjectionOptions()
                .setName(ID.name())
                .setBatchEvents(10)
                .setStoreTimeoutMillis(10_000)
                .setGroup(new GroupOptions()
                        .setStreams(STREAM)
                        .setLeaseMillis(1_000)
                        .setCommitIntervalMillis(20)
                        .setMaxAttempts(2)
                        .setRetryBackOffMillis(1));
    }

    final Projection open(ProjectionOptions options) {
        return open(((VertxInternal) vertx).createEventLoopContext(), options);
    }

    final Projection open(Context context, ProjectionOptions options) {
        return get(start(context, () -> Projection.open(vertx, log, sync, TEXT, store, options)));
    }

    /** Appends so many events to each key. */
    final void append(int toEach) {
        int first = rounds;
        rounds += toEach;
        get(start(
                ((VertxInternal) vertx).createEventLoopContext(),
                () -> log.createWriter(STREAM, TEXT, new WriterOptions()).compose(writer -> append(writer, first))));
    }

    private Future<Void> append(EventWriter<String> writer, int first) {
        List<Future<?>> appended = new ArrayList<>();
        for (int round = first; round < rounds; round++) {
            for (int key = 0; key < KEYS; key++) {
                appended.add(writer.append("key" + key, "key" + key + "#" + round));
            }
        }
        return Future.all(appended).compose(done -> writer.end());
    }

    final StreamCut end0() {
        return get(log.catalog().endCut(STREAM));
    }

    /** Splits the first open partition. */
    final void split() {
        PartitionDescription first =
                get(log.catalog().describe(STREAM)).partitions().get(0);
        long middle = first.keys().from()
                + Long.divideUnsigned(first.keys().to() - first.keys().from(), 2);
        get(log.catalog()
                .scale(
                        STREAM,
                        Set.of(first.id()),
                        List.of(
                                new KeyRange(first.keys().from(), middle),
                                new KeyRange(middle + 1, first.keys().to()))));
    }

    /** Merges the first two open partitions. */
    final void merge() {
        List<PartitionDescription> open = get(log.catalog().describe(STREAM)).partitions();
        get(log.catalog()
                .scale(
                        STREAM,
                        Set.of(open.get(0).id(), open.get(1).id()),
                        List.of(new KeyRange(
                                open.get(0).keys().from(), open.get(1).keys().to()))));
    }

    /** The model is the fold of the log: of each key everything once, and in order. */
    final void assertModel() {
        assertModel(ID);
    }

    final void assertModel(ProjectionId id) {
        List<String> keys =
                IntStream.range(0, KEYS).mapToObj(key -> "key" + key).toList();
        assertThat(store.model(id)).containsOnlyKeys(keys);
        store.model(id).forEach((key, events) -> assertThat(events)
                .as("version %d, %s", id.version(), key)
                .isEqualTo(IntStream.range(0, rounds)
                        .mapToObj(round -> key + "#" + round)
                        .collect(Collectors.toList())));
    }

    static <T> Future<T> start(Context context, Callable<Future<T>> step) {
        return Applications.start(context, step);
    }

    static <T> T get(Future<T> future) {
        return Applications.get(future);
    }

    static Throwable failure(Future<?> future) {
        return Applications.failure(future);
    }

    /** Waits until something can be observed. */
    final void until(String what, BooleanSupplier observed) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!observed.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what);
            }
            get(vertx.timer(2, TimeUnit.MILLISECONDS).<Void>mapEmpty());
        }
    }
}
