package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Decided;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.Versioned;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Decisions on histories that the log repeats by itself. */
class DecideTest {

    private static final String STREAM = "bank/accounts";

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log = get(Doors.open(vertx, "memory:"));

    @BeforeEach
    void create() {
        get(log.catalog().createStream(STREAM, new StreamOptions().setCreateScope(true)));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private static int balance(int before, String event) {
        return before + Integer.parseInt(event);
    }

    private static List<String> withdraw(int balance, int amount) {
        return balance < amount ? List.of() : List.of("-" + amount);
    }

    private Future<EventWriter<String>> writer() {
        return log.createWriter(STREAM, AccountsPipeline.TEXT);
    }

    private Future<Decided<String, Integer>> decide(
            EventWriter<String> writer, Function<Integer, List<String>> decide) {
        return log.decide(writer, AccountsPipeline.TEXT, "anna", 0, DecideTest::balance, decide);
    }

    private Decided<String, Integer> decided(Function<Integer, List<String>> decide) {
        return get(start(newContext(vertx), () -> writer().compose(writer -> decide(writer, decide))));
    }

    private Throwable refused(Function<Integer, List<String>> decide) {
        return failure(start(newContext(vertx), () -> writer().compose(writer -> decide(writer, decide))));
    }

    private Versioned<Integer> known() {
        return get(start(
                newContext(vertx), () -> log.fold(STREAM, "anna", AccountsPipeline.TEXT, 0, DecideTest::balance)));
    }

    @Test
    void what_was_decided_is_appended_together_and_nothing_if_there_is_nothing_to_do() {
        assertThat(decided(balance -> List.of("70", "30"))).isEqualTo(new Decided<>(2, 100, List.of("70", "30")));
        assertThat(decided(balance -> withdraw(balance, 60)).hasAppended()).isTrue();

        Decided<String, Integer> none = decided(balance -> withdraw(balance, 60));
        assertThat(none).isEqualTo(new Decided<>(3, 40, List.of()));
        assertThat(none.hasAppended()).isFalse();
        assertThat(known().version()).isEqualTo(3);
    }

    @Test
    void a_decision_that_throws_or_gives_nothing_is_invalid_and_appends_nothing() {
        assertThat(refused(balance -> {
                    throw new AssertionError("thrown");
                }))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key anna of bank/accounts after 0 events");
        assertThat(refused(balance -> nothing())).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(known().version()).isZero();
    }

    @SuppressWarnings("NullAway") // what an application may do
    private static List<String> nothing() {
        return null;
    }

    /** Each client withdraws one after the other until nothing is left. */
    private Future<Integer> drain(EventWriter<String> writer, int sum) {
        return decide(writer, balance -> withdraw(balance, 3))
                .compose(decided -> decided.hasAppended() ? drain(writer, sum + 3) : Future.succeededFuture(sum));
    }

    @Test
    void many_decide_on_one_key_and_nobody_overdraws() {
        decided(balance -> List.of("200"));
        List<Future<Integer>> clients = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            clients.add(start(newContext(vertx), () -> writer().compose(writer -> drain(writer, 0))));
        }
        int withdrawn = get(Future.all(clients)).<Integer>list().stream()
                .mapToInt(Integer::intValue)
                .sum();

        assertThat(withdrawn).isEqualTo(198);
        assertThat(known().state()).isEqualTo(2);
    }

    @Test
    void who_always_comes_too_late_gets_a_conflict_after_the_last_attempt() {
        Context context = newContext(vertx);
        AtomicInteger attempts = new AtomicInteger();
        Throwable failure = failure(
                start(context, () -> writer().compose(faster -> writer().compose(writer -> decide(writer, balance -> {
                    attempts.incrementAndGet();
                    faster.append("anna", "1"); // on its way before the decision
                    return List.of("1000");
                })))));

        assertThat(failure).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(attempts).hasValue(Strandline.MAX_DECISIONS);
        assertThat(known().state()).isEqualTo(Strandline.MAX_DECISIONS);
    }
}
