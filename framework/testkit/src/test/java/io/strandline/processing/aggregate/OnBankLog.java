package io.strandline.processing.aggregate;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.HistoryOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.log.OpenPorts;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A log of files with bank accounts, which can be opened again, and by several as if they were processes. */
abstract class OnBankLog {

    static final String ACCOUNTS = "bank/accounts";
    static final String SNAPSHOTS = "bank/accounts-snapshots";

    private static final long DEADLINE_SECONDS = 60;

    @TempDir
    Path directory;

    final Vertx vertx = Vertx.vertx();
    LogPort port;
    Strandline log;

    @BeforeEach
    final void open() {
        port = get(OpenPorts.files(vertx, directory.resolve("data")));
        log = LogPort.strandline(vertx, port);
    }

    @AfterEach
    final void close() {
        get(vertx.close());
    }

    /** Closes everything and opens the log again. */
    final void reopen() {
        get(log.close());
        open();
    }

    /** Another entry to the log, as another process has it: it hears nothing of what is opened here. */
    final Strandline other(LogPort through) {
        return LogPort.strandline(vertx, through);
    }

    static AggregateOptions options() {
        return new AggregateOptions().setStream(ACCOUNTS).setPartitions(2);
    }

    final Aggregates<Command, Account> accounts() {
        return accounts(log, options());
    }

    final Aggregates<Command, Account> accounts(Strandline on, AggregateOptions options) {
        return get(Aggregates.open(vertx, on, Bank.ACCOUNT, options));
    }

    static Outcome.Accepted<Account> accepted(Future<Outcome<Account>> call) {
        Outcome<Account> outcome = get(call);
        if (outcome instanceof Outcome.Accepted<Account> accepted) {
            return accepted;
        }
        throw new AssertionError("not accepted: " + outcome);
    }

    /** The events of an id, as the log has them. */
    final List<EventRecord<Buffer>> history(String stream, String id) {
        return run(() -> log.history(stream, id, EventCodec.raw(), new HistoryOptions())
                .compose(reader -> reader.collect(Collectors.toList())));
    }

    /** The snapshots of anna, when there are as many: they are forced a moment after they are written. */
    final List<EventRecord<Buffer>> snapshots(int count) {
        return awaitHistory(SNAPSHOTS, "anna", count);
    }

    /** The events of an id, when there are as many. */
    final List<EventRecord<Buffer>> awaitHistory(String stream, String id, int count) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        List<EventRecord<Buffer>> found = history(stream, id);
        while (found.size() < count) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(found.size() + " events of " + id + ", expected " + count);
            }
            get(vertx.timer(5, TimeUnit.MILLISECONDS).<Void>mapEmpty());
            found = history(stream, id);
        }
        return found;
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
