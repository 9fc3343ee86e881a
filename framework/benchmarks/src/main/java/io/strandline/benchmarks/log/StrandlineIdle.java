package io.strandline.benchmarks.log;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Subscribes very often to a stream of a server, waits, and appends one event. */
public final class StrandlineIdle implements Side {

    static final String HEAP = "256m";
    static final int SUBSCRIPTIONS = 10_000;
    static final int CLIENTS = 100;

    private static final int ANSWER_SECONDS = 60;
    private static final String PEAK = "VmHWM:";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        try (ChildJvm server = LogServer.startWithHeap(HEAP, job.directory())) {
            String address = LogServer.address(server);
            Strandline log = Awaited.await(MeasuredLog.openWithStream(vertx, job, address));
            CountDownLatch first = new CountDownLatch(SUBSCRIPTIONS);
            CountDownLatch second = new CountDownLatch(SUBSCRIPTIONS);
            for (int client = 0; client < CLIENTS; client++) {
                Awaited.await(Strandline.open(vertx, address).compose(opened -> subscribe(opened, first, second)));
            }
            append(vertx, log, "first");
            await(first); // all of them wait for the next one
            Thread.sleep(job.measured().toMillis());
            long start = System.nanoTime();
            append(vertx, log, "second");
            await(second);
            double millis = (System.nanoTime() - start) / 1e6;
            return List.of(Measurement.ofDuration(millis).withBytes(peakBytes(server.pid())));
        }
    }

    private static void append(Vertx vertx, Strandline log, String event) throws Exception {
        Promise<Appended> appended = Promise.promise();
        vertx.runOnContext(begun -> MeasuredLog.writer(log)
                .compose(writer -> writer.append("key", Buffer.buffer(event)))
                .onComplete(appended));
        Awaited.await(appended.future());
    }

    private static Future<Void> subscribe(Strandline log, CountDownLatch first, CountDownLatch second) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < SUBSCRIPTIONS / CLIENTS; i++) {
            all.add(log.subscribe(MeasuredLog.STREAM, EventCodec.raw(), new ReaderOptions())
                    .onSuccess(reader -> reader.handler(event -> (event.offset() == 0 ? first : second).countDown())));
        }
        return Future.all(all).mapEmpty();
    }

    private static void await(CountDownLatch events) throws InterruptedException {
        if (!events.await(ANSWER_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    events.getCount() + " subscriptions have no event after " + ANSWER_SECONDS + " s");
        }
    }

    /** The largest resident set that a process has had. */
    private static double peakBytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(PEAK))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(Double.NaN);
    }
}
