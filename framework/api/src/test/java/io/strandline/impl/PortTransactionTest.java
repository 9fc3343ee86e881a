package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Transaction;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.strandline.impl.FakeTransactions.Fault;
import io.strandline.impl.FakeTransactions.Written;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a transaction's handle sends, repeats and gives up. */
class PortTransactionTest {

    private final Vertx vertx = Vertx.vertx();
    private final FakePort port = new FakePort(vertx, 1, 1);
    private final FakeTransactions transactions = port.transactions;
    private final OnContext application = new OnContext(vertx, port);

    @AfterEach
    void close() {
        OnContext.get(vertx.close());
    }

    private Transaction begin(TransactionOptions options) {
        return OnContext.get(
                application.start(() -> application.log.transactions().begin(options)));
    }

    private Transaction begin() {
        return begin(new TransactionOptions().setId("t"));
    }

    private static Future<Void> append(Transaction transaction, String stream, String event) {
        return transaction.append(stream, EventCodec.raw(), "key", Buffer.buffer(event));
    }

    private Future<TransactionStatus> fillAndCommit(Transaction transaction) {
        return application.start(() -> {
            for (int i = 0; i < 10; i++) {
                append(transaction, "bank/s" + i % 3, "event " + i);
            }
            return transaction.commit();
        });
    }

    private void until(String what, BooleanSupplier observed) {
        Promise<Void> seen = Promise.promise();
        look(observed, seen);
        assertThat(OnContext.get(seen.future().map(what))).isEqualTo(what);
    }

    /** A timer for each look: one that repeats cannot be cancelled by its first call, which may come before it is set. */
    private void look(BooleanSupplier observed, Promise<Void> seen) {
        vertx.setTimer(1, timer -> {
            if (observed.getAsBoolean()) {
                seen.complete();
            } else {
                look(observed, seen);
            }
        });
    }

    @Test
    void theEventsOfOneTurnAreOneWriteForEachStream() {
        Transaction transaction = begin();
        assertThat(OnContext.get(fillAndCommit(transaction))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(transactions.writes.get("t"))
                .containsExactly(
                        new Written(0, StreamName.parse("bank/s0"), 4),
                        new Written(1, StreamName.parse("bank/s1"), 3),
                        new Written(2, StreamName.parse("bank/s2"), 3));
        assertThat(transactions.calls).containsExactly("begin", "write", "write", "write", "commit");
    }

    @Test
    void whatIsNotConfirmedIsRepeatedAndCountsOnce() {
        for (Fault fault : List.of(Fault.UNAVAILABLE, Fault.UNKNOWN_DONE, Fault.UNKNOWN_NOT_DONE)) {
            String id = fault.name();
            transactions.faults.addAll(List.of(fault, Fault.NONE));
            Transaction transaction = fault == Fault.UNAVAILABLE
                    ? begin(new TransactionOptions().setId(id))
                    : begin(new TransactionOptions());
            transactions.faults.clear();
            transactions.faults.addAll(List.of(fault, Fault.NONE, Fault.NONE, fault, Fault.NONE, Fault.NONE, fault));
            assertThat(OnContext.get(fillAndCommit(transaction))).isEqualTo(TransactionStatus.COMMITTED);
            assertThat(transactions.writes.get(transaction.id())).hasSize(3);
        }
    }

    /** Timers of a Vert.x that closes never fire, so a pause must not wait for one. */
    @Test
    void whatWaitsForItsRepeatIsAnsweredWhenVertxCloses() {
        transactions.faults.addAll(Collections.nCopies(100, Fault.UNAVAILABLE));
        Future<Transaction> begun =
                application.start(() -> application.log.transactions().begin());
        until("pauses are long", () -> transactions.calls.size() >= 6);
        OnContext.get(vertx.close());
        assertThat(OnContext.failure(begun))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("closed");
    }

    @Test
    void eventsThatWaitForTheirRepeatAreAnsweredWhenVertxCloses() {
        Transaction transaction = begin();
        transactions.faults.addAll(Collections.nCopies(100, Fault.UNAVAILABLE));
        int before = transactions.calls.size();
        Future<Void> appended = application.start(() -> append(transaction, "bank/s", "event"));
        until("pauses are long", () -> transactions.calls.size() >= before + 6);
        OnContext.get(vertx.close());
        assertThat(OnContext.failure(appended))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aBeginOfAGivenIdThatMayBeAnothersIsUnknown() {
        transactions.faults.add(Fault.UNKNOWN_DONE);
        Throwable failure = OnContext.failure(
                application.start(() -> application.log.transactions().begin(new TransactionOptions().setId("t"))));
        assertThat(failure).isInstanceOf(StrandlineException.Unknown.class).hasMessageContaining("t");
    }

    @Test
    void afterALostEventNothingIsCommitted() {
        Transaction transaction = begin();
        transactions.faults.addAll(List.of(Fault.NONE, Fault.INVALID));
        List<Future<Void>> appended = new ArrayList<>();
        Future<TransactionStatus> committed = application.start(() -> {
            appended.add(append(transaction, "bank/a", "1"));
            appended.add(append(transaction, "bank/b", "2"));
            appended.add(append(transaction, "bank/c", "3"));
            return transaction.commit();
        });
        assertThat(OnContext.failure(committed)).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(appended.get(0).succeeded()).isTrue();
        assertThat(appended.get(1).cause()).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(transactions.calls).doesNotContain("commit");
        assertThat(OnContext.get(application.start(transaction::abort))).isEqualTo(TransactionStatus.ABORTED);
    }

    @Test
    void aCommitThatIsNeverConfirmedIsUnknown() {
        Transaction transaction = begin(new TransactionOptions().setId("t").setRetryTimeoutMillis(50));
        for (int i = 0; i < 100; i++) {
            transactions.faults.add(Fault.UNKNOWN_NOT_DONE);
        }
        assertThat(OnContext.failure(application.start(transaction::commit)))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("50 ms");
        transactions.faults.clear();
        assertThat(OnContext.get(application.start(transaction::commit))).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void aCallThatWasOnlyRefusedFailsAsTheLogRefusedIt() {
        Transaction transaction = begin(new TransactionOptions().setId("t").setRetryTimeoutMillis(50));
        transactions.faults.addAll(Collections.nCopies(100, Fault.UNAVAILABLE));
        assertThat(OnContext.failure(application.start(transaction::commit)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("shard recovers");
        assertThat(OnContext.failure(application.start(() -> application
                        .log
                        .transactions()
                        .begin(new TransactionOptions().setId("u").setRetryTimeoutMillis(50)))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("shard recovers");
    }

    @Test
    void aCallThatMayHaveHadAnEffectBeforeItWasRefusedIsUnknown() {
        Transaction transaction = begin(new TransactionOptions().setId("t").setRetryTimeoutMillis(50));
        transactions.faults.add(Fault.UNKNOWN_NOT_DONE);
        transactions.faults.addAll(Collections.nCopies(100, Fault.UNAVAILABLE));
        assertThat(OnContext.failure(application.start(transaction::commit)))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("shard recovers");
    }

    /** Whether it waits for an answer, for its next try, or both. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SILENT", "UNAVAILABLE", "UNKNOWN_NOT_DONE"})
    void aCallOfAVerticleThatIsUndeployedMeanwhileEnds(Fault fault) {
        transactions.faults.addAll(Collections.nCopies(100, fault));
        Promise<Transaction> begun = Promise.promise();
        VerticleBase verticle = new VerticleBase() {
            @Override
            public Future<?> start() {
                application
                        .log
                        .transactions()
                        .begin(new TransactionOptions().setId("t").setRetryTimeoutMillis(300))
                        .onComplete(begun);
                return Future.succeededFuture();
            }
        };
        OnContext.get(vertx.undeploy(OnContext.get(vertx.deployVerticle(verticle))));

        assertThat(OnContext.failure(begun.future())).isInstanceOf(StrandlineException.class);
    }

    @Test
    void aCallWhoseLastTryHasNoAnswerIsUnknown() {
        Transaction transaction = begin(new TransactionOptions().setId("t").setRetryTimeoutMillis(50));
        transactions.faults.addAll(List.of(Fault.UNAVAILABLE, Fault.SILENT));
        assertThat(OnContext.failure(application.start(transaction::commit)))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("no answer");
    }

    @Test
    void tooManyUnacknowledgedBytesAreOverloaded() {
        Transaction transaction = begin(new TransactionOptions().setId("t").setMaxUnacknowledgedBytes(10));
        Future<Void> second = application.start(() -> {
            append(transaction, "bank/a", "more than ten bytes");
            return append(transaction, "bank/a", "more");
        });
        assertThat(OnContext.failure(second))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 10");
    }

    @Test
    void anEndedTransactionTakesNoEvents() {
        Transaction transaction = begin();
        OnContext.get(application.start(transaction::commit));
        assertThat(OnContext.failure(application.start(() -> append(transaction, "bank/a", "late"))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("committed");
    }

    @Test
    void anotherThreadIsRefused() {
        Transaction transaction = begin();
        assertThatThrownBy(transaction::commit).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aHandlePingsUntilTheEnd() {
        Transaction transaction = begin(new TransactionOptions()
                .setId("t")
                .setLeaseMillis(TransactionOptions.MIN_LEASE_MILLIS)
                .setAutoPing(true));
        until(
                "three pings",
                () -> transactions.calls.stream().filter("ping"::equals).count() >= 3);
        assertThat(OnContext.get(application.start(transaction::abort))).isEqualTo(TransactionStatus.ABORTED);
        assertThat(OnContext.failure(application.start(transaction::ping)))
                .isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void optionsAreJson() {
        TransactionOptions options = new TransactionOptions()
                .setId("t")
                .setLeaseMillis(1_000)
                .setAutoPing(true)
                .setRetryTimeoutMillis(2_000)
                .setMaxUnacknowledgedBytes(3_000);
        assertThat(new TransactionOptions(options).toJson()).isEqualTo(options.toJson());
        assertThat(new TransactionOptions(new JsonObject()).toJson()).isEqualTo(new TransactionOptions().toJson());
    }

    @Test
    void aTransactionOfWhichAnAppendThrewAnErrorCannotCommit() {
        Transaction transaction = begin();
        EventCodec<Buffer> failing = new EventCodec<>() {
            @Override
            public io.strandline.EventType typeOf(Buffer event) {
                return io.strandline.EventType.RAW;
            }

            @Override
            public void encode(Buffer event, io.strandline.PayloadOutput out) {
                throw new NoClassDefFoundError("shop/Money");
            }

            @Override
            public Buffer decode(io.strandline.EventType type, byte[] bytes, int from, int length) {
                return Buffer.buffer();
            }
        };
        List<Throwable> refused = new ArrayList<>();
        Future<TransactionStatus> committed = application.start(() -> {
            append(transaction, "bank/s0", "good");
            transaction.append("bank/s0", failing, "key", Buffer.buffer("bad")).onFailure(refused::add);
            return transaction.commit();
        });
        assertThat(OnContext.failure(committed))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("shop/Money");
        assertThat(refused).hasSize(1);
    }
}
