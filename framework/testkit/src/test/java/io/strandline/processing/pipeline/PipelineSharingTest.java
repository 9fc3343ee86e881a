package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.KeyRange;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.internal.KeyHash;
import io.strandline.log.Applications;
import io.strandline.log.OpenPorts;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.processing.pipeline.share.PipelineMember.PartStatus;
import io.strandline.processing.pipeline.share.PipelineStates;
import io.strandline.processing.rxjava3.RxPipelineMember;
import io.strandline.processing.rxjava3.RxPipelineStates;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.spi.LogPort;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members share a pipeline: each part runs at one of them, parts move, and each output is there once. */
class PipelineSharingTest {

    private static final long FOREVER_MILLIS = 3_600_000;
    private static final long SHORT_LEASE_MILLIS = 300;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private LogPort port;
    private Strandline log;

    @BeforeEach
    void open() {
        port = get(OpenPorts.files(vertx, directory.resolve("log")));
        log = LogPort.strandline(vertx, port);
        get(AccountsPipeline.createStreams(log));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private PipelineOptions options(int parts, long leaseMillis) {
        return new PipelineOptions()
                .setCheckpointDirectory(directory.resolve("checkpoints").toString())
                .setCheckpointIntervalMillis(86_400_000)
                .setCheckpointEvents(20)
                .setMaxReplayEvents(60)
                .setRetryTimeoutMillis(1_000)
                .setParts(parts)
                .setLeaseMillis(leaseMillis);
    }

    private static Pipeline pipeline() {
        return AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    private PipelineMembers member(int parts, long leaseMillis) {
        return PipelineMembers.join(vertx, port, pipeline(), options(parts, leaseMillis));
    }

    private void deposit(int deposits) {
        get(AccountsPipeline.deposit(vertx, log, deposits));
    }

    private void awaitParts(List<PipelineMembers> members, Integer... parts) {
        until(vertx, "parts are " + List.of(parts), () -> members.stream()
                .map(PipelineMembers::parts)
                .sorted()
                .toList()
                .equals(List.of(parts)));
    }

    private List<EventRecord<String>> read(String stream) {
        return Applications.run(vertx, () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(Applications::toEnd));
    }

    private Map<String, List<String>> outputs() {
        return AccountsPipeline.actual(read(AccountsPipeline.SINK));
    }

    private Map<String, List<String>> expected(int deposits) throws Exception {
        List<EventRecord<String>> source = read(AccountsPipeline.SOURCE);
        assertThat(source).hasSize(deposits);
        return AccountsPipeline.expected(source);
    }

    /** All outputs are there. Whether none of them is there twice is known when the members have left. */
    private void awaitOutputs(int deposits) throws Exception {
        long expected =
                expected(deposits).values().stream().mapToLong(List::size).sum();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (read(AccountsPipeline.SINK).size() < expected) {
            assertThat(System.nanoTime()).as("outputs are there").isLessThan(deadline);
            get(vertx.timer(10, TimeUnit.MILLISECONDS));
        }
    }

    private void assertExact(int deposits) throws Exception {
        assertThat(outputs()).isEqualTo(expected(deposits));
    }

    private void scale(String stream, List<KeyRange> ranges) {
        Set<Long> open = new TreeSet<>();
        get(log.catalog().describe(stream)).partitions().forEach(partition -> open.add(partition.id()));
        get(log.catalog().scale(stream, open, ranges));
    }

    @Test
    void members_run_equally_many_parts_and_hand_them_over() throws Exception {
        List<PipelineMembers> members = new ArrayList<>();
        members.add(member(4, FOREVER_MILLIS));
        awaitParts(members, 4);
        deposit(200);
        members.add(member(4, FOREVER_MILLIS));
        deposit(400);
        awaitParts(members, 2, 2);
        members.add(member(4, FOREVER_MILLIS));
        deposit(600);
        awaitParts(members, 1, 1, 2);
        PipelineMembers first = members.get(0);
        until(
                vertx,
                "it knows who has all four",
                () -> first.member().holders().keySet().equals(Set.of(0, 1, 2, 3)));
        members.remove(0).leave();
        deposit(800);
        awaitParts(members, 2, 2);
        awaitOutputs(800);
        members.forEach(PipelineMembers::leave);
        assertThat(members).allSatisfy(member -> assertThat(member.parts()).isZero());
        assertExact(800);
    }

    @Test
    void who_listens_at_a_member_hears_of_each_of_its_parts() throws Exception {
        PipelineMembers first = member(2, FOREVER_MILLIS);
        awaitParts(List.of(first), 2);
        Queue<PartStatus> heard = new ConcurrentLinkedQueue<>();
        first.member().statusHandler(heard::add);
        until(vertx, "it hears of both at once", () -> heard.size() >= 2);
        heard.clear();
        get(Objects.requireNonNull(first.member().running().get(1)).pause());
        until(vertx, "it hears of a pause", () -> heard.stream()
                .anyMatch(each -> each.part() == 1 && each.status().state() == State.PAUSED));
        PipelineMembers second = member(2, FOREVER_MILLIS);
        awaitParts(List.of(first, second), 1, 1);
        until(vertx, "it hears of the part that it gave", () -> heard.stream()
                .anyMatch(each -> each.status().state() == State.STOPPED));
        Queue<PartStatus> heardThere = new ConcurrentLinkedQueue<>();
        second.member().statusHandler(heardThere::add);
        get(first.member().leave());
        awaitParts(List.of(second), 2);
        until(vertx, "it hears of the part that it took", () -> heardThere.stream()
                .filter(each -> each.status().state() == State.RUNNING)
                .map(PartStatus::part)
                .collect(Collectors.toSet())
                .equals(Set.of(0, 1)));
        get(second.member().leave());
    }

    @Test
    void parts_follow_splits_and_merges_across_their_borders() throws Exception {
        List<PipelineMembers> members = List.of(member(4, FOREVER_MILLIS), member(4, FOREVER_MILLIS));
        awaitParts(members, 2, 2);
        int deposits = 0;
        for (int partitions : new int[] {4, 1, 5, 3}) {
            deposits += 150;
            deposit(deposits);
            scale(AccountsPipeline.SOURCE, KeyRange.equalRanges(partitions));
            scale(AccountsPipeline.SINK, KeyRange.equalRanges(8 - partitions));
        }
        deposits += 150;
        deposit(deposits);
        awaitOutputs(deposits);
        members.get(0).leave();
        deposits += 150;
        deposit(deposits);
        awaitOutputs(deposits);
        members.get(1).leave();
        assertExact(deposits);
    }

    @Test
    void a_member_that_is_believed_dead_and_works_on_adds_nothing() throws Exception {
        List<PipelineMembers> members = List.of(member(2, SHORT_LEASE_MILLIS), member(2, SHORT_LEASE_MILLIS));
        awaitParts(members, 1, 1);
        deposit(100);
        members.get(0).pause();
        until(vertx, "the other has both", () -> members.get(1).parts() == 2);
        Collection<RunningPipeline> others =
                List.copyOf(members.get(1).member().running().values());
        // The paused one meets the fence, and begins nothing as long as it cannot ask.
        deposit(400);
        awaitOutputs(400);
        awaitParts(List.of(members.get(0)), 0);
        until(vertx, "it has tried to ask", () -> members.get(0).held() > 1);
        deposit(500);
        awaitOutputs(500);
        assertThat(members.get(1).member().running().values()).containsExactlyElementsOf(others);
        members.get(0).resume();
        deposit(600);
        awaitOutputs(600);
        awaitParts(members, 1, 1);
        members.forEach(PipelineMembers::leave);
        assertExact(600);
    }

    @Test
    void an_application_of_rxjava_joins_and_asks() throws Exception {
        RxStrandline rxLog = RxStrandline.of(vertx, log);
        PipelineOptions options = options(2, FOREVER_MILLIS).setStateAddress("states");
        RxPipelineMember member = RxPipelineMember.join(
                        vertx,
                        rxLog,
                        RxStateSync.of(StateSync.create(vertx, LogRevisionStore.open(vertx, log))),
                        pipeline(),
                        options)
                .blockingGet();
        until(vertx, "it runs", () -> member.running().size() == 2);
        assertThat(member.holders()).containsOnlyKeys(0, 1).containsValue(member.name());
        deposit(100);
        awaitOutputs(100);
        RxPipelineStates states = RxPipelineStates.of(vertx, pipeline(), options);
        String account = AccountsPipeline.account(1);
        assertThat(states.state("account", account).blockingGet().key()).isEqualTo(account);
        assertThat(states.states("account", StateRange.all()).blockingGet().states())
                .hasSize(AccountsPipeline.ACCOUNTS);
        member.leave().blockingAwait();
        member.ended().blockingAwait();
        assertExact(100);
    }

    @Test
    void the_parts_of_a_member_that_is_killed_go_on_from_their_newest_checkpoints() throws Exception {
        List<PipelineMembers> members = new ArrayList<>(
                List.of(member(3, SHORT_LEASE_MILLIS), member(3, SHORT_LEASE_MILLIS), member(3, SHORT_LEASE_MILLIS)));
        awaitParts(members, 1, 1, 1);
        deposit(300);
        Future<?> deposited = AccountsPipeline.deposit(vertx, log, 600);
        members.remove(2).kill();
        get(deposited);
        awaitParts(members, 1, 2);
        awaitOutputs(600);
        members.remove(1).kill();
        deposit(900);
        awaitParts(members, 3);
        awaitOutputs(900);
        members.get(0).leave();
        assertExact(900);
    }

    @Test
    void one_part_is_a_stand_by_for_any_pipeline_also_one_with_shuffles() throws Exception {
        Pipeline shuffled = AccountsPipeline.shuffled(1, AccountsPipeline.STEP);
        PipelineOptions options = options(1, 3_000).setShufflePartitions(2);
        RunningPipeline before = get(shuffled.deploy(vertx, log, options));
        deposit(100);
        PipelineMembers first = PipelineMembers.join(vertx, port, shuffled, options);
        awaitParts(List.of(first), 1);
        assertThat(refusal(before.ended())).isInstanceOf(StrandlineException.Fenced.class);
        PipelineMembers second = PipelineMembers.join(vertx, port, shuffled, options);
        deposit(300);
        assertThat(second.parts()).isZero();
        first.kill();
        awaitParts(List.of(second), 1);
        deposit(500);
        awaitOutputs(500);
        // What is deployed while there are members is fenced by them.
        RunningPipeline beside = get(shuffled.deploy(vertx, log, options));
        assertThat(refusal(beside.ended())).isInstanceOf(StrandlineException.Fenced.class);
        awaitParts(List.of(second), 1);
        second.leave();
        deposit(600);
        RunningPipeline after = get(shuffled.deploy(vertx, log, options));
        get(after.awaitEnd());
        get(after.close());
        assertExact(600);
    }

    @Test
    void retention_waits_for_the_parts_that_have_use_for_a_partition_alone() throws Exception {
        PipelineMembers member = member(2, FOREVER_MILLIS);
        awaitParts(List.of(member), 2);
        deposit(300);
        scale(AccountsPipeline.SOURCE, KeyRange.equalRanges(4));
        deposit(500);
        awaitOutputs(500);
        member.leave();
        // The oldest checkpoint that is kept is where they hold it.
        StreamCut end = get(log.catalog().endCut(AccountsPipeline.SOURCE));
        PipelineMembers again = PipelineMembers.join(
                vertx, port, pipeline(), options(2, FOREVER_MILLIS).setRetainedCheckpoints(1));
        awaitParts(List.of(again), 2);
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!get(log.catalog().subscribers(AccountsPipeline.SOURCE)).values().stream()
                .allMatch(cut ->
                        cut.offsets().entrySet().containsAll(end.offsets().entrySet()))) {
            assertThat(System.nanoTime()).as("all have noted the end").isLessThan(deadline);
            get(vertx.timer(10, TimeUnit.MILLISECONDS));
        }
        assertThat(get(log.catalog().subscribers(AccountsPipeline.SOURCE))).hasSize(2);
    }

    @Test
    void a_part_answers_for_its_keys() throws Exception {
        PipelineMembers member = member(2, FOREVER_MILLIS);
        awaitParts(List.of(member), 2);
        deposit(200);
        awaitOutputs(200);
        Map<Integer, RunningPipeline> running = member.member().running();
        int keys = 0;
        for (int part = 0; part < 2; part++) {
            RunningPipeline mine = Objects.requireNonNull(running.get(part));
            keys += get(mine.states("account", StateRange.all())).states().size();
            for (int account = 0; account < AccountsPipeline.ACCOUNTS; account++) {
                String key = AccountsPipeline.account(account);
                Future<?> asked = mine.state("account", key);
                if (partOf(key) == part) {
                    get(asked);
                } else {
                    assertThat(refusal(asked)).isInstanceOf(StrandlineException.NotOwner.class);
                }
            }
        }
        assertThat(keys).isEqualTo(AccountsPipeline.ACCOUNTS);
    }

    private static int partOf(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return KeyRange.equalRanges(2).get(0).contains(KeyHash.of(bytes, 0, bytes.length)) ? 0 : 1;
    }

    private Future<PipelineMember> join(Pipeline pipeline, PipelineOptions options) {
        return PipelineMember.join(
                vertx, log, StateSync.create(vertx, LogRevisionStore.open(vertx, log)), pipeline, options);
    }

    @Test
    void the_number_of_parts_stays_until_the_pipeline_is_deleted() throws Exception {
        PipelineOptions two = options(2, FOREVER_MILLIS);
        PipelineMember first = get(join(pipeline(), two));
        deposit(50);
        awaitOutputs(50);
        requireTwoParts();
        deposit(100);
        awaitOutputs(100);
        get(first.leave());
        List<Object> before = inTheLog();
        requireTwoParts();
        assertThat(inTheLog()).as("nothing is disturbed").isEqualTo(before);
        assertThat(refusal(pipeline().deploy(vertx, log, two)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("has 2 parts, which members share");
        assertThat(refusal(pipeline().compare(vertx, log, two))).isInstanceOf(StrandlineException.Conflict.class);
        get(pipeline().delete(vertx, log, two));
        assertThat(get(log.catalog().subscribers(AccountsPipeline.SOURCE))).isEmpty();
        RunningPipeline whole = get(pipeline().deploy(vertx, log, two));
        get(whole.awaitEnd());
        get(whole.close());
        long once = expected(100).values().stream().mapToLong(List::size).sum();
        assertThat(read(AccountsPipeline.SINK))
                .as("it has begun again, and its outputs came again")
                .hasSize((int) (2 * once));
        assertThat(refusal(join(pipeline(), two)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll("has run as a whole", "2 parts", "set parts to 1");
        assertThat(get(log.catalog().streams("_strandline")))
                .noneMatch(stream -> stream.stream().equals("parts-accounts"));
    }

    private void requireTwoParts() {
        for (int parts : new int[] {1, 3}) {
            assertThat(refusal(join(pipeline(), options(parts, FOREVER_MILLIS))))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContainingAll(
                            "has 2 parts, and parts is " + parts, "set it to 2", "delete the pipeline");
        }
    }

    /** The internal streams and their ends, without what members agree on. */
    private List<Object> inTheLog() {
        List<Object> found = new ArrayList<>();
        for (StreamName stream : get(log.catalog().streams("_strandline"))) {
            if (!stream.stream().startsWith("shares-")) {
                found.add(stream);
                found.add(get(log.catalog().endCut(stream.toString())));
            }
        }
        return found;
    }

    /**
     * Its runs hear of the deletion by their next append only, and a run that began again would append all outputs once more. The
     * member may begin a part again while the deletion is under way, and hears then that it is not finished.
     */
    @Test
    void a_member_ends_when_the_pipeline_is_deleted_and_begins_nothing_again() throws Exception {
        PipelineOptions two = options(2, FOREVER_MILLIS);
        PipelineMember member = get(join(pipeline(), two));
        deposit(100);
        awaitOutputs(100);
        get(pipeline().delete(vertx, log, two));
        int appended = read(AccountsPipeline.SINK).size();
        deposit(200);
        assertThat(refusal(member.ended()))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageMatching("(?s).*(was deleted while a member shared it|the deletion of .* was begun).*");
        get(member.leave());
        assertThat(read(AccountsPipeline.SINK)).hasSize(appended);
        assertThat(get(log.catalog().streams("_strandline")))
                .noneMatch(stream -> stream.stream().startsWith("checkpoints-accounts"));
    }

    @Test
    void parts_of_a_pipeline_with_shuffles_are_run_by_members_and_move() throws Exception {
        Pipeline shuffled = AccountsPipeline.shuffled(1, AccountsPipeline.STEP);
        PipelineOptions options = options(4, FOREVER_MILLIS).setStateAddress("states");
        List<PipelineMembers> members = new ArrayList<>();
        members.add(PipelineMembers.join(vertx, port, shuffled, options));
        awaitParts(members, 4);
        deposit(200);
        members.add(PipelineMembers.join(vertx, port, shuffled, options));
        awaitParts(members, 2, 2);
        deposit(400);
        members.remove(0).leave();
        deposit(600);
        awaitParts(members, 4);
        awaitOutputs(600);
        PipelineStates states = PipelineStates.of(vertx, shuffled, options);
        assertThat(get(states.states("account", StateRange.all())).states()).hasSize(AccountsPipeline.ACCOUNTS);
        members.get(0).leave();
        assertExact(600);
        get(shuffled.delete(vertx, log, options));
        assertThat(get(log.catalog().streams("_strandline")))
                .noneMatch(stream -> stream.stream().contains("accounts--"));
    }

    @Test
    void what_cannot_go_on_ends_the_member_with_its_cause() {
        PipelineOptions options = options(2, FOREVER_MILLIS);
        get(log.catalog().deleteStream(AccountsPipeline.SINK));
        PipelineMember member = get(join(pipeline(), options));
        assertThat(refusal(member.ended())).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(member.running()).isEmpty();
        get(member.leave());
    }
}
