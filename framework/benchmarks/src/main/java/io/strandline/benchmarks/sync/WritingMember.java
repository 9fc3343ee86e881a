package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ParentWatch;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.hazelcast.HazelcastRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Entry point of the other JVM of {@link WatchedUpdates}: joins the cluster and updates the state {@value #PER_SECOND}
 * times a second, until it is killed.
 */
final class WritingMember {

    static final String WRITING = "WRITING ";
    static final int PER_SECOND = 100;

    private static final int MILLIS = 1_000 / PER_SECOND;

    private WritingMember() {}

    public static void main(String[] arguments) throws Exception {
        ParentWatch.exitWithParent();
        Vertx vertx = LoopbackMember.join(arguments[0], Integer.parseInt(arguments[1]))
                .vertx();
        try {
            Awaited.await(vertx.deployVerticle(new Writer()));
        } catch (Exception failure) {
            failure.printStackTrace(System.err); // the parent quotes standard error
            System.exit(1);
        }
        System.out.println(WRITING + System.nanoTime());
    }

    private static final class Writer extends VerticleBase {

        @Override
        public Future<?> start() {
            return HazelcastRevisionStore.open(vertx)
                    .compose(store -> StateSync.create(vertx, store).open(WatchedUpdates.NAME, Stamp.MODEL))
                    .onSuccess(synchronizer -> vertx.setPeriodic(MILLIS, fired -> write(synchronizer)));
        }

        private static void write(StateSynchronizer<Stamp, Stamp> synchronizer) {
            Stamp now = new Stamp(System.nanoTime());
            synchronizer.update(state -> List.of(now)).onFailure(failure -> {
                failure.printStackTrace(System.err);
                System.exit(1);
            });
        }
    }
}
