package io.strandline.server.rest;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.run;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Decision;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusServer;
import io.strandline.server.rest.Http.Response;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands that are decided, and whose answer the application's codec cannot write: callers learn whether they were done. */
class UnansweredCommandTest {

    private static final long SHOWN = 100;

    sealed interface Command {}

    record Deposit(long amount) implements Command {}

    sealed interface Event {}

    record Deposited(long amount) implements Event {}

    /** A balance that cannot be written once it is large. */
    record Balance(long amount) {

        @Override
        public long amount() {
            if (amount > SHOWN) {
                throw new IllegalStateException("secret");
            }
            return amount;
        }

        Balance plus(long more) {
            return new Balance(amount + more);
        }
    }

    private static final Aggregate<Command, Event, Balance> ACCOUNT = Aggregate.named("account")
            .commands(Command.class)
            .events(Event.class)
            .initial(new Balance(0))
            .command(
                    "deposit",
                    1,
                    Deposit.class,
                    (balance, command) -> command.amount() < 0
                            ? Decision.reject("nothing is taken")
                            : Decision.emit(new Deposited(command.amount())))
            .event("deposited", 1, Deposited.class, (balance, event) -> balance.plus(event.amount()))
            .snapshots(1, Balance.class)
            .build();

    private final ServedShop shop = new ServedShop();

    @BeforeEach
    void expose() {
        Aggregates<Command, Balance> accounts = run(
                shop.serverVertx,
                () -> Aggregates.open(
                        shop.serverVertx, shop.log, ACCOUNT, new AggregateOptions().setStream("bank/accounts")));
        shop.served.exposed().aggregates(ACCOUNT, accounts, "bank/accounts");
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private static JsonObject deposit(long amount) {
        return new JsonObject()
                .put(
                        "command",
                        new JsonObject()
                                .put("type", "deposit")
                                .put("version", 1)
                                .put("event", new JsonObject().put("amount", amount)));
    }

    private Response command(long amount) {
        return shop.http.json(HttpMethod.POST, "/v1/aggregates/account/anna/commands", deposit(amount));
    }

    private long events() {
        return get(shop.log.catalog().endCut("bank/accounts")).offsets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    void a_command_that_was_done_is_not_to_be_repeated() {
        assertThat(command(SHOWN).status()).isEqualTo(200);
        Response unanswered = command(1);
        assertThat(unanswered.status()).isEqualTo(500);
        assertThat(unanswered.headers().contains("Retry-After")).isFalse();
        assertThat(unanswered.json().getString("happened")).isEqualTo("yes");
        assertThat(unanswered.json().getBoolean("retryable")).isFalse();
        assertThat(unanswered.json().getString("detail")).contains("the state cannot be answered");
        assertThat(events()).isEqualTo(2);
    }

    @Test
    void a_command_that_was_rejected_has_not_happened() {
        command(SHOWN + 1);
        Response unanswered = command(-1);
        assertThat(unanswered.json().getString("happened")).isEqualTo("no");
        assertThat(unanswered.json().getString("detail")).contains("the command was rejected");
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void the_event_bus_says_so_too() {
        EventBusServer bus = get(EventBusServer.serve(shop.serverVertx, shop.served, new EventBusOptions()));
        JsonObject request = deposit(SHOWN + 1).put("aggregate", "account").put("id", "anna");
        ReplyException unanswered = (ReplyException) failure(start(
                newContext(shop.serverVertx),
                () -> shop.serverVertx.eventBus().request(bus.address("command"), request)));
        JsonObject failure = new JsonObject(unanswered.getMessage());
        assertThat(failure.getString("happened")).isEqualTo("yes");
        assertThat(failure.getBoolean("retryable")).isFalse();
        assertThat(events()).isEqualTo(1);
    }
}
