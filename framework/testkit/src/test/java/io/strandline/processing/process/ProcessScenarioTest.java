package io.strandline.processing.process;

import static io.strandline.processing.process.TransferBank.ACCOUNTS;
import static io.strandline.processing.process.TransferBank.TRANSFER;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.json.JsonCodec;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Deposited;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Receive;
import io.strandline.processing.process.TransferBank.Received;
import io.strandline.processing.process.TransferBank.Sent;
import io.strandline.processing.process.TransferBank.TakeBack;
import io.strandline.processing.process.TransferBank.TakenBack;
import io.strandline.processing.process.TransferBank.Transfer;
import io.strandline.testkit.Scenario;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The transfer of the tests, tested as an application tests its own processes. */
class ProcessScenarioTest {

    private static final Sent SENT = new Sent("anna:1", "anna", "bert", 30);
    private static final Transfer UNDER_WAY = new Transfer("anna", "bert", 30, Phase.UNDER_WAY);

    @Test
    void a_transfer_arrives() {
        Scenario.given(TRANSFER)
                .when(SENT)
                .thenKey("anna:1")
                .thenCommands(ACCOUNTS.command("bert", new Receive("anna:1", 30)))
                .thenTimer("deadline", TransferBank.PATIENCE)
                .thenState(UNDER_WAY)
                .whenAccepted()
                .thenCommands()
                .thenState(UNDER_WAY)
                .when(new Received("anna:1", 30))
                .thenNoTimer("deadline")
                .thenState(UNDER_WAY.in(Phase.DONE));
    }

    @Test
    void a_transfer_is_returned_or_late() {
        Scenario.given(TRANSFER, SENT)
                .whenRejected("closed")
                .thenCommands(ACCOUNTS.command("anna", new TakeBack("anna:1", 30)))
                .thenNoTimer("deadline")
                .when(new TakenBack("anna:1", 30))
                .thenState(UNDER_WAY.in(Phase.RETURNED))
                .elapse(Duration.ofDays(1))
                .thenState(UNDER_WAY.in(Phase.RETURNED));
        Scenario.given(TRANSFER, SENT)
                .elapse(Duration.ofMinutes(4))
                .thenTimer("deadline", Duration.ofMinutes(1))
                .thenState(UNDER_WAY)
                .elapse(Duration.ofMinutes(1))
                .thenState(UNDER_WAY.in(Phase.LATE))
                .thenNoTimer("deadline");
    }

    @Test
    void an_event_that_is_not_for_the_process_does_nothing() {
        Scenario.given(TRANSFER).when(new Deposited(1)).thenCommands().thenState(Transfer.NONE);
    }

    @Test
    void what_is_not_as_expected_is_shown() {
        assertThatThrownBy(() -> Scenario.given(TRANSFER)
                        .when(SENT)
                        .thenCommands(
                                ACCOUNTS.command("bert", new Receive("anna:1", 31)),
                                ACCOUNTS.command("bert", new Deposit(1))))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("process transfer with state ")
                .hasMessageContaining(" reacted to Sent[transfer=anna:1, from=anna, to=bert, amount=30]:\n")
                .hasMessageContaining("""
                    1 expected    accounts bert Receive[transfer=anna:1, amount=31]
                    1 but was     accounts bert Receive[transfer=anna:1, amount=30]
                    2 expected    accounts bert Deposit[amount=1]
                    2 but was     nothing\
                    """);
        assertThatThrownBy(() -> Scenario.given(TRANSFER, SENT).thenTimer("deadline", Duration.ofMinutes(4)))
                .hasMessageContaining("expected timer deadline in PT4M, but it fires in PT5M");
        assertThatThrownBy(() -> Scenario.given(TRANSFER, SENT).thenTimer("alarm", Duration.ofMinutes(4)))
                .hasMessageContaining("set are [deadline]");
        assertThatThrownBy(() -> Scenario.given(TRANSFER, SENT).thenNoTimer("deadline"))
                .hasMessageContaining("Deadline[to=bert] fires in PT5M");
        assertThatThrownBy(() -> Scenario.given(TRANSFER, SENT).thenState(Transfer.NONE))
                .hasMessageContaining("but was " + UNDER_WAY);
        assertThatThrownBy(() -> Scenario.given(TRANSFER, SENT).thenKey("x")).hasMessageContaining("but was anna:1");
        assertThatThrownBy(() -> Scenario.given(TRANSFER).whenAccepted()).hasMessageContaining("no command is open");
        assertThatThrownBy(() -> Scenario.given(TRANSFER, SENT).when(new Received("bert:2", 1)))
                .hasMessageContaining("belongs to instance bert:2, this one is anna:1");
    }

    record Forgetful(@JsonIgnore String text) {}

    @Test
    void an_event_is_named_by_its_stream_and_what_its_codec_changes_is_found() {
        JsonCodec<Deposited> deposits = JsonCodec.of("deposited", 1, Deposited.class);
        Process<Long> two = Process.named("two")
                .initial(0L)
                .state(1, Long.class)
                .from("a/one", deposits, one -> one.key(read -> read.headers().text(Headers.CORRELATION_ID))
                        .on(Deposited.class, (sum, event) -> Reaction.to(sum + event.amount())))
                .from("a/two", deposits, other -> other.key(read -> read.key())
                        .on(Deposited.class, (sum, event) -> Reaction.to(-event.amount())
                                .after(Duration.ZERO, new Forgetful("x"))))
                .timer("forgetful", 1, Forgetful.class, (sum, timer) -> Reaction.none())
                .build();
        Deposited event = new Deposited(5);
        Scenario.given(two)
                .when("a/one", NewEvent.of("k", event).with(Headers.of(Headers.CORRELATION_ID, "c")))
                .thenKey("c")
                .thenState(5L)
                .when("a/one", NewEvent.of("k", event))
                .thenState(5L);
        assertThatThrownBy(() -> Scenario.given(two).when(event)).hasMessageContaining("[a/one, a/two]");
        assertThatThrownBy(() -> Scenario.given(two).when("a/three", NewEvent.of("k", event)))
                .hasMessageContaining("not a/three");
        assertThatThrownBy(() -> Scenario.given(two).when("a/two", NewEvent.of("k", event)))
                .hasMessageContaining("Forgetful");
    }
}
