package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import io.strandline.processing.rxjava3.RxProcesses;
import io.strandline.rxjava3.RxStrandline;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The twin of processes for RxJava. */
class RxProcessesTest extends OnTransferLog {

    @Test
    void a_process_runs_by_its_twin() {
        RxProcesses<Transfer> transfers = RxProcesses.open(
                        vertx,
                        RxStrandline.of(vertx, log),
                        sync,
                        TransferBank.TRANSFER,
                        ProcessTargets.of(TransferBank.ACCOUNTS, accounts),
                        options())
                .blockingGet();
        get(accounts.execute("anna", new Deposit(5)));
        get(accounts.execute("anna", new Send("anna:1", "bert", 5)));
        await(
                "it is done",
                () -> transfers.state("anna:1").blockingGet().state().phase() == Phase.DONE);
        assertThat(transfers.replayParked(List.of()).blockingGet()).isZero();
        assertThat(transfers.group().name()).isEqualTo(TRANSFERS);
        assertThat(transfers.statistics().rejected()).isZero();
        transfers.close().blockingAwait();
        transfers.ended().blockingAwait();
        assertThat(transfers.delegate().ended().succeeded()).isTrue();
    }
}
