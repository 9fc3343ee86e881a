package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.KeyRange;
import io.strandline.json.JsonCodec;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Deposited;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** An opening reads what is open from a stored agenda, and only the steps after it. */
class ProcessAgendaTest extends OnTransferLog {

    private static final String AGENDA = TRANSFERS + "-agenda";
    private static final int STEPS = 10;

    private Processes<Transfer> open(FaultyAggregates<Command, TransferBank.Account> to) {
        return get(transfers(TransferBank.TRANSFER, to, options().setAgendaSteps(STEPS)));
    }

    private List<EventRecord<Buffer>> agendas() {
        return run(() -> log.read(AGENDA, EventCodec.raw()).compose(reader -> reader.collect(Collectors.toList())));
    }

    private List<String> send(int from, int count) {
        List<String> sent = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            get(accounts.execute("anna", new Send("anna:" + i, "bert", 1)));
            sent.add("anna:" + i);
        }
        return sent;
    }

    private FaultyAggregates<Command, TransferBank.Account> lost() {
        return new FaultyAggregates<>(accounts).fate(FaultyAggregates.Fate.LOST);
    }

    private FaultyAggregates<Command, TransferBank.Account> sound() {
        return new FaultyAggregates<>(accounts);
    }

    @Test
    void what_is_open_is_restored_from_the_newest_agenda_and_older_ones_leave() {
        get(accounts.execute("anna", new Deposit(1_000)));
        Processes<Transfer> first = open(lost());
        List<String> sent = send(0, 35);
        await("all are under way", () -> first.statistics().pendingTimers() == 35);
        await(
                "an agenda is stored",
                () -> !agendas().isEmpty() && agendas().get(0).offset() > 0);
        assertThat(agendas()).hasSizeLessThanOrEqualTo(2);
        Set<Long> partitions = new TreeSet<>();
        get(log.catalog().describe(TRANSFERS)).partitions().forEach(one -> partitions.add(one.id()));
        get(log.catalog().scale(TRANSFERS, partitions, KeyRange.equalRanges(3)));
        sent.addAll(send(35, 3));
        await("all are under way", () -> first.statistics().pendingTimers() == 38);
        get(first.close());
        reopen();
        Processes<Transfer> next = open(sound());
        assertThat(next.statistics().stepsRead()).isLessThan(38);
        sent.forEach(transfer -> awaitPhase(next, transfer, Phase.DONE));
        assertThat(account("bert").balance()).isEqualTo(38);
        await(
                "nothing is open",
                () -> next.statistics().openCommands() == 0 && next.statistics().pendingTimers() == 0);
    }

    @Test
    void openings_that_decide_little_each_store_an_agenda_in_time() {
        get(accounts.execute("anna", new Deposit(1_000)));
        for (int all = 6; all <= 24; all += 6) {
            Processes<Transfer> brief = open(lost());
            send(all - 6, 6);
            int open = all;
            await("all are under way", () -> brief.statistics().pendingTimers() == open);
            get(brief.close());
        }
        Processes<Transfer> next = open(lost());
        assertThat(next.statistics().stepsRead()).isLessThan(2 * STEPS);
        assertThat(next.statistics().pendingTimers()).isEqualTo(24);
    }

    @Test
    void an_agenda_that_cannot_be_read_is_done_without() {
        get(accounts.execute("anna", new Deposit(1_000)));
        Processes<Transfer> first = open(lost());
        List<String> sent = send(0, 30);
        await("all are under way", () -> first.statistics().pendingTimers() == 30);
        await("an agenda is stored", () -> !agendas().isEmpty());
        get(first.close());
        JsonCodec<Deposited> other = JsonCodec.of("other", 1, Deposited.class);
        run(() -> log.createWriter(AGENDA, other)
                .compose(writer -> writer.append("agenda", new Deposited(1)).eventually(writer::end)));
        Processes<Transfer> next = open(sound());
        assertThat(next.statistics().stepsRead()).isEqualTo(30);
        sent.forEach(transfer -> awaitPhase(next, transfer, Phase.DONE));
        assertThat(account("bert").balance()).isEqualTo(30);
        clock.elapse(Duration.ofMinutes(10));
        assertThat(next.statistics().fired()).isZero();
    }
}
