package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Progress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.sync.Change;
import io.strandline.sync.StateSync;
import io.strandline.sync.hazelcast.HazelcastRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Watches a state that another JVM of the cluster writes. A latency is the time from the writer's call to the handler of
 * changes here. Every revision must come once and in order.
 */
public final class WatchedUpdates implements Side {

    static final String NAME = "benchmark/stamp";

    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Override
    public List<Measurement> run(Job job) throws Exception {
        String cluster = UUID.randomUUID().toString();
        LoopbackMember watching = LoopbackMember.first(cluster);
        long before = System.nanoTime();
        try (ChildJvm writer = ChildJvm.start(WritingMember.class, cluster, Integer.toString(watching.port()))) {
            String line = writer.awaitLine(WritingMember.WRITING, LIMIT);
            requireOneClock(before, Long.parseLong(line.substring(WritingMember.WRITING.length())));
            Watcher watcher = new Watcher();
            Awaited.await(watching.vertx().deployVerticle(watcher));
            return List.of(Window.measure(job, watcher.progress, CpuTime.withOthers(List.of(writer.pid()))));
        }
    }

    private static void requireOneClock(long before, long there) {
        long after = System.nanoTime();
        boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
        if (!linux || there - before < 0 || after - there < 0) {
            throw new IllegalStateException("the clocks of two JVMs differ: " + there + " was read between " + before
                    + " and " + after + "; latencies between them can be measured on Linux only");
        }
    }

    private static final class Watcher extends VerticleBase {

        private final Progress progress = new Progress();
        private long last;

        @Override
        public Future<?> start() {
            return HazelcastRevisionStore.open(vertx)
                    .compose(store -> StateSync.create(vertx, store).open(NAME, Stamp.MODEL))
                    .onSuccess(synchronizer -> synchronizer
                            .changes()
                            .exceptionHandler(progress::fail)
                            .handler(this::changed));
        }

        private void changed(Change<Stamp, Stamp> change) {
            if (last > 0 && change.revision() != last + 1) {
                progress.fail(new IllegalStateException("revision " + change.revision() + " follows " + last));
            }
            if (last > 0) { // the first one tells its position
                progress.record(System.nanoTime() - change.state().nanos());
                progress.count();
            }
            last = change.revision();
        }
    }
}
