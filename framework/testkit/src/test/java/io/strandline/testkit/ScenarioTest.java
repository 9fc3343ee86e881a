package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import org.junit.jupiter.api.Test;

/** The account of the documentation, tested as an application tests its own. */
class ScenarioTest {

    sealed interface Command permits Deposit, Withdraw {}

    record Deposit(long amount) implements Command {}

    record Withdraw(long amount) implements Command {}

    sealed interface Event permits Deposited, Withdrawn {}

    record Deposited(long amount) implements Event {}

    record Withdrawn(long amount) implements Event {}

    private final Aggregate<Command, Event, Long> account = Aggregate.named("account")
            .commands(Command.class)
            .events(Event.class)
            .initial(0L)
            .decide(Deposit.class, (balance, command) -> Decision.emit(new Deposited(command.amount())))
            .decide(
                    Withdraw.class,
                    (balance, command) -> command.amount() > balance
                            ? Decision.reject("the balance is " + balance)
                            : Decision.emit(new Withdrawn(command.amount())))
            .event("deposited", 1, Deposited.class, (balance, event) -> balance + event.amount())
            .event("withdrawn", 1, Withdrawn.class, (balance, event) -> balance - event.amount())
            .snapshots(1, Long.class)
            .build();

    @Test
    void what_holds_passes_and_goes_on() {
        Scenario.given(account, new Deposited(100))
                .when(new Withdraw(30))
                .thenEmits(new Withdrawn(30))
                .thenState(70L)
                .when(new Withdraw(71))
                .thenRejects("the balance is 70")
                .thenState(70L);
        Scenario.given(account).when(new Deposit(1)).thenState(1L);
    }

    @Test
    void other_events_are_shown_one_by_one() {
        assertThatThrownBy(() -> Scenario.given(account, new Deposited(100))
                        .when(new Withdraw(30))
                        .thenEmits(new Withdrawn(31), new Deposited(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessage("""
                    aggregate account of version 1 with state 100 decided Withdraw[amount=30]:
                    1 expected    Withdrawn[amount=31]
                    1 but was     Withdrawn[amount=30]
                    2 expected    Deposited[amount=1]
                    2 but was     nothing\
                    """);
        assertThatThrownBy(() -> Scenario.given(account).when(new Deposit(3)).thenEmits())
                .hasMessageContaining("1 expected    nothing\n1 but was     Deposited[amount=3]");
    }

    @Test
    void other_answers_are_shown() {
        assertThatThrownBy(() -> Scenario.given(account).when(new Withdraw(3)).thenEmits(new Withdrawn(3)))
                .hasMessageContaining("rejected because of the balance is 0, expected [Withdrawn[amount=3]]");
        assertThatThrownBy(() -> Scenario.given(account).when(new Withdraw(3)).thenRejects("no"))
                .hasMessageContaining("expected the reason no, but was the balance is 0");
        assertThatThrownBy(() -> Scenario.given(account).when(new Deposit(3)).thenRejects("no"))
                .hasMessageContaining("expected a rejection because of no, but emitted [Deposited[amount=3]]");
        assertThatThrownBy(() -> Scenario.given(account).when(new Deposit(3)).thenState(4L))
                .hasMessageContaining("expected state 4, but was 3 in version 1");
    }

    record Forgetful(@JsonIgnore String text) {}

    @Test
    void an_event_that_its_codec_changes_is_found() {
        Aggregate<String, Forgetful, String> forgetful = Aggregate.named("forgetful")
                .commands(String.class)
                .events(Forgetful.class)
                .initial("")
                .decide(String.class, (state, command) -> Decision.emit(new Forgetful(command)))
                .event("forgotten", 1, Forgetful.class, (state, event) -> state + event.text())
                .build();
        assertThatThrownBy(() -> Scenario.given(forgetful).when("x"))
                .isInstanceOfAny(AssertionError.class, StrandlineException.class)
                .hasMessageContaining("Forgetful");
    }
}
