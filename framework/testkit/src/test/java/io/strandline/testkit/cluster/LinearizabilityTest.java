package io.strandline.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.testkit.FreePort;
import io.strandline.testkit.linearizability.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three JVMs share three registers through {@code hazelcast over log}, while members of them, the owner of the log too, are
 * killed with SIGKILL and stopped with SIGSTOP for longer than Hazelcast's heartbeat. What all clients were told must be
 * linearizable.
 */
class LinearizabilityTest {

    private static final int MEMBERS = 3;
    private static final int OWNER = 0;

    @TempDir
    Path directory;

    private final List<ClusterProcess> all = new ArrayList<>();
    private final ClusterProcess[] running = new ClusterProcess[MEMBERS];
    private ClusterMember.Store store = ClusterMember.Store.HAZELCAST_OVER_LOG;
    private String ports = "";

    @AfterEach
    void stop() {
        all.forEach(ClusterProcess::destroy);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void what_clients_see_is_linearizable_while_members_die_and_sleep() throws Exception {
        startAll();
        progress();
        killAndRestart(2);
        sleepPastHeartbeat(1);
        killAndRestart(OWNER);
        killAll();
        check();
    }

    @Tag("soak")
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void what_clients_see_is_linearizable_while_members_die_and_sleep_again_and_again() throws Exception {
        long seed = Long.getLong("strandline.cluster.seed", System.nanoTime());
        store = ClusterMember.Store.valueOf(
                System.getProperty("strandline.cluster.store", ClusterMember.Store.HAZELCAST_OVER_LOG.name()));
        System.out.println("cluster seed " + seed + " (-Dstrandline.cluster.seed), store " + store
                + " (-Dstrandline.cluster.store)");
        Random random = new Random(seed);
        startAll();
        for (int round = 0; round < Integer.getInteger("strandline.cluster.rounds", 40); round++) {
            progress();
            int member = random.nextInt(MEMBERS);
            int choice = random.nextInt(5);
            if (choice < 2) {
                killAndRestart(member);
            } else if (choice < 4 || store == ClusterMember.Store.HAZELCAST) {
                sleepPastHeartbeat(member);
            } else {
                killAll();
            }
        }
        check();
    }

    private void startAll() throws IOException {
        ports = FreePort.next() + "," + FreePort.next() + "," + FreePort.next();
        for (int member = 0; member < MEMBERS; member++) {
            start(member);
        }
        for (ClusterProcess process : running) {
            process.checkClock();
        }
    }

    private void start(int member) throws IOException {
        running[member] = ClusterProcess.start(store, member, all.size(), directory, ports);
        all.add(running[member]);
    }

    private void progress() {
        for (ClusterProcess process : running) {
            process.awaitProgress(100);
        }
    }

    private void killAndRestart(int member) throws IOException, InterruptedException {
        running[member].kill();
        start(member);
        progress();
    }

    /** The memory of every Hazelcast member is lost, but the log is not. */
    private void killAll() throws IOException, InterruptedException {
        for (ClusterProcess process : running) {
            process.kill();
        }
        for (int member = 0; member < MEMBERS; member++) {
            start(member);
        }
        progress();
    }

    private void sleepPastHeartbeat(int member) throws IOException, InterruptedException {
        running[member].signal("STOP");
        running[(member + 1) % MEMBERS].awaitMembers(MEMBERS - 1);
        running[(member + 2) % MEMBERS].awaitMembers(MEMBERS - 1);
        running[member].signal("CONT");
        for (ClusterProcess process : running) {
            process.awaitMembers(MEMBERS);
        }
        progress();
    }

    private void check() throws Exception {
        for (ClusterProcess process : running) {
            process.finish();
        }
        for (ClusterProcess process : running) {
            process.kill();
        }
        RecordedHistory history = new RecordedHistory();
        for (ClusterProcess process : all) {
            assertThat(process.lines()).noneMatch(line -> line.startsWith("X"));
            process.lines().forEach(history::take);
        }
        Map<String, Verdict> verdicts = history.verdicts();
        System.out.println(history + " in " + all.size() + " lives; " + history.lost() + " acknowledged and lost");
        assertThat(verdicts).hasSize(ClusterMember.NAMES);
        verdicts.forEach((name, verdict) -> assertThat(verdict instanceof Verdict.Linearizable)
                .as("%s: %s", name, verdict)
                .isTrue());
        assertThat(history.answered()).isGreaterThan(1_000);
    }
}
