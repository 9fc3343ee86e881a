package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.log.OpenPorts;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.share.PipelineStates;
import io.strandline.spi.LogPort;
import io.strandline.testkit.sync.HazelcastMember;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state of a pipeline that runs elsewhere is asked by the event bus. */
class RemoteStatesTest {

    private static final String ADDRESS = "states.accounts";
    private static final long SHORT_LEASE_MILLIS = 3_000;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private LogPort port;
    private Strandline log;

    @AfterEach
    void close() {
        get(vertx.close());
    }

    @BeforeEach
    void open() {
        port = get(OpenPorts.files(vertx, directory.resolve("log")));
        log = LogPort.strandline(vertx, port);
        get(AccountsPipeline.createStreams(log));
    }

    private PipelineOptions options(int parts) {
        return new PipelineOptions()
                .setCheckpointDirectory(directory.resolve("checkpoints").toString())
                .setRetryTimeoutMillis(30_000)
                .setParts(parts)
                .setLeaseMillis(SHORT_LEASE_MILLIS)
                .setStateAddress(ADDRESS);
    }

    private static Pipeline pipeline() {
        return AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    private void deposit(int deposits) {
        get(AccountsPipeline.deposit(vertx, log, deposits));
    }

    /** Account → state, by a fold over what the source holds. */
    private Map<String, Object> expected() {
        Map<String, Object> states = new TreeMap<>();
        for (EventRecord<String> deposit : Applications.run(
                vertx, () -> log.read(AccountsPipeline.SOURCE, AccountsPipeline.TEXT, new ReaderOptions())
                        .compose(Applications::toEnd))) {
            states.merge(
                    AccountsPipeline.first(deposit.event()),
                    AccountsPipeline.sum("0 0", deposit.event()),
                    (before, first) -> AccountsPipeline.sum(before.toString(), deposit.event()));
        }
        return states;
    }

    private static Map<String, Object> asked(PipelineStates states, StateRange range) {
        Map<String, Object> found = new TreeMap<>();
        StatePage page = get(states.states("account", range));
        page.states().forEach(state -> found.put(state.key(), state.value()));
        assertThat(page.states().size()).isLessThanOrEqualTo(range.limit());
        String next = page.next();
        if (next != null) {
            found.putAll(asked(states, range.startingAt(next)));
        }
        return found;
    }

    @Test
    void any_verticle_asks_the_member_that_has_the_key() {
        PipelineMembers first = PipelineMembers.join(vertx, port, pipeline(), options(3));
        PipelineMembers second = PipelineMembers.join(vertx, port, pipeline(), options(3));
        until(
                vertx,
                "both have parts",
                () -> first.parts() > 0 && second.parts() > 0 && first.parts() + second.parts() == 3);
        deposit(500);
        for (PipelineMembers member : new PipelineMembers[] {first, second}) {
            member.member().running().values().forEach(running -> get(running.awaitEnd()));
        }
        PipelineStates states = PipelineStates.of(vertx, pipeline(), options(3));
        Map<String, Object> expected = expected();
        assertThat(expected).hasSize(AccountsPipeline.ACCOUNTS);
        expected.forEach((account, state) -> {
            StateAnswer answer = get(states.state("account", account));
            assertThat(answer.key()).isEqualTo(account);
            assertThat(answer.value()).isEqualTo(state);
            assertThat(answer.offset()).isPositive();
        });
        assertThat(get(states.state("account", "nobody")).value()).isNull();
        assertThat(asked(states, StateRange.all().limitedTo(4))).isEqualTo(expected);
        assertThat(get(states.states("account", StateRange.all())).positions()).hasSizeGreaterThanOrEqualTo(3);
        // What a member had that is gone is asked of the one that takes it, and the questions wait until then.
        first.kill();
        expected.forEach((account, state) ->
                assertThat(get(states.state("account", account)).value()).isEqualTo(state));
        second.leave();
    }

    @Test
    void windows_are_asked_too() {
        Pipeline windows = Pipeline.named("per-hour", 1)
                .from(AccountsPipeline.SOURCE, AccountsPipeline.TEXT)
                .eventTime(deposit -> AccountsPipeline.second(deposit) * 1_000, Duration.ofDays(1))
                .keyBy(AccountsPipeline::first)
                .window(Windows.tumbling(Duration.ofMinutes(1)))
                .count("minute")
                .map(window -> window.key() + " " + window.value())
                .to(AccountsPipeline.SINK, AccountsPipeline.TEXT, AccountsPipeline::first)
                .build();
        RunningPipeline running = get(windows.deploy(vertx, log, options(1)));
        deposit(200);
        get(running.awaitEnd());
        PipelineStates states = PipelineStates.of(vertx, windows, options(1));
        String account = AccountsPipeline.account(1);
        assertThat(get(states.windows("minute", account))).isEqualTo(get(running.windows("minute", account)));
        assertThat(get(states.windows("minute", account)).windows()).hasSizeGreaterThan(1);
        assertThat(refusal(states.state("minute", account))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(refusal(states.windows("hour", account))).isInstanceOf(StrandlineException.NotFound.class);
        get(running.close());
    }

    @Test
    void a_question_waits_for_somebody_to_answer_and_not_for_ever() {
        PipelineStates hasty = PipelineStates.of(vertx, pipeline(), options(1).setRetryTimeoutMillis(50));
        assertThat(refusal(hasty.state("account", "anna")))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("is not there at " + ADDRESS);
        Future<StateAnswer> waiting =
                PipelineStates.of(vertx, pipeline(), options(1)).state("account", "anna");
        RunningPipeline running = get(pipeline().deploy(vertx, log, options(1)));
        assertThat(get(waiting).value()).isNull();
        // Another pipeline at the address answers nobody.
        assertThat(refusal(PipelineStates.of(
                                vertx,
                                Pipeline.named("others", 1)
                                        .from(AccountsPipeline.SOURCE, AccountsPipeline.TEXT)
                                        .keyByRoutingKey()
                                        .aggregate(
                                                "account", AccountsPipeline.TEXT, key -> "", (before, event) -> event)
                                        .build(),
                                options(1))
                        .state("account", "anna")))
                .isInstanceOf(StrandlineException.NotOwner.class);
        assertThat(refusal(vertx.eventBus()
                        .request(ADDRESS, "no question")
                        .<Object>mapEmpty()
                        .recover(cause ->
                                Future.failedFuture(new StrandlineException.Invalid("" + cause.getMessage())))))
                .hasMessageContaining("cannot be read");
        get(running.close());
        assertThat(refusal(hasty.state("account", "anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThatThrownBy(() -> PipelineStates.of(vertx, pipeline(), options(1).setStateAddress(null)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("stateAddress is null");
    }

    @Test
    void any_member_of_a_cluster_asks() {
        HazelcastMember first = HazelcastMember.first();
        HazelcastMember asking = first.another();
        try {
            deposit(100);
            RunningPipeline running =
                    get(pipeline().deploy(first.vertx(), LogPort.strandline(first.vertx(), port), options(1)));
            get(running.awaitEnd());
            PipelineStates states = PipelineStates.of(asking.vertx(), pipeline(), options(1));
            assertThat(asked(states, StateRange.all())).isEqualTo(expected());
            get(running.close());
        } finally {
            first.close();
            asking.close();
        }
    }
}
