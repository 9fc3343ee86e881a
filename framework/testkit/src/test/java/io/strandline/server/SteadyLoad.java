package io.strandline.server;

import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An application that appends without end and reads what it appends, and that wants no error and no event twice, whatever happens
 * to the connection.
 */
final class SteadyLoad {

    private static final int IN_FLIGHT = 64;
    private static final long RETRY_MILLIS = 120_000;

    private final Vertx vertx;
    private final Strandline log;
    private final String stream;
    private final List<Writing> writing = new ArrayList<>();
    private final Queue<EventRecord<Buffer>> seen = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private volatile boolean stopped;

    SteadyLoad(Vertx vertx, Strandline log, String stream) {
        this.vertx = vertx;
        this.log = log;
        this.stream = stream;
    }

    /** Begins, with an anonymous writer, one with an id, and a reader of all events. */
    void start() {
        newContext(vertx).runOnContext(begun -> log.subscribe(
                        stream, EventCodec.raw(), new ReaderOptions().setFrom(StartPosition.start()))
                .onFailure(cause -> failed("subscribe", cause))
                .onSuccess(reader -> reader.exceptionHandler(cause -> failed("reader", cause))
                        .handler(seen::add)));
        writing.add(new Writing("anonymous", null));
        writing.add(new Writing("named", "named"));
        writing.forEach(Writing::start);
    }

    private void failed(String what, Throwable cause) {
        failures.add(what + ": " + cause);
    }

    int acknowledged() {
        return acknowledged.get();
    }

    Collection<String> failures() {
        return failures;
    }

    /** Stops appending, and waits until everything is answered and read. */
    void finish() {
        stopped = true;
        until(
                vertx,
                "all appends are answered",
                () -> !failures.isEmpty() || writing.stream().allMatch(one -> one.isIdle()));
        int appended = writing.stream().mapToInt(one -> one.next.get()).sum();
        until(vertx, "all events are read", () -> !failures.isEmpty() || seen.size() >= appended);
        assertThat(failures).isEmpty();
        assertThat(acknowledged.get()).isEqualTo(appended);
        requireOnce(seen, appended);
    }

    /** Every event once, those of a key in their order, and no offset left out. */
    static void requireOnce(Collection<EventRecord<Buffer>> events, int appended) {
        Map<Long, Long> offsets = new HashMap<>();
        Map<String, Integer> newest = new HashMap<>();
        Set<String> texts = new HashSet<>();
        for (EventRecord<Buffer> event : events) {
            assertThat(event.offset()).isEqualTo(offsets.getOrDefault(event.partition(), 0L));
            offsets.put(event.partition(), event.offset() + 1);
            String text = event.event().toString();
            assertThat(texts.add(text)).as("%s is there once", text).isTrue();
            String[] words = text.split(" ", 2);
            int number = Integer.parseInt(words[1]);
            Integer before = newest.put(words[0] + " " + event.key(), number);
            assertThat(before == null || before < number)
                    .as("%s of key %s after %s", text, event.key(), before)
                    .isTrue();
        }
        assertThat(texts).hasSize(appended);
    }

    /** One writer that keeps some appends in flight. */
    private final class Writing {

        private final String label;
        private final @Nullable String id;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger inFlight = new AtomicInteger();
        private boolean pumping;

        Writing(String label, @Nullable String id) {
            this.label = label;
            this.id = id;
        }

        void start() {
            Context context = newContext(vertx);
            context.runOnContext(begun -> log.createWriter(
                            stream,
                            EventCodec.raw(),
                            new WriterOptions().setId(id).setRetryTimeoutMillis(RETRY_MILLIS))
                    .onSuccess(this::pump)
                    .onFailure(cause -> failed(label, cause)));
        }

        boolean isIdle() {
            return inFlight.get() == 0;
        }

        private void pump(EventWriter<Buffer> writer) {
            if (pumping) {
                return;
            }
            pumping = true;
            while (inFlight.get() < IN_FLIGHT && !stopped) {
                inFlight.incrementAndGet();
                int number = next.getAndIncrement();
                Future<?> appended = writer.append("key" + number % 37, Buffer.buffer(label + " " + number));
                appended.onComplete(done -> {
                    inFlight.decrementAndGet();
                    if (done.failed()) {
                        failed(label + " " + number, done.cause());
                    } else {
                        acknowledged.incrementAndGet();
                        pump(writer);
                    }
                });
            }
            pumping = false;
        }
    }
}
