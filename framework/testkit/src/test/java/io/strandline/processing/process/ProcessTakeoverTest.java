package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An opening that was taken over sends late what it decided before, to accounts that remember no ids of commands. */
class ProcessTakeoverTest extends OnTransferLog {

    private FaultyAggregates<Command, Account> late;

    @BeforeEach
    void remember_nothing() {
        accounts = accounts(0);
        late = new FaultyAggregates<>(accounts);
        get(accounts.execute("anna", new Deposit(100)));
    }

    private void send() {
        get(accounts.execute("anna", new Send("anna:1", "bert", 30), new CommandOptions().setCommandId("anna:1")));
    }

    private void assertExecutedOnce(Processes<Transfer> earlier) {
        late.release();
        assertThat(failure(earlier.ended())).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(account("bert").balance()).isEqualTo(30);
        assertThat(history(TransferBank.ACCOUNTS_STREAM, "bert")).hasSize(1);
    }

    @Test
    void a_command_that_is_sent_first_by_the_later_opening() {
        Processes<Transfer> earlier = transfers(late.fate(Fate.HELD));
        send();
        await("the command is held", () -> !late.ids.isEmpty());
        awaitPhase(transfers(), "anna:1", Phase.DONE);
        assertExecutedOnce(earlier);
    }

    @Test
    void a_command_that_both_openings_have_looked_for() {
        Processes<Transfer> earlier = transfers(late.fate(Fate.UNAVAILABLE).holdLooks());
        send();
        await("the command was looked for", () -> late.looks.get() > 0);
        late.fate(Fate.ANSWERED);
        awaitPhase(transfers(), "anna:1", Phase.DONE);
        assertExecutedOnce(earlier);
    }
}
