package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.hazelcast.HazelcastRevisionStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * One of three JVMs of a cluster, with four updaters each, that contend for one name. It starts the other two and
 * measures all of them. Every update is one revision, so a state's revision counts the updates of all members. At the end
 * it must be the sum of their acknowledged updates. Latencies are those of this JVM's first updater. It measures {@link
 * #WINDOWS} windows in a row. Each measurement is followed by the number of function runs on all members, given as events
 * per second.
 */
public final class HazelcastUpdates implements Side {

    static final String NAME = "benchmark/tally";

    static final int WINDOWS = 3;

    private static final int OTHERS = 2;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Override
    public List<Measurement> run(Job job) throws Exception {
        String cluster = UUID.randomUUID().toString();
        LoopbackMember first = LoopbackMember.first(cluster);
        List<ChildJvm> others = new ArrayList<>();
        try {
            for (int i = 0; i < OTHERS; i++) {
                others.add(ChildJvm.start(
                        UpdatingMember.class, cluster, Integer.toString(first.port()), "member-" + i + "-updater-"));
            }
            for (ChildJvm other : others) {
                other.awaitLine(UpdatingMember.UPDATING, LIMIT);
            }
            return measure(job, first.vertx(), others);
        } finally {
            for (ChildJvm other : others) {
                other.close();
            }
        }
    }

    private static List<Measurement> measure(Job job, Vertx vertx, List<ChildJvm> others) throws Exception {
        UpdateLoad load = UpdatingMember.start(vertx, "member-measured-updater-");
        CpuTime cpu = CpuTime.withOthers(others.stream().map(ChildJvm::pid).toList());
        List<Measurement> updates = new ArrayList<>();
        for (int window = 0; window < WINDOWS; window++) {
            updates.add(Window.measure(window == 0 ? job : job.warm(), new WholeCluster(load), cpu));
        }

        List<JsonObject> ends = new ArrayList<>();
        for (ChildJvm other : others) {
            other.tell(UpdatingMember.END);
            ends.add(new JsonObject(
                    other.awaitLine(UpdatingMember.DONE, LIMIT).substring(UpdatingMember.DONE.length())));
        }
        ends.add(UpdatingMember.end(load));
        long acknowledged =
                ends.stream().mapToLong(end -> end.getLong("updates")).sum();
        double runs = ends.stream()
                .mapToDouble(end -> end.getLong("updates") * end.getDouble("attempts"))
                .sum();
        requireAll(acknowledged, newest(vertx));
        List<Measurement> measured = new ArrayList<>();
        for (Measurement window : updates) {
            double runsPerSecond = window.eventsPerSecond() * runs / acknowledged;
            measured.add(window);
            measured.add(new Measurement(runsPerSecond, Double.NaN, Double.NaN, Double.NaN));
        }
        return measured;
    }

    private static Revisioned<Tally> newest(Vertx vertx) throws Exception {
        return Awaited.await(HazelcastRevisionStore.open(vertx)
                        .compose(store -> StateSync.create(vertx, store).open(NAME, Tally.MODEL)))
                .state();
    }

    private static void requireAll(long acknowledged, Revisioned<Tally> last) {
        long counted = last.state().counts().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        if (last.revision() != acknowledged || counted != acknowledged) {
            throw new IllegalStateException("members made " + acknowledged + " updates, the state is at revision "
                    + last.revision() + " and counts " + counted);
        }
    }

    /** Counts what all members did, by the revision of the state. */
    private record WholeCluster(UpdateLoad own) implements Load {

        @Override
        public long completed() {
            return own.revision();
        }

        @Override
        public Latencies latencies() {
            return own.latencies();
        }

        @Override
        public CompletableFuture<Void> failure() {
            return own.failure();
        }
    }
}
