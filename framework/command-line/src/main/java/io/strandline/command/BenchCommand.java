package io.strandline.command;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.LogTarget.Session;
import io.strandline.command.setting.Waiting;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline bench}: how fast events are appended durably to a stream. */
@Command(
        name = "bench",
        description =
                "Appends events of one size to a stream, and prints events a second and the times of acknowledgements.",
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    /** How often the command looks how far it is. */
    private static final long LOOK_MILLIS = 200;

    @Mixin
    private LogTarget target = new LogTarget();

    @Mixin
    private Output output = new Output();

    @Mixin
    private Progress progress = new Progress();

    @Parameters(
            paramLabel = "STREAM",
            description = "Name of a stream that exists, scope/stream. The events stay in it.")
    private String stream = "";

    @Option(names = "--events", defaultValue = "100000", description = "Events. Default: 100000.")
    private int events = 100_000;

    @Option(names = "--event-bytes", defaultValue = "100", description = "Bytes of an event. Default: 100.")
    private int eventBytes = 100;

    @Option(
            names = "--in-flight",
            defaultValue = "1000",
            description = "Events that wait for their acknowledgement. Default: 1000.")
    private int inFlight = 1_000;

    @Option(names = "--keys", defaultValue = "1000", description = "Different keys. Default: 1000.")
    private int keys = 1_000;

    @Override
    public Integer call() {
        return target.open(session -> {
            EventWriter<Buffer> writer = session.call(() -> session.log().createWriter(stream, EventCodec.raw()));
            Run run = new Run(session, writer);
            run.print(progress.events(output, run::measure));
            return ExitCode.DONE;
        });
    }

    private final class Run {

        private final Session session;
        private final EventWriter<Buffer> writer;
        private final Buffer event = Buffer.buffer(new byte[eventBytes]);
        private final long[] nanos = new long[events];
        private final CountDownLatch done = new CountDownLatch(1);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private int begun;
        private final AtomicInteger acknowledged = new AtomicInteger();

        Run(Session session, EventWriter<Buffer> writer) {
            this.session = session;
            this.writer = writer;
        }

        /** Returns how long it took, in nanoseconds. */
        long measure(BackupProgress shown) {
            long start = System.nanoTime();
            session.context().runOnContext(on -> {
                for (int i = 0; i < Math.min(inFlight, events); i++) {
                    next();
                }
            });
            while (!Waiting.await(done, LOOK_MILLIS)) {
                shown.progress("append", acknowledged.get(), events);
            }
            Throwable failed = failure.get();
            if (failed != null) {
                Waiting.of(Future.failedFuture(failed));
            }
            shown.progress("append", events, events);
            return System.nanoTime() - start;
        }

        private void next() {
            long start = System.nanoTime();
            int number = begun++;
            Future<Appended> appended = writer.append("key-" + number % keys, event);
            appended.onComplete(outcome -> {
                nanos[number] = System.nanoTime() - start;
                int known = acknowledged.incrementAndGet();
                if (outcome.failed()) {
                    failure.compareAndSet(null, outcome.cause());
                    done.countDown();
                } else if (known == events) {
                    done.countDown();
                } else if (begun < events) {
                    next();
                }
            });
        }

        void print(long took) {
            Arrays.sort(nanos);
            long perSecond = Math.round(events * (double) TimeUnit.SECONDS.toNanos(1) / took);
            double median = nanos[events / 2] / 1e6;
            double late = nanos[(int) (events * 0.99)] / 1e6;
            output.document(
                    new JsonObject()
                            .put("events", events)
                            .put("eventBytes", eventBytes)
                            .put("inFlight", inFlight)
                            .put("eventsPerSecond", perSecond)
                            .put("p50Millis", median)
                            .put("p99Millis", late),
                    String.format(
                            Locale.ROOT,
                            "%,d events/s of %d bytes, acknowledged durable within %.2f ms (median) and %.2f ms (99 %%)",
                            perSecond,
                            eventBytes,
                            median,
                            late));
        }
    }
}
