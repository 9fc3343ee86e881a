package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several clients decide on the histories of many keys in few partitions, on files. */
class DecidingOnHistoryTest {

    private static final String STREAM = "bank/accounts";
    private static final int ACCOUNTS = 50;
    private static final int CLIENTS = 4;
    private static final int WITHDRAWALS = 150;
    private static final int FIRST_DEPOSIT = 100;

    /** Conflicts that remain are with one of three others, and with a split. */
    private static final int FEW_ATTEMPTS = 8;

    /** Everybody wants the same, and others may be faster several times. */
    private static final int MANY_ATTEMPTS = 40;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private Strandline log;
    private StreamDescription stream;

    @BeforeEach
    void create() {
        // Little memory, so that events go to chunks while clients decide.
        LogOptions options = CrashChild.options();
        log = Applications.get(Doors.open(vertx, "file:" + directory.resolve("data"), options));
        Applications.get(log.catalog().createScope("bank"));
        stream = Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    // ---- what an application writes

    private static int balance(int before, Buffer event) {
        return before + Integer.parseInt(event.toString());
    }

    /** Withdraws an amount, or completes with false if the account has not enough. */
    private Future<Boolean> withdraw(EventWriter<Buffer> writer, String account, int amount, int attemptsLeft) {
        return log.fold(STREAM, account, EventCodec.raw(), 0, DecidingOnHistoryTest::balance)
                .compose(known -> known.state() < amount
                        ? Future.succeededFuture(false)
                        : writer.appendIfUnchanged(account, List.of(Buffer.buffer("-" + amount)), known.position())
                                .map(true))
                .recover(failure -> failure instanceof StrandlineException.Conflict && attemptsLeft > 1
                        ? withdraw(writer, account, amount, attemptsLeft - 1)
                        : Future.failedFuture(failure));
    }

    // ---- four clients

    /** One withdrawal after the other. Completes with the sum of those that were made. */
    private Future<Integer> withdrawals(
            EventWriter<Buffer> writer, Random random, int left, int sum, int accounts, int attempts) {
        if (left == 0) {
            return Future.succeededFuture(sum);
        }
        int amount = 1 + random.nextInt(30);
        String account = "account-" + random.nextInt(accounts);
        return withdraw(writer, account, amount, attempts)
                .compose(made -> withdrawals(writer, random, left - 1, made ? sum + amount : sum, accounts, attempts));
    }

    private int withdrawnByAll(int accounts, int attempts) {
        List<Future<Integer>> clients = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            Random random = new Random(client);
            Context context = Applications.newContext(vertx);
            clients.add(Applications.start(context, () -> log.createWriter(STREAM, EventCodec.raw())
                    .compose(writer -> withdrawals(writer, random, WITHDRAWALS, 0, accounts, attempts))));
        }
        split();
        return Applications.get(Future.all(clients)).list().stream()
                .mapToInt(sum -> (Integer) sum)
                .sum();
    }

    /** One of the two partitions is split under the clients. */
    private void split() {
        long first = stream.partitions().get(0).id();
        List<KeyRange> halves = stream.partition(first).keys().halves();
        Applications.get(log.catalog().scale(STREAM, Set.of(first), halves));
    }

    private void deposit() {
        Applications.run(vertx, () -> log.createWriter(STREAM, EventCodec.raw()).compose(writer -> {
            for (int account = 0; account < ACCOUNTS; account++) {
                writer.append("account-" + account, Buffer.buffer("" + FIRST_DEPOSIT));
            }
            return writer.end();
        }));
    }

    private int sumOfBalances() {
        int sum = 0;
        for (int account = 0; account < ACCOUNTS; account++) {
            String key = "account-" + account;
            int balance = Applications.run(
                            vertx, () -> log.fold(STREAM, key, EventCodec.raw(), 0, DecidingOnHistoryTest::balance))
                    .state();
            assertThat(balance).as(key).isNotNegative();
            sum += balance;
        }
        return sum;
    }

    @Test
    void no_account_is_overdrawn_and_every_withdrawal_ends_within_a_few_attempts() {
        deposit();
        int withdrawn = withdrawnByAll(ACCOUNTS, FEW_ATTEMPTS);
        assertThat(sumOfBalances()).isEqualTo(ACCOUNTS * FIRST_DEPOSIT - withdrawn);
    }

    @Test
    void nor_if_all_want_the_same_two_accounts() {
        deposit();
        int withdrawn = withdrawnByAll(2, MANY_ATTEMPTS);
        assertThat(withdrawn).isBetween(2 * FIRST_DEPOSIT - 4, 2 * FIRST_DEPOSIT);
        assertThat(sumOfBalances()).isEqualTo(ACCOUNTS * FIRST_DEPOSIT - withdrawn);
    }
}
