package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine in its real environment: event loops, threads and files. */
class EmbeddedLogTest {

    private static final String STREAM = "shop/orders";
    private static final LogOptions OPTIONS = new LogOptions().setShards(2).setJournalFileBytes(1 << 20);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Runs on an event loop, as an application's verticle does. */
    private <T> T onContext(Supplier<Future<T>> action) throws Exception {
        Promise<T> promise = Promise.promise();
        vertx.getOrCreateContext().runOnContext(nothing -> action.get().onComplete(promise));
        return await(promise.future());
    }

    private Strandline open() throws Exception {
        return await(Strandline.open(vertx, address(), OPTIONS));
    }

    private String address() {
        return "file:" + directory.resolve("data");
    }

    private void append(Strandline log, int from, int to) throws Exception {
        List<Appended> appended = onContext(() -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions())
                .compose(writer -> appendAll(writer, from, to)));
        assertThat(appended).hasSize(to - from).noneMatch(Appended::duplicate);
    }

    private static Future<List<Appended>> appendAll(EventWriter<Buffer> writer, int from, int to) {
        List<Future<Appended>> futures = new ArrayList<>();
        for (int i = from; i < to; i++) {
            futures.add(writer.append("key" + i % 10, Buffer.buffer("event " + i)));
        }
        return Future.all(futures).map(all -> all.<Appended>list()).compose(all -> writer.end()
                .map(all));
    }

    private List<EventRecord<Buffer>> readAll(Strandline log) throws Exception {
        return onContext(
                () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions()).compose(reader -> {
                    Promise<List<EventRecord<Buffer>>> promise = Promise.promise();
                    List<EventRecord<Buffer>> events = new ArrayList<>();
                    reader.exceptionHandler(promise::tryFail);
                    reader.endHandler(end -> promise.tryComplete(events));
                    reader.handler(events::add);
                    return promise.future();
                }));
    }

    private static void assertWhole(List<EventRecord<Buffer>> events, int count) {
        assertThat(events).hasSize(count);
        Map<Long, Long> next = new HashMap<>();
        Map<String, Integer> lastOfKey = new HashMap<>();
        for (EventRecord<Buffer> event : events) {
            assertThat(event.offset()).isEqualTo(next.getOrDefault(event.partition(), 0L));
            next.put(event.partition(), event.offset() + 1);
            int number = Integer.parseInt(event.event().toString().substring("event ".length()));
            assertThat(event.key()).isEqualTo("key" + number % 10);
            assertThat(number).isGreaterThan(lastOfKey.getOrDefault("key" + number % 10, -1));
            lastOfKey.put("key" + number % 10, number);
        }
    }

    @Test
    void eventsAreThereAfterReopening() throws Exception {
        Strandline log = open();
        await(log.catalog().createScope("shop"));
        await(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
        append(log, 0, 1000);
        assertWhole(readAll(log), 1000);
        await(log.close());
        for (int round = 1; round < 4; round++) {
            log = open();
            assertWhole(readAll(log), round * 1000);
            append(log, round * 1000, (round + 1) * 1000);
            assertWhole(readAll(log), (round + 1) * 1000);
            await(log.close());
        }
    }

    /** Opens the log, and closes it when it is undeployed. */
    private final class OwningVerticle extends VerticleBase {

        private @Nullable Strandline log;

        @Override
        public Future<?> start() {
            return Strandline.open(vertx, address(), OPTIONS).onSuccess(opened -> log = opened);
        }

        @Override
        public Future<?> stop() {
            return log == null ? Future.succeededFuture() : log.close();
        }
    }

    @Test
    void aVerticleThatClosesItsLogLetsGoOfTheDirectory() throws Exception {
        for (int round = 0; round < 2; round++) {
            String id = await(vertx.deployVerticle(new OwningVerticle()));
            await(vertx.undeploy(id));
        }
        await(open().close());
    }

    @Test
    void aLogOutlivesTheVerticleThatOpenedIt() throws Exception {
        Promise<Strandline> opened = Promise.promise();
        String id = await(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return Strandline.open(vertx, address(), OPTIONS).onComplete(opened);
            }
        }));
        await(vertx.undeploy(id));
        Strandline log = await(opened.future());
        await(log.catalog().createScope("shop"));
        await(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
        append(log, 0, 100);
        assertWhole(readAll(log), 100);
        await(log.close());
    }
}
