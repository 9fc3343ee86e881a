package io.strandline.log.faults;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.HookedLogs;
import io.strandline.log.LogOptions;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The process of {@link SlowDiskTest}: a small heap over a slow disk, and two writers that are faster than it. Exits
 * with 0 if nothing went wrong, and says what did.
 */
final class SlowDiskChild {

    static final String STREAM = "slow/events";
    private static final long BYTES_PER_SECOND = 20_000_000;
    private static final int EVENT_BYTES = 1_000;
    private static final int EVENTS_A_TURN = 256;

    private final Vertx vertx = Vertx.vertx();
    private final long deadline;
    private final AtomicLong written = new AtomicLong();

    // When the device is done with what it was given so far.
    private final AtomicLong busyUntil = new AtomicLong(System.nanoTime());

    private SlowDiskChild(long seconds) {
        this.deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Arguments: directory, seconds. */
    public static void main(String[] arguments) {
        try {
            new SlowDiskChild(Long.parseLong(arguments[1])).run(Path.of(arguments[0]));
            System.exit(0);
        } catch (Throwable e) {
            System.out.println("failed: " + e);
            System.exit(1);
        }
    }

    /** The journal thread waits as long as a device of this speed would take. */
    private void slowDown(Step step, String name, int bytes) {
        if (step == Step.WRITE && name.contains("/journal/") && !name.endsWith(JournalNames.UNFINISHED)) {
            written.addAndGet(bytes);
            long nanos = bytes * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND;
            long done = busyUntil.updateAndGet(until -> Math.max(until, System.nanoTime()) + nanos);
            for (long left = done - System.nanoTime(); left > 0; left = done - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    private void run(Path directory) {
        LogOptions options = new LogOptions().setShards(2).setJournalFileBytes(8 << 20);
        Strandline log = Applications.get(HookedLogs.engine(disk -> new HookedDisk(disk, this::slowDown))
                .open(vertx, "file:" + directory, options));
        Applications.get(log.catalog().createScope("slow"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(16)));
        Writing polite = new Writing(log);
        Writing rude = new Writing(log);
        vertx.setPeriodic(
                1_000,
                timer -> System.out.println("polite " + polite + "; rude " + rude + "; " + written.get() / 1_000_000
                        + " MB written, heap " + heapMegabytes() + " MB"));
        polite.context.runOnContext(nothing -> polite.untilFull());
        rude.context.runOnContext(nothing -> rude.withoutLooking());
        Applications.get(polite.done.future());
        Applications.get(rude.done.future());
        require(polite.failures.isEmpty(), "the polite writer failed: " + polite);
        require(polite.filled > 3, "the polite writer was never full: " + polite);
        require(
                rude.failures.getOrDefault(StrandlineException.Overloaded.class, 0L) > 0,
                "the rude writer was not told: " + rude);
        require(rude.failures.size() == 1, "the rude writer failed otherwise: " + rude);
        check(log, polite.acked.get() + rude.acked.get());
        Applications.get(log.close());
        System.out.println("polite " + polite + "; rude " + rude + "; heap " + heapMegabytes() + " MB");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private static long heapMegabytes() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
    }

    /** Every acknowledged event can be read. The reader guarantees that offsets are dense. */
    private void check(Strandline log, long acked) {
        Map<Long, Long> next = new HashMap<>();
        AtomicLong count = new AtomicLong();
        Applications.run(vertx, () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions())
                .compose(reader -> {
                    Promise<Void> end = Promise.promise();
                    reader.exceptionHandler(end::tryFail);
                    reader.endHandler(end::tryComplete);
                    reader.handler(event -> {
                        count.incrementAndGet();
                        if (event.offset() != next.getOrDefault(event.partition(), 0L)) {
                            end.tryFail("offset " + event.offset() + " of partition " + event.partition());
                        }
                        next.put(event.partition(), event.offset() + 1);
                    });
                    return end.future();
                }));
        require(count.get() == acked, acked + " events were acknowledged, " + count.get() + " are there");
    }

    private final class Writing {

        private final Context context = Applications.newContext(vertx);
        private final Promise<Void> done = Promise.promise();
        private final EventWriter<Buffer> writer;
        private final Buffer event = Buffer.buffer(new byte[EVENT_BYTES]);
        private final Map<Class<?>, Long> failures = new HashMap<>();
        private final AtomicLong acked = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private long appended;
        private int filled;

        Writing(Strandline log) {
            writer = Applications.writer(context, log, STREAM, new WriterOptions());
        }

        void untilFull() {
            while (!writer.writeQueueFull()) {
                append();
            }
            filled++;
            if (System.nanoTime() < deadline) {
                writer.drainHandler(drained -> untilFull());
            } else {
                end();
            }
        }

        void withoutLooking() {
            for (int i = 0; i < EVENTS_A_TURN; i++) {
                append();
            }
            if (System.nanoTime() < deadline) {
                context.runOnContext(nothing -> withoutLooking());
            } else {
                end();
            }
        }

        private void append() {
            Future<Appended> future = writer.append("key" + appended++ % 1_000, event);
            future.onComplete((result, cause) -> {
                if (result != null) {
                    acked.incrementAndGet();
                } else if (cause != null) {
                    refused.incrementAndGet();
                    failures.merge(cause.getClass(), 1L, Long::sum);
                }
            });
        }

        private void end() {
            writer.drainHandler(null);
            writer.end().onComplete(done);
        }

        @Override
        public String toString() {
            return acked + " acknowledged, " + refused + " refused " + failures.keySet();
        }
    }
}
