package io.strandline.processing.process;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.HistoryOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.log.OpenPorts;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Transfer;
import io.strandline.spi.LogPort;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.testkit.VirtualClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A log of files with accounts and transfers, which can be opened again, in virtual time. */
abstract class OnTransferLog {

    static final String TRANSFERS = "bank/transfers";

    private static final long DEADLINE_SECONDS = 60;

    @TempDir
    Path directory;

    final VirtualClock clock = new VirtualClock();
    final Vertx vertx = Vertx.vertx();
    Strandline log;
    LogRevisionStore store;
    StateSync sync;
    Aggregates<Command, Account> accounts;

    @BeforeEach
    final void open() {
        log = LogPort.strandline(vertx, get(OpenPorts.files(vertx, directory.resolve("data"))));
        store = LogRevisionStore.open(vertx, log);
        sync = StateSync.create(vertx, store);
        accounts = accounts(16);
    }

    @AfterEach
    final void close() {
        get(vertx.close());
    }

    /** Closes everything and opens the log again. */
    final void reopen() {
        get(accounts.close());
        get(sync.close());
        get(store.close());
        get(log.close());
        open();
    }

    /** @param commandIds that each account remembers */
    final Aggregates<Command, Account> accounts(int commandIds) {
        return get(Aggregates.open(
                vertx,
                log,
                TransferBank.ACCOUNT,
                new AggregateOptions()
                        .setStream(TransferBank.ACCOUNTS_STREAM)
                        .setPartitions(2)
                        .setCommandIds(commandIds)));
    }

    static ProcessOptions options() {
        return new ProcessOptions()
                .setStream(TRANSFERS)
                .setInstances(new AggregateOptions().setPartitions(2).setSnapshotEvents(2));
    }

    final Processes<Transfer> transfers() {
        return transfers(accounts);
    }

    final Processes<Transfer> transfers(Aggregates<Command, Account> to) {
        return get(transfers(TransferBank.TRANSFER, to, options()));
    }

    final <S> Future<Processes<S>> transfers(
            Process<S> process, Aggregates<Command, Account> to, ProcessOptions options) {
        return Processes.open(vertx, log, sync, process, ProcessTargets.of(TransferBank.ACCOUNTS, to), options, clock);
    }

    final Account account(String id) {
        return get(accounts.state(id)).state();
    }

    /** The events of an id, as the log has them. */
    final List<EventRecord<Buffer>> history(String stream, String id) {
        return run(() -> log.history(stream, id, EventCodec.raw(), new HistoryOptions())
                .compose(reader -> reader.collect(Collectors.toList())));
    }

    final void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + DEADLINE_SECONDS + " s: " + what);
            }
            get(vertx.timer(5, TimeUnit.MILLISECONDS).<Void>mapEmpty());
        }
    }

    final void awaitPhase(Processes<Transfer> transfers, String id, TransferBank.Phase phase) {
        await(id + " is " + phase, () -> get(transfers.state(id)).state().phase() == phase);
    }

    final <T> T run(Callable<Future<T>> step) {
        return Applications.run(vertx, step);
    }

    static <T> T get(Future<T> future) {
        return Applications.get(future);
    }

    static StrandlineException failure(Future<?> future) {
        return Applications.refusal(future);
    }
}
