package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** An application that appends as much as its writer takes, and counts. Whether each event is there once is told by their number. */
final class FullLoad {

    private static final long RETRY_MILLIS = 120_000;
    private static final Buffer EVENT = Buffer.buffer("x".repeat(100));

    private final Vertx vertx;
    private final Strandline log;
    private final String stream;
    private final AtomicLong appended = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    FullLoad(Vertx vertx, Strandline log, String stream) {
        this.vertx = vertx;
        this.log = log;
        this.stream = stream;
    }

    void start() {
        newContext(vertx).runOnContext(begun -> log.createWriter(
                        stream, EventCodec.raw(), new WriterOptions().setRetryTimeoutMillis(RETRY_MILLIS))
                .onFailure(cause -> failures.add("writer: " + cause))
                .onSuccess(writer -> {
                    writer.drainHandler(drained -> pump(writer));
                    pump(writer);
                }));
    }

    private void pump(EventWriter<Buffer> writer) {
        while (!writer.writeQueueFull() && !stopped) {
            String key = "key" + appended.getAndIncrement() % 37;
            writer.append(key, EVENT).onComplete(done -> {
                if (done.failed()) {
                    failures.add("append: " + done.cause());
                } else {
                    acknowledged.incrementAndGet();
                }
            });
        }
    }

    long acknowledged() {
        return acknowledged.get();
    }

    Queue<String> failures() {
        return failures;
    }

    /** Stops appending, waits until everything is answered, and compares with what the stream has. */
    void finish() {
        stopped = true;
        until(vertx, "all appends are answered", () -> !failures.isEmpty() || acknowledged.get() == appended.get());
        assertThat(failures).isEmpty();
        long there = get(log.catalog().endCut(stream)).offsets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        assertThat(there).isEqualTo(appended.get());
    }
}
