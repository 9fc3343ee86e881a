package io.strandline.benchmarks.group;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Four readers of a group on a stream that is written all the time. One of them stops for good, in the middle of an event.
 * Measures until the last of its partitions is read again by another.
 */
public final class GroupTakeOver implements Side {

    /** Lease of the group. */
    static final long LEASE_MILLIS = 1_000;

    private static final double NANOS_PER_MILLI = 1e6;
    private static final int KEYS = 250;
    private static final int WRITE_EVERY_MILLIS = 10;

    private final Set<Long> ofVictim = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stuck = new CountDownLatch(1);
    private volatile boolean stops;
    private volatile long stoppedNanos;
    private volatile long lastNanos;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.openWithStream(vertx, job, new LogOptions()));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        GroupOptions options = new GroupOptions().setStreams(MeasuredLog.STREAM).setLeaseMillis(LEASE_MILLIS);
        ReaderGroup group = Awaited.await(ReaderGroup.open(vertx, log, sync, "benchmark/readers", options));
        VertxInternal internal = (VertxInternal) vertx;
        join(internal.createWorkerContext(), group, "victim", this::ofVictim);
        for (int reader = 1; reader < Counters.READERS; reader++) {
            join(internal.createEventLoopContext(), group, "reader-" + reader, this::ofOther);
        }
        GroupReaders.awaitBalance(group, job.partitions() / Counters.READERS);
        internal.createEventLoopContext()
                .runOnContext(turn -> MeasuredLog.writer(log).onSuccess(writer -> write(vertx, writer)));
        TimeUnit.MILLISECONDS.sleep(job.warmUp().toMillis());
        stops = true;
        stuck.await();
        int lost = ofVictim.size();
        while (!ofVictim.isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        if (lost == 0) {
            throw new IllegalStateException("the victim had read nothing");
        }
        return List.of(Measurement.ofDuration((lastNanos - stoppedNanos) / NANOS_PER_MILLI));
    }

    private static void join(Context context, ReaderGroup group, String name, GroupHandler<Buffer> handler)
            throws Exception {
        Promise<Void> joined = Promise.promise();
        context.runOnContext(turn -> group.join(name, EventCodec.raw(), new GroupReaderOptions())
                .map(reader -> reader.handler(handler))
                .<Void>mapEmpty()
                .onComplete(joined));
        Awaited.await(joined.future());
    }

    private static void write(Vertx vertx, EventWriter<Buffer> writer) {
        Buffer payload = Buffer.buffer(new byte[EventSource.EVENT_BYTES]);
        vertx.setPeriodic(WRITE_EVERY_MILLIS, tick -> {
            for (int key = 0; key < KEYS; key++) {
                writer.append("key" + key, payload);
            }
        });
    }

    private Future<?> ofVictim(GroupEvent<Buffer> event) {
        if (stops) {
            stoppedNanos = System.nanoTime();
            stuck.countDown();
            awaitForEver();
        }
        ofVictim.add(event.record().partition());
        return Future.succeededFuture();
    }

    private static void awaitForEver() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Future<?> ofOther(GroupEvent<Buffer> event) {
        if (stuck.getCount() == 0 && ofVictim.remove(event.record().partition())) {
            lastNanos = System.nanoTime();
        }
        return Future.succeededFuture();
    }
}
