package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.KilledChild;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that ends, cleanly or not, leaves no lease for which the next one on its log has to wait. */
class GroupRestartTest {

    static final String STREAM = "shop/orders";
    /** Longer than the test may take. */
    private static final int LEASE_MILLIS = 240_000;

    private static final long MUCH_LESS_NANOS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    Path directory;

    /** One process: a log, and a group on it with three readers. */
    static final class Shop {

        final Vertx vertx = Vertx.vertx();
        final Strandline log;
        final ReaderGroup group;

        Shop(Path directory) {
            log = get(Strandline.open(vertx, "file:" + directory, new LogOptions().setShards(2)));
            if (get(log.catalog().scopes()).isEmpty()) {
                get(log.catalog().createScope("shop"));
                get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(6)));
            }
            StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
            group = get(ReaderGroup.open(
                    vertx,
                    log,
                    sync,
                    "shop/billing",
                    new GroupOptions().setStreams(STREAM).setLeaseMillis(LEASE_MILLIS)));
        }

        List<GroupReader<String>> join(GroupHandler<String> handler) {
            List<GroupReader<String>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String name = "reader-" + i;
                readers.add(get(
                        start(newContext(vertx), () -> group.join(name, AccountsPipeline.TEXT, new GroupReaderOptions())
                                .map(reader -> reader.handler(handler)))));
            }
            return readers;
        }

        void append(String key) {
            get(start(newContext(vertx), () -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions())
                    .compose(writer -> writer.append(key, key))));
        }
    }

    /** Joins under the same names and handles what is appended, all well within a lease. */
    private void assertGroupGoesOn() {
        long begun = System.nanoTime();
        Shop next = new Shop(directory.resolve("data"));
        AtomicInteger handled = new AtomicInteger();
        next.append("a");
        next.join(event -> {
            handled.incrementAndGet();
            return Future.succeededFuture();
        });
        get(next.group.awaitPosition(get(next.log.catalog().endCut(STREAM))));
        assertThat(handled).hasPositiveValue();
        assertThat(get(next.group.readers())).containsOnlyKeys("reader-0", "reader-1", "reader-2");
        get(next.vertx.close());
        assertThat(System.nanoTime() - begun).isLessThan(MUCH_LESS_NANOS);
    }

    @Test
    void closingVertxFreesNamesAndPartitions() {
        Shop first = new Shop(directory.resolve("data"));
        List<GroupReader<String>> readers = first.join(event -> Future.succeededFuture());
        get(first.vertx.close());
        readers.forEach(reader -> get(reader.ended()));
        // By leaving, and not only because the next opening knows better.
        Shop next = new Shop(directory.resolve("data"));
        assertThat(get(next.group.readers())).isEmpty();
        get(next.vertx.close());
        assertGroupGoesOn();
    }

    @Test
    void aKilledProcessIsNotWaitedFor() throws Exception {
        List<String> said = new ArrayList<>();
        new KilledChild(directory.resolve("errors"))
                .run(
                        Child.class,
                        List.of(directory.resolve("data").toString()),
                        line -> said.add(line) && line.equals("reading"));
        assertThat(said).contains("reading");
        assertGroupGoesOn();
    }

    /** Reads until it is killed. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) {
            Shop shop = new Shop(Path.of(arguments[0]));
            shop.join(event -> Future.succeededFuture());
            System.out.println("reading");
        }
    }

    @Test
    void aPipelineTakesItsFinalCheckpointBeforeTheLogCloses() {
        Shop shop = new Shop(directory.resolve("data"));
        RunningPipeline running = get(pipeline(shop));
        shop.append("a");
        get(processed(shop, running));
        get(shop.vertx.close());
        get(running.ended());
        get(running.close());
        Shop next = new Shop(directory.resolve("data"));
        RunningPipeline again = get(pipeline(next));
        Checkpoint restored = Objects.requireNonNull(again.statistics().restored());
        assertThat(restored.cut().offsets().values()).containsOnlyOnce(1L);
        get(next.vertx.close());
    }

    private static Future<Void> processed(Shop shop, RunningPipeline running) {
        return running.lag()
                .compose(lag -> lag == 0
                        ? Future.succeededFuture()
                        : shop.vertx.timer(5).compose(later -> processed(shop, running)));
    }

    private Future<RunningPipeline> pipeline(Shop shop) {
        return Pipeline.named("counts", 1)
                .from(STREAM, AccountsPipeline.TEXT)
                .keyBy(text -> text)
                .aggregate("counts", AccountsPipeline.TEXT, key -> "", (state, event) -> state + event)
                .build()
                .deploy(
                        shop.vertx,
                        shop.log,
                        new PipelineOptions()
                                .setCheckpointDirectory(
                                        directory.resolve("checkpoints").toString())
                                .setCheckpointIntervalMillis(600_000));
    }
}
