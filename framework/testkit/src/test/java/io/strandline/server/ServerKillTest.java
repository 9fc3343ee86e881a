package io.strandline.server;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.client.ClientOptions;
import io.strandline.log.CrashChild;
import io.strandline.log.KilledChild;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server is killed with SIGKILL and started again under load: the application sees no error, and each event once. */
class ServerKillTest {

    private static final String STREAM = "kill/events";
    private static final String FULL_STREAM = "kill/full";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private @Nullable SteadyLoad load;
    private @Nullable FullLoad fullLoad;
    private int port;

    @AfterEach
    void close() {
        get(vertx.close());
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void an_application_does_not_notice_that_its_server_is_killed() throws Exception {
        rounds(5, Long.getLong("strandline.crash.seed", 20_261_130L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void an_application_does_not_notice_that_its_server_is_killed_again_and_again() throws Exception {
        rounds(100, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            int acks = 200 + random.nextInt(4_000);
            int[] before = {0};
            boolean[] serving = {false};
            run(line -> {
                if (line.startsWith("O ")) {
                    serving[0] = true;
                    served(Integer.parseInt(line.split(" ", 3)[1]));
                    before[0] = acknowledged();
                }
                return serving[0] && (acknowledged() - before[0] >= acks || hasFailed());
            });
            assertThat(load().failures()).isEmpty();
            assertThat(fullLoad().failures()).isEmpty();
            System.out.println("round " + round + ": " + acknowledged() + " acknowledged, and "
                    + fullLoad().acknowledged() + " at full speed");
        }
        // The last server is left alive until everything is answered.
        Strandline log = get(Strandline.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
        StrandlineServer server = get(SamePort.listen(vertx, log, new ServerOptions().setPort(port)));
        load().finish();
        fullLoad().finish();
        get(server.close());
        get(log.close());
    }

    private void run(KilledChild.Moment moment) throws Exception {
        new KilledChild(directory.resolve("errors"))
                .run(ServerChild.class, List.of(directory.resolve("data").toString(), Integer.toString(port)), line -> {
                    assertThat(line).doesNotStartWith("F ");
                    return moment.reached(line);
                });
    }

    private int acknowledged() {
        return load == null ? 0 : load.acknowledged();
    }

    private boolean hasFailed() {
        return (load != null && !load.failures().isEmpty())
                || (fullLoad != null && !fullLoad.failures().isEmpty());
    }

    private SteadyLoad load() {
        if (load == null) {
            throw new AssertionError("no server was ever there");
        }
        return load;
    }

    private FullLoad fullLoad() {
        if (fullLoad == null) {
            throw new AssertionError("no server was ever there");
        }
        return fullLoad;
    }

    /** A server is there. The first one gets the load. */
    private void served(int at) {
        if (load != null) {
            return;
        }
        port = at;
        ClientOptions options = new ClientOptions()
                .setCallTimeoutMillis(120_000)
                .setPingMillis(200)
                .setSilenceMillis(5_000);
        Strandline remote = get(Strandline.open(vertx, "tcp://127.0.0.1:" + port, options));
        get(remote.catalog().createScope("kill"));
        get(remote.catalog().createStream(STREAM, new StreamOptions().setPartitions(8)));
        get(remote.catalog().createStream(FULL_STREAM, new StreamOptions().setPartitions(8)));
        load = new SteadyLoad(vertx, remote, STREAM);
        load.start();
        fullLoad = new FullLoad(vertx, remote, FULL_STREAM);
        fullLoad.start();
    }
}
