package io.strandline.processing.aggregate;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.readAll;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.FakeTracer;
import io.strandline.log.FakeTracer.Span;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.tracing.TracingPolicy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands within a trace are spans, and their events carry them. */
class AggregateSpansTest {

    private static final String ACCOUNTS = "bank/accounts";
    private static final String EXECUTE = ACCOUNTS + " execute";

    private final FakeTracer tracer = new FakeTracer();
    private final Vertx vertx = tracer.vertx();
    private final Context context = newContext(vertx);
    private final Span request = tracer.begin("request");
    private Strandline log;

    @BeforeEach
    void open() {
        log = get(Strandline.open(vertx, "memory:"));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private static AggregateOptions options() {
        return new AggregateOptions().setStream(ACCOUNTS).setPartitions(1).setSnapshotEvents(1);
    }

    private Aggregates<Command, Account> open(AggregateOptions options) {
        return get(Aggregates.open(vertx, log, Bank.ACCOUNT, options));
    }

    private List<Headers> headers() {
        return get(readAll(vertx, log, ACCOUNTS)).stream()
                .map(EventRecord::headers)
                .toList();
    }

    /** Snapshots, which are appended too, are no spans. */
    @Test
    void a_command_is_a_span_and_all_its_events_carry_it() {
        Aggregates<Command, Account> accounts = open(options());
        CommandOptions once = new CommandOptions()
                .setCommandId("c-1")
                .setUser("anna")
                .setTraceparent("old/7")
                .setTracestate("old=7");
        get(tracer.within(request, context, () -> accounts.execute("anna", new Deposit(100))
                .compose(done -> accounts.execute("anna", new Pay(30, 1), once))));
        assertThat(tracer.spans()).hasSize(2).allSatisfy(span -> {
            assertThat(span.operation).isEqualTo(EXECUTE);
            assertThat(span.parent).isEqualTo(request.id);
            assertThat(span.hasEnded()).isTrue();
            assertThat(span.tags)
                    .isEqualTo(Map.of("messaging.system", "strandline", "messaging.destination.name", ACCOUNTS));
        });
        Headers paid = Headers.of(Headers.USER, "anna")
                .with(Headers.TRACEPARENT, tracer.spans().get(1).inHeaders())
                .with(CommandOptions.COMMAND_ID, "c-1");
        assertThat(headers())
                .containsExactly(
                        Headers.of(Headers.TRACEPARENT, tracer.spans().get(0).inHeaders()), paid, paid);
        // The options are the caller's, for its next command too.
        assertThat(once.getHeaders().text(Headers.TRACEPARENT)).isEqualTo("old/7");
    }

    @Test
    void outside_a_trace_or_by_the_policy_there_is_no_span() {
        Aggregates<Command, Account> ofRequest =
                get(tracer.within(request, context, () -> Aggregates.open(vertx, log, Bank.ACCOUNT, options())));
        get(ofRequest.execute("anna", new Deposit(1)));
        Aggregates<Command, Account> never = open(options().setTracingPolicy(TracingPolicy.IGNORE));
        get(tracer.within(request, context, () -> never.execute("anna", new Deposit(1))));
        assertThat(tracer.spans()).isEmpty();
        assertThat(headers()).hasSize(2).containsOnly(Headers.NONE);
    }

    @Test
    void a_command_that_fails_ends_its_span_with_the_failure() {
        Aggregates<Command, Account> accounts = open(options());
        CommandOptions late = new CommandOptions().setExpectedVersion(7L);
        assertThatThrownBy(() ->
                        get(tracer.within(request, context, () -> accounts.execute("anna", new Deposit(1), late))))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(tracer.span(EXECUTE).hasEnded()).isTrue();
        assertThat(tracer.span(EXECUTE).failure()).isInstanceOf(StrandlineException.Conflict.class);
    }

    /** With as many headers as there may be beside the id of the command. */
    @Test
    void a_command_without_room_for_the_trace_is_executed_without_it() {
        Aggregates<Command, Account> accounts = open(options());
        CommandOptions full = new CommandOptions().setCommandId("c-1");
        for (int i = 1; i < Headers.MAX_COUNT; i++) {
            full.putHeader("header-" + i, "value");
        }
        get(tracer.within(request, context, () -> accounts.execute("anna", new Deposit(1), full)));
        assertThat(headers()).containsExactly(full.getHeaders().with(CommandOptions.COMMAND_ID, "c-1"));
    }

    /** Also if the member that was called sends it to the owner. */
    @Test
    void a_command_is_one_span_whoever_owns_its_aggregate() {
        AggregateOptions shared = options()
                .setPartitions(8)
                .setAddress("bank.accounts")
                .setLeaseMillis(3_600_000)
                .setTracingPolicy(TracingPolicy.ALWAYS);
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        BankMember one = BankMember.deploy(vertx, LogPort.strandline(vertx, port), shared);
        BankMember other = BankMember.deploy(vertx, LogPort.strandline(vertx, port), shared);
        until(vertx, "the partitions are shared", () -> one.partitions() == 4 && other.partitions() == 4);
        int commands = 32;
        for (int i = 0; i < commands; i++) {
            get(one.accounts().execute("account-" + i, new Deposit(1)));
        }
        assertThat(tracer.spans()).hasSize(commands);
        assertThat(headers().stream().map(headers -> headers.text(Headers.TRACEPARENT)))
                .containsExactlyInAnyOrderElementsOf(
                        tracer.spans().stream().map(Span::inHeaders).toList());
    }
}
