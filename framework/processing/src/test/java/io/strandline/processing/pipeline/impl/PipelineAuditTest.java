package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineAudit.Difference;
import io.strandline.processing.pipeline.PipelineAudit.Kind;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.spi.SideFiles;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Audits: what is deterministic is found equal, and what is not is named. */
class PipelineAuditTest extends OnPipelineFixture {

    /** The subscriber that keeps the events which an audit reads. */
    private static final String HOLD = "pipeline:ledger!!audit";

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    private PipelineOptions options() {
        return fixture.options().setAuditStepsPerSecond(100_000_000).setRetainedCheckpoints(100);
    }

    /** Runs a pipeline between checkpoints "from" and "to", each after some deposits. */
    private RunningPipeline between(Pipeline pipeline, PipelineOptions options) {
        RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline, options));
        depositUpTo(running, "from");
        depositUpTo(running, "to");
        return running;
    }

    /** Takes a checkpoint after some deposits. */
    private void depositUpTo(RunningPipeline running, String checkpoint) {
        fixture.deposit();
        await(running.awaitEnd());
        await(running.checkpoint(checkpoint));
    }

    /** Its balances have something of no event in them. */
    private static Pipeline adding(LongSupplier noise) {
        return Ledger.pipeline(
                1,
                (before, deposit, output) ->
                        new Ledger.Balance(before.count() + 1, before.digest() + noise.getAsLong()));
    }

    private static void dropAllParked(RunningPipeline running) {
        await(running.dropParked(
                await(running.parked()).stream().map(parked -> parked.id()).toList()));
    }

    private static void assertEqual(RunningPipeline running, String from, String to) {
        assertThat(await(running.audit(from, to)).differences()).isEmpty();
    }

    private static void assertNames(PipelineAudit audit, String operator) {
        assertThat(audit.isEqual()).isFalse();
        Difference first = audit.differences().get(0);
        assertThat(first.kind()).as(audit.toText()).isEqualTo(Kind.STATE);
        assertThat(first.operator()).isEqualTo(operator);
        assertThat(first.key()).startsWith("account-");
        byte[] key = String.valueOf(first.key()).getBytes(StandardCharsets.UTF_8);
        assertThat(first.keyGroup()).isEqualTo((int) (KeyHash.of(key, 0, key.length) >>> 54));
        assertThat(first.groups()).isPositive();
        assertThat(audit.toText()).contains("DIFFERENT", "operator " + operator, "key " + first.key());
        assertThat(audit.toJson().getBoolean("equal")).isFalse();
    }

    // ---- equal

    @Test
    void a_deterministic_pipeline_is_found_equal_and_appends_nothing() {
        RunningPipeline running = between(Ledger.pipeline(), options());
        fixture.deposit();
        await(running.awaitEnd());
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        assertThat(audit.steps()).isEqualTo(60);
        assertThat(audit.toText()).isEqualTo("audit of checkpoint from to to, 60 steps: EQUAL\n");
        assertThat(audit.toJson().getString("fromName")).isEqualTo("from");
        assertThat(audit.toJson().getString("toName")).isEqualTo("to");
        List<Long> numbers = await(running.checkpoints()).stream()
                .map(checkpoint -> checkpoint.number())
                .toList();
        PipelineAudit all = await(running.audit(
                numbers.get(0).toString(), numbers.get(numbers.size() - 1).toString()));
        assertThat(all.isEqual()).as(all.toText()).isTrue();
        assertThat(all.toText())
                .startsWith("audit of checkpoint " + numbers.get(0) + " to " + numbers.get(numbers.size() - 1) + ", ");
        fixture.assertExact();
        assertThat(running.lastAudit()).isNull();
        await(running.close());
    }

    @Test
    void windows_and_ticks_are_found_equal() {
        AtomicLong millis = new AtomicLong(1_000_000);
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(Ledger::account)
                .<Ledger.Balance, String>process(
                        "timed",
                        Ledger.BALANCES,
                        account -> new Ledger.Balance(0, 0),
                        (before, deposit, context) -> {
                            context.setClockTimer(context.clock() + 1);
                            return before.plus(deposit);
                        },
                        (before, context) -> before.plus("timer"))
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        RunningPipeline running = await(
                fixture.deploy(fixture.open(), pipeline, options().setTickIntervalMillis(1), new Ticker.TimeSource() {

                    @Override
                    public long millis() {
                        return millis.addAndGet(10);
                    }

                    @Override
                    public long nanos() {
                        return System.nanoTime();
                    }
                }));
        depositUpTo(running, "from");
        depositUpTo(running, "to");
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        assertThat(audit.steps()).isGreaterThanOrEqualTo(60);
        await(running.close());
    }

    @Test
    void events_that_were_passed_over_or_parked_are_found_equal() {
        for (FailurePolicy policy : List.of(FailurePolicy.SKIP, FailurePolicy.PARK)) {
            RunningPipeline running = await(fixture.deploy(
                    fixture.open(),
                    PoisonedDeposits.failing(new AtomicBoolean(true)),
                    options().setFailurePolicy(policy).setMaxAttempts(1).setHoldKeys(true)));
            PoisonedDeposits.deposit(log);
            await(running.awaitEnd());
            await(running.checkpoint("from-" + policy));
            PoisonedDeposits.deposit(log, "more", 60);
            await(running.awaitEnd());
            await(running.checkpoint("to-" + policy));
            assertEqual(running, "from-" + policy, "to-" + policy);
            await(running.close());
        }
    }

    @Test
    void keys_that_were_released_are_found_equal() {
        RunningPipeline running = await(fixture.deploy(
                fixture.open(),
                PoisonedDeposits.failing(new AtomicBoolean(true)),
                options().setFailurePolicy(FailurePolicy.PARK).setMaxAttempts(1).setHoldKeys(true)));
        PoisonedDeposits.deposit(log);
        await(running.awaitEnd());
        await(running.checkpoint("from"));
        dropAllParked(running);
        await(running.checkpoint("to"));
        assertEqual(running, "from", "to");
        await(running.close());
    }

    /** A checkpoint has the state of when it was cut, although what is decided while it is written comes before it in its stream. */
    @Test
    void a_key_that_was_released_while_the_later_checkpoint_was_written_is_found_equal() {
        MemoryStrandline strandline = fixture.open();
        CountDownLatch released = new CountDownLatch(1);
        AtomicBoolean waits = new AtomicBoolean();
        AtomicBoolean waiting = new AtomicBoolean();
        SideFiles files = new DirectoryFiles(fixture.directory.resolve("ledger"));
        SideFiles slow = (SideFiles) Proxy.newProxyInstance(
                SideFiles.class.getClassLoader(), new Class<?>[] {SideFiles.class}, (proxy, method, arguments) -> {
                    if (waits.get() && method.getName().equals("write")) {
                        waiting.set(true);
                        assertThat(released.await(1, TimeUnit.MINUTES)).isTrue();
                    }
                    return method.invoke(files, arguments);
                });
        RunningPipeline running = await(PoisonedDeposits.failing(new AtomicBoolean(true))
                .deploy(
                        strandline.vertx,
                        strandline,
                        options()
                                .setFailurePolicy(FailurePolicy.PARK)
                                .setMaxAttempts(1)
                                .setHoldKeys(true)
                                .setCheckpointEvents(1_000)
                                .setMaxReplayEvents(2_000),
                        new FileCheckpointStore(strandline.vertx, pipeline -> slow)));
        PoisonedDeposits.deposit(log);
        await(running.awaitEnd());
        await(running.checkpoint("from"));
        PoisonedDeposits.deposit(log, "more", 60);
        awaitTrue(strandline, "all events", () -> await(running.position()).equals(log.endNow(Ledger.SOURCE)));
        waits.set(true);
        Future<?> checkpoint = running.checkpoint("to");
        awaitTrue(strandline, "a snapshot", waiting::get);
        dropAllParked(running);
        waits.set(false);
        released.countDown();
        await(checkpoint);
        assertEqual(running, "from", "to");
        await(running.checkpoint("after"));
        assertEqual(running, "from", "after");
        await(running.close());
    }

    @Test
    void partitions_that_were_split_and_merged_are_found_equal() {
        RunningPipeline running = await(fixture.deploy(fixture.open(), Ledger.pipeline(), options()));
        depositUpTo(running, "from");
        Scalings.overlap(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        Scalings.overlap(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        await(running.checkpoint("to"));
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        assertThat(audit.steps()).isEqualTo(120);
        await(running.close());
    }

    @Test
    void stages_after_a_shuffle_are_audited_too() {
        RunningPipeline running = between(Buckets.pipeline(), options());
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        assertThat(audit.steps()).isGreaterThanOrEqualTo(120);
        assertThatThrownBy(() -> await(running.audit("1", "2")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("2 stages");
        await(running.close());
    }

    /** As that of a table which nobody changes. */
    @Test
    void a_stage_that_did_nothing_between_the_checkpoints_is_equal() {
        log.createStream(Buckets.OTHER, new StreamOptions().setPartitions(1));
        RunningPipeline running = between(Buckets.merged(), options());
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        assertThat(audit.steps()).isGreaterThanOrEqualTo(120);
        await(running.close());
    }

    // ---- not deterministic

    @Test
    void a_random_number_in_a_step_is_found() {
        Random random = new Random();
        RunningPipeline running = between(adding(random::nextLong), options());
        assertNames(await(running.audit("from", "to")), "balance");
        await(running.close());
    }

    @Test
    void the_clock_in_a_step_is_found() {
        RunningPipeline running = between(adding(System::nanoTime), options());
        assertNames(await(running.audit("from", "to")), "balance");
        await(running.close());
    }

    /** An amount that is equal to itself alone, as an object without {@code hashCode} is. */
    private static final class Amount {

        private final String text;

        Amount(String text) {
            this.text = text;
        }
    }

    @Test
    void the_order_of_a_hash_set_is_found() {
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(Ledger::account)
                .aggregate(
                        "amounts",
                        TextCodec.<Set<Amount>>of(
                                "amounts",
                                amounts -> String.join(
                                        ",",
                                        amounts.stream()
                                                .map(amount -> amount.text)
                                                .toList()),
                                text -> {
                                    Set<Amount> amounts = new HashSet<>();
                                    for (String amount : text.split(",", -1)) {
                                        amounts.add(new Amount(amount));
                                    }
                                    return amounts;
                                }),
                        account -> Set.of(),
                        (before, deposit) -> {
                            Set<Amount> after = new HashSet<>(before);
                            after.add(new Amount(deposit));
                            return after;
                        })
                .build();
        RunningPipeline running = between(pipeline, options());
        assertNames(await(running.audit("from", "to")), "amounts");
        await(running.close());
    }

    @Test
    void the_first_operator_of_several_is_named_first() {
        Random random = new Random();
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(Ledger::account)
                .<Ledger.Balance, String>process(
                        "whole", Ledger.BALANCES, account -> new Ledger.Balance(0, 0), (before, deposit, context) -> {
                            context.emit(deposit);
                            return before.plus(deposit);
                        })
                .keyBy(Ledger::account)
                .<Ledger.Balance, String>process(
                        "random", Ledger.BALANCES, account -> new Ledger.Balance(0, 0), (before, deposit, context) -> {
                            context.emit(deposit + random.nextInt());
                            return new Ledger.Balance(before.count() + 1, random.nextLong());
                        })
                .keyBy(Ledger::account)
                .aggregate("after", Ledger.BALANCES, account -> new Ledger.Balance(0, 0), Ledger.Balance::plus)
                .build();
        RunningPipeline running = between(pipeline, options());
        PipelineAudit audit = await(running.audit("from", "to"));
        assertNames(audit, "random");
        assertThat(audit.differences())
                .extracting(Difference::operator)
                .contains("after")
                .doesNotContain("whole");
        await(running.close());
    }

    @Test
    void a_step_that_fails_only_in_the_audit_is_found() {
        AtomicBoolean fails = new AtomicBoolean();
        RunningPipeline running = between(
                Ledger.pipeline(1, (before, deposit, output) -> {
                    if (fails.get()) {
                        throw new IllegalStateException("the rates are gone");
                    }
                    return Ledger.step(before, deposit, output);
                }),
                options().setMaxAttempts(1));
        fails.set(true);
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences())
                .allSatisfy(difference -> assertThat(difference.kind()).isEqualTo(Kind.STEP))
                .anySatisfy(difference -> assertThat(difference.detail()).contains("the rates are gone"));
        assertThat(running.status().state().name()).isEqualTo("RUNNING");
        await(running.close());
    }

    // ---- what an audit needs, and leaves

    @Test
    void an_audit_that_cannot_be_made_says_why() {
        RunningPipeline running = between(Ledger.pipeline(), options());
        assertThatThrownBy(() -> await(running.audit("from", "nowhere")))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("nowhere")
                .hasMessageContaining("[from, to]");
        assertThatThrownBy(() -> await(running.audit("to", "from")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("checkpoint from of ")
                .hasMessageContaining("was taken before checkpoint to");
        assertThatThrownBy(() -> await(running.audit("from", "from")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("nothing between the checkpoints from and from");
        assertThat(log.streamsOf("bank")).contains(Ledger.SOURCE);
        await(running.close());
    }

    @Test
    void an_audit_without_room_fails_and_the_pipeline_goes_on() {
        Pipeline large = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(Ledger::account)
                .aggregate("large", TextCodec.STRING, account -> "", (before, deposit) -> deposit.repeat(1_000))
                .build();
        RunningPipeline running = between(large, options().setMaxAuditStateBytes(20_000));
        assertThatThrownBy(() -> await(running.audit("from", "to")))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("large")
                .hasMessageContaining("maxAuditStateBytes is 20000");
        fixture.deposit();
        await(running.awaitEnd());
        await(running.close());
    }

    @Test
    void an_audit_whose_events_are_gone_fails_with_truncated() {
        RunningPipeline running = between(Ledger.pipeline(), options());
        log.truncate(Ledger.SOURCE, log.endCut(Ledger.SOURCE));
        assertThatThrownBy(() -> await(running.audit("from", "to"))).isInstanceOf(StrandlineException.Truncated.class);
        await(running.close());
    }

    @Test
    void another_version_between_the_checkpoints_is_refused() {
        RunningPipeline first = await(fixture.deploy(fixture.open(), Ledger.pipeline(), options()));
        depositUpTo(first, "from");
        await(first.close());
        RunningPipeline second = await(fixture.deploy(
                fixture.open(), Ledger.pipeline(2, Ledger::step), options().setVersionChangeAllowed(true)));
        depositUpTo(second, "to");
        assertThatThrownBy(() -> await(second.audit("from", "to")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("another version");
        await(second.close());
    }

    /** A slow audit of sixty steps: it would take six seconds. */
    private RunningPipeline slow() {
        return between(Ledger.pipeline(), options().setAuditStepsPerSecond(10));
    }

    @Test
    void an_audit_holds_the_source_and_its_checkpoints_and_a_second_one_is_refused() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running =
                between(Ledger.pipeline(), options().setAuditStepsPerSecond(10).setRetainedCheckpoints(1));
        await(running.unpin("to"));
        String to = Long.toString(await(running.checkpoints()).get(1).number());
        Future<PipelineAudit> audit = running.audit("from", to);
        awaitTrue(strandline, "a hold", () -> log.subscribers(Ledger.SOURCE).containsKey(HOLD));
        assertThatThrownBy(() -> await(running.audit("from", to)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("in progress");
        await(running.unpin("from"));
        for (int i = 0; i < 3; i++) {
            fixture.deposit();
            await(running.awaitEnd());
        }
        assertThat(await(audit).differences()).isEmpty();
        assertThat(log.subscribers(Ledger.SOURCE)).doesNotContainKey(HOLD);
        fixture.deposit();
        await(running.awaitEnd());
        assertThat(await(running.checkpoints())).hasSize(1);
        await(running.close());
    }

    @Test
    void a_close_cancels_an_audit() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = slow();
        Future<PipelineAudit> audit = running.audit("from", "to");
        awaitTrue(strandline, "a hold", () -> log.subscribers(Ledger.SOURCE).containsKey(HOLD));
        await(running.close());
        assertThatThrownBy(() -> await(audit)).isInstanceOf(StrandlineException.Unavailable.class);
        RunningPipeline next = await(fixture.deploy(fixture.open(), Ledger.pipeline(), options()));
        assertThat(log.subscribers(Ledger.SOURCE)).doesNotContainKey(HOLD);
        fixture.deposit();
        await(next.awaitEnd());
        await(next.close());
        fixture.assertExact();
    }

    @Test
    void a_crash_during_an_audit_leaves_no_hold_to_the_next_run() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running =
                await(fixture.deploy(strandline, Ledger.pipeline(), options().setAuditStepsPerSecond(10)));
        fixture.deposit();
        await(running.checkpoint("from"));
        fixture.deposit(); // so that there are steps between the two, however far it had come
        await(running.awaitEnd());
        await(running.checkpoint("to"));
        running.audit("from", "to");
        awaitTrue(strandline, "a hold", () -> log.subscribers(Ledger.SOURCE).containsKey(HOLD));
        fixture.crash(strandline);
        assertThat(log.subscribers(Ledger.SOURCE)).containsKey(HOLD);
        RunningPipeline next = await(fixture.deploy(fixture.open(), Ledger.pipeline(), options()));
        assertThat(log.subscribers(Ledger.SOURCE)).doesNotContainKey(HOLD);
        assertEqual(next, "from", "to");
        await(next.close());
    }

    // ---- in the background

    @Test
    void audits_in_the_background_find_a_random_number() {
        Random random = new Random();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(
                fixture.deploy(strandline, adding(random::nextLong), options().setAuditIntervalMillis(100)));
        fixture.deposit();
        await(running.awaitEnd());
        fixture.deposit();
        await(running.awaitEnd());
        awaitTrue(strandline, "an audit", () -> running.lastAudit() != null);
        PipelineAudit found = running.lastAudit();
        assertThat(found).isNotNull();
        assertNames(found, "balance");
        await(running.close());
    }

    @Test
    void audits_in_the_background_of_a_deterministic_pipeline_are_equal() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running =
                await(fixture.deploy(strandline, Ledger.pipeline(), options().setAuditIntervalMillis(100)));
        fixture.deposit();
        await(running.awaitEnd());
        fixture.deposit();
        await(running.awaitEnd());
        awaitTrue(strandline, "an audit", () -> running.lastAudit() != null);
        PipelineAudit found = running.lastAudit();
        assertThat(found).isNotNull();
        assertThat(found.isEqual()).as(found.toText()).isTrue();
        await(running.close());
    }
}
