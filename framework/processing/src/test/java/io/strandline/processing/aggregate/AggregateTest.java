package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an aggregate is made of, and what is refused when it is built. */
class AggregateTest {

    sealed interface Command permits Deposit, Withdraw, Special {}

    record Deposit(long amount) implements Command {}

    record Withdraw(long amount) implements Command {}

    sealed interface Special extends Command permits Close, Freeze {}

    record Close() implements Special {}

    enum Freeze implements Special {
        NOW
    }

    sealed interface Event permits Deposited, Withdrawn {}

    record Deposited(long amount, String currency) implements Event {}

    record Withdrawn(long amount) implements Event {}

    private static AggregateBuilder<Command, Event, Long> account() {
        return Aggregate.named("account")
                .commands(Command.class)
                .events(Event.class)
                .initial(0L)
                .decide(Deposit.class, (balance, command) -> Decision.emit(new Deposited(command.amount(), "EUR")))
                .decide(
                        Withdraw.class,
                        (balance, command) -> command.amount() > balance
                                ? Decision.reject("the balance is " + balance)
                                : Decision.emit(new Withdrawn(command.amount())))
                .decide(Special.class, (balance, command) -> Decision.nothing())
                .event("deposited", 1, Deposited.class, (balance, event) -> balance + event.amount())
                .event("withdrawn", 0, Withdrawn.class, (balance, event) -> balance - event.amount())
                .upcast("deposited", 0, json -> json.put("currency", "DEM"));
    }

    @Test
    void it_decides_and_evolves_without_a_log() {
        Aggregate<Command, Event, Long> account = account().build();
        assertThat(account.initial()).isZero();
        assertThat(account.decide(5L, new Deposit(3))).isEqualTo(Decision.emit(new Deposited(3, "EUR")));
        assertThat(account.decide(5L, new Withdraw(6))).isEqualTo(Decision.reject("the balance is 5"));
        assertThat(account.decide(5L, new Close())).isEqualTo(Decision.nothing());
        assertThat(account.decide(5L, Freeze.NOW)).isEqualTo(Decision.nothing());
        assertThat(account.evolve(5L, new Withdrawn(2))).isEqualTo(3);
    }

    @Test
    void a_build_names_everything_that_is_not_handled() {
        assertThatThrownBy(() -> Aggregate.named("account")
                        .commands(Command.class)
                        .events(Event.class)
                        .initial(0L)
                        .decide(Deposit.class, (balance, command) -> Decision.nothing())
                        .decide(Deposit.class, (balance, command) -> Decision.nothing())
                        .event("deposited", 1, Deposited.class)
                        .build())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("command " + Withdraw.class.getName() + " is not handled")
                .hasMessageContaining("command " + Close.class.getName() + " is not handled")
                .hasMessageContaining("command " + Freeze.class.getName() + " is not handled")
                .hasMessageContaining("command " + Deposit.class.getName() + " is decided twice")
                .hasMessageContaining("event " + Deposited.class.getName() + " is not handled")
                .hasMessageContaining("event " + Withdrawn.class.getName() + " is not handled")
                .hasMessageContaining(Withdrawn.class.getName() + " has no event type");
        assertThatThrownBy(() -> account().codec(account().build().eventCodec()).build())
                .hasMessageContaining("a codec is given beside event types");
        assertThatThrownBy(() -> account().command("deposit", 1, Deposit.class).build())
                .hasMessageContaining(Withdraw.class.getName() + " has no event type");
        EventCodec<Command> codec = JsonCodec.builder(Command.class)
                .type("deposit", 1, Deposit.class)
                .type("withdraw", 1, Withdraw.class)
                .type("close", 1, Close.class)
                .type("freeze", 1, Freeze.class)
                .build();
        assertThatThrownBy(() -> account()
                        .commandCodec(codec)
                        .command("deposit", 1, Deposit.class)
                        .build())
                .hasMessageContaining("a codec is given beside command types");
        assertThatThrownBy(() -> account()
                        .snapshots(1, Long.class)
                        .snapshots(2, Long.class)
                        .build())
                .hasMessageContaining("snapshots are given twice");
        assertThatThrownBy(() -> Aggregate.named("a/b")).hasMessageContaining("a/b");
        assertThatThrownBy(() -> Aggregate.named("x".repeat(150))).hasMessageContaining("150");
    }

    @Test
    void events_are_stored_under_their_names_and_older_versions_are_read() throws IOException {
        EventCodec<Event> codec = account().build().eventCodec();
        assertThat(codec.typeOf(new Deposited(3, "EUR"))).isEqualTo(new EventType("deposited", 1));
        assertThat(new String(BytesOutput.of(codec, new Deposited(3, "EUR")), StandardCharsets.UTF_8))
                .isEqualTo("{\"amount\":3,\"currency\":\"EUR\"}");
        byte[] older = "{\"amount\":3}".getBytes(StandardCharsets.UTF_8);
        assertThat(codec.decode(new EventType("deposited", 0), older, 0, older.length))
                .isEqualTo(new Deposited(3, "DEM"));
        assertThatThrownBy(() -> codec.decode(new EventType("deposited", 2), older, 0, older.length))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("deposited v2");
        assertThatThrownBy(() -> codec.decode(new EventType("closed", 1), older, 0, older.length))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("closed v1");
    }

    @Test
    void a_codec_of_the_application_takes_the_place_of_json() {
        Aggregate<String, String, String> words = Aggregate.named("words")
                .commands(String.class)
                .events(String.class)
                .initial("")
                .decide(String.class, (text, command) -> Decision.emit(command))
                .evolve(String.class, (text, event) -> text + event)
                .codec(new Lines())
                .build();
        assertThat(words.evolve("a", "b")).isEqualTo("ab");
    }

    @Test
    @SuppressWarnings("NullAway") // what an application may do
    void what_the_functions_do_wrong_is_invalid_with_the_value() {
        Aggregate<String, String, String> words = Aggregate.named("words")
                .commands(String.class)
                .events(String.class)
                .initial("")
                .decide(String.class, (text, command) -> command.isEmpty() ? null : Decision.emit(command.substring(9)))
                .evolve(String.class, (text, event) -> null)
                .codec(new Lines())
                .build();
        assertThatThrownBy(() -> words.decide("", "short"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("could not decide short")
                .hasRootCauseInstanceOf(StringIndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.decide("", "")).hasMessageContaining("decided null");
        assertThatThrownBy(() -> words.decide("", null)).hasMessageContaining("null");
        assertThatThrownBy(() -> words.evolve("", "x")).hasMessageContaining("evolved to null by x");
        assertThatThrownBy(() -> Decision.reject(null)).isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> Decision.emitAll(Arrays.asList("a", null)))
                .isInstanceOf(StrandlineException.Invalid.class);
        List<String> many = new ArrayList<>();
        for (int i = 0; i <= Decision.MAX_EVENTS; i++) {
            many.add("x");
        }
        assertThatThrownBy(() -> Decision.emitAll(many)).hasMessageContaining("1001");
    }

    /** Events that are text. */
    private static final class Lines implements EventCodec<String> {

        @Override
        public EventType typeOf(String event) {
            return new EventType("line", 1);
        }

        @Override
        public void encode(String event, PayloadOutput out) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public String decode(EventType type, byte[] bytes, int from, int length) {
            return new String(bytes, from, length, StandardCharsets.UTF_8);
        }
    }
}
