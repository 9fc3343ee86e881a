package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.KilledChild;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members in several Vert.x instances and processes share a pipeline over TCP. A process is killed with SIGKILL. */
class SharedPipelineCrashTest {

    private static final int DEPOSITS_PER_ROUND = 3_000;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    Path directory;

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx first = Vertx.vertx();
    private final Vertx second = Vertx.vertx();
    private Strandline log;
    private StrandlineServer server;

    @BeforeEach
    void serve() {
        log = get(Strandline.open(serverVertx, "file:" + directory.resolve("log"), CrashChild.options()));
        server = get(StrandlineServer.listen(serverVertx, log, new ServerOptions().setPort(0)));
        get(AccountsPipeline.createStreams(log));
    }

    @AfterEach
    void close() {
        get(first.close());
        get(second.close());
        get(serverVertx.close());
    }

    private String checkpoints() {
        return directory.resolve("checkpoints").toString();
    }

    private PipelineMember join(Vertx vertx, boolean isShuffled) {
        return get(SharedPipelineChild.join(
                vertx,
                server.port(),
                SharedPipelineChild.pipeline(isShuffled),
                SharedPipelineChild.options(checkpoints())));
    }

    private void awaitParts(PipelineMember member, int parts) {
        until(serverVertx, parts + " parts", () -> member.running().size() == parts);
    }

    @Test
    void members_in_two_instances_share_a_pipeline_over_tcp() throws Exception {
        PipelineMember one = join(first, false);
        awaitParts(one, 4);
        get(AccountsPipeline.deposit(serverVertx, log, 500));
        PipelineMember other = join(second, false);
        awaitParts(other, 2);
        get(AccountsPipeline.deposit(serverVertx, log, 1_000));
        // It closes with its Vert.x, and hands over.
        get(first.close());
        awaitParts(other, 4);
        get(AccountsPipeline.deposit(serverVertx, log, 1_500));
        awaitOutputs(1_500);
        get(other.leave());
        assertExact(1_500);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void outputs_are_exact_when_the_process_of_a_member_is_killed() throws Exception {
        rounds(3, Long.getLong("strandline.crash.seed", 20_261_130L), false);
    }

    /** Each part reads after the shuffle what the parts of the other process brought into it. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void outputs_are_exact_when_the_process_of_a_member_with_several_stages_is_killed() throws Exception {
        rounds(2, Long.getLong("strandline.crash.seed", 20_261_131L), true);
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void outputs_are_exact_when_the_process_of_a_member_is_killed_again_and_again() throws Exception {
        rounds(50, Long.getLong("strandline.crash.seed", System.nanoTime()), false);
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void outputs_are_exact_when_the_process_of_a_member_with_several_stages_is_killed_again_and_again()
            throws Exception {
        rounds(50, Long.getLong("strandline.crash.seed", System.nanoTime()), true);
    }

    private void rounds(int rounds, long seed, boolean isShuffled) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        PipelineMember member = join(first, isShuffled);
        for (int round = 0; round < rounds; round++) {
            int deposits = (round + 1) * DEPOSITS_PER_ROUND;
            List<String> arguments =
                    List.of(Integer.toString(server.port()), checkpoints(), Boolean.toString(isShuffled));
            Future<?> deposited = killAtWork(member, arguments, deposits, 1 + random.nextInt(80));
            get(deposited);
            awaitParts(member, 4);
            awaitOutputs(deposits);
            System.out.println("round " + round + ": " + deposits + " deposits");
        }
        get(member.leave());
        assertExact(rounds * DEPOSITS_PER_ROUND);
    }

    /** Deposits when the process has its share, and kills it after some signs of life. */
    private Future<?> killAtWork(PipelineMember member, List<String> arguments, int deposits, int signs)
            throws Exception {
        List<Future<?>> begun = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        int[] left = {signs};
        new KilledChild(directory.resolve("errors")).run(SharedPipelineChild.class, arguments, line -> {
            if (line.startsWith("F")) {
                failures.add(line);
            }
            if (begun.isEmpty() && member.running().size() == 2) {
                begun.add(AccountsPipeline.deposit(serverVertx, log, deposits));
            }
            left[0] -= begun.isEmpty() ? 0 : 1;
            return left[0] < 0 || !failures.isEmpty();
        });
        assertThat(failures).isEmpty();
        return begun.get(0);
    }

    private List<EventRecord<String>> read(String stream) {
        return Applications.run(serverVertx, () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(Applications::toEnd));
    }

    private void awaitOutputs(int deposits) throws Exception {
        List<EventRecord<String>> source = read(AccountsPipeline.SOURCE);
        assertThat(source).hasSize(deposits);
        long expected = AccountsPipeline.expected(source).values().stream()
                .mapToLong(List::size)
                .sum();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (read(AccountsPipeline.SINK).size() < expected) {
            assertThat(System.nanoTime()).as("outputs are there").isLessThan(deadline);
            get(serverVertx.timer(20, TimeUnit.MILLISECONDS));
        }
    }

    private void assertExact(int deposits) throws Exception {
        List<EventRecord<String>> source = read(AccountsPipeline.SOURCE);
        assertThat(source).hasSize(deposits);
        assertThat(AccountsPipeline.actual(read(AccountsPipeline.SINK))).isEqualTo(AccountsPipeline.expected(source));
    }
}
