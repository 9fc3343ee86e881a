package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Awaited;
import io.strandline.sync.StateSync;
import io.strandline.sync.hazelcast.HazelcastRevisionStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;

/**
 * Entry point of a further JVM of {@link HazelcastUpdates}: joins the cluster, updates until it is told to end, says
 * what it did, and stays in the cluster until it is killed: the others need its copies.
 */
final class UpdatingMember {

    static final String UPDATING = "UPDATING";
    static final String END = "END";
    static final String DONE = "DONE ";
    static final int UPDATERS = 4;

    private UpdatingMember() {}

    public static void main(String[] arguments) throws Exception {
        String cluster = arguments[0];
        int port = Integer.parseInt(arguments[1]);
        String prefix = arguments[2];
        int exitCode = 1;
        try {
            UpdateLoad load = start(LoopbackMember.join(cluster, port).vertx(), prefix);
            System.out.println(UPDATING);
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (input.readLine() != null) { // the parent tells when to end, and holds the other end while it lives
                System.out.println(DONE + end(load).encode());
            }
            exitCode = 0;
        } catch (ExecutionException | RuntimeException failure) {
            failure.printStackTrace(System.err); // the parent quotes standard error
        } finally {
            System.exit(exitCode);
        }
    }

    /** Starts the updaters of one member. */
    static UpdateLoad start(Vertx vertx, String prefix) throws ExecutionException, InterruptedException {
        HazelcastRevisionStore store = Awaited.await(HazelcastRevisionStore.open(vertx));
        UpdateLoad load = new UpdateLoad(StateSync.create(vertx, store), HazelcastUpdates.NAME, prefix, UPDATERS);
        Awaited.await(load.start(vertx));
        return load;
    }

    /** Ends the updaters, when their last updates are answered. */
    static JsonObject end(UpdateLoad load) throws ExecutionException, InterruptedException {
        Awaited.await(load.end());
        return new JsonObject().put("updates", load.completed()).put("attempts", load.attempts());
    }
}
