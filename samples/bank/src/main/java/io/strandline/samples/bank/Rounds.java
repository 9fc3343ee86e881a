package io.strandline.samples.bank;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One round of the sample: accounts get their first money, transfers are sent, and then all money is counted. */
final class Rounds {

    private static final int RICHEST = 3;
    private static final long LOOK_MILLIS = 50;
    private static final long PATIENCE_SECONDS = 60;

    private final Vertx vertx;
    private final Arguments given;
    private final Bank bank;
    private final Balances balances;
    private final Load load;
    private long began;

    Rounds(Vertx vertx, Arguments given, Bank bank, Balances balances, int port) {
        this.vertx = vertx;
        this.given = given;
        this.bank = bank;
        this.balances = balances;
        this.load = new Load(vertx, port, given.accounts(), System.nanoTime());
    }

    Future<Void> run() {
        return load.openAccounts()
                .compose(opened -> {
                    began = System.nanoTime();
                    return load.transfers(given.transfers(), this::progress);
                })
                .compose(sent -> {
                    tellSpeed();
                    return counted(System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
                });
    }

    private void progress(long sent) {
        if (sent == given.crashAt()) {
            System.out.println("halting after " + Main.count(sent) + " transfers, the next run goes on");
            Runtime.getRuntime().halt(137);
        }
        if (sent % Math.max(1, given.transfers() / 5) == 0) {
            System.out.println(Main.count(sent) + " transfers sent");
        }
    }

    private void tellSpeed() {
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        System.out.printf(
                Locale.ROOT,
                "%,d transfers accepted and %,d rejected in %,d ms, %,d per second%n",
                given.transfers() - load.rejected(),
                load.rejected(),
                millis,
                given.transfers() * 1_000L / millis);
    }

    /** Waits until nothing is under way any more, and compares the balances with what was paid in. */
    private Future<Void> counted(long deadlineNanos) {
        return balances.total().compose(total -> {
            if (total.cents() != total.paidIn() || total.accounts() < given.accounts()) {
                return System.nanoTime() - deadlineNanos > 0
                        ? Future.failedFuture("money was made or lost: " + total)
                        : vertx.timer(LOOK_MILLIS, TimeUnit.MILLISECONDS).compose(look -> counted(deadlineNanos));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%,d cents in %,d accounts by PostgreSQL, and %,d were paid in%n",
                    total.cents(),
                    total.accounts(),
                    total.paidIn());
            return balances.richest(RICHEST)
                    .compose(
                            rows -> Future.join(rows.stream().map(this::picture).toList()))
                    .mapEmpty();
        });
    }

    /** What happened to an account, and its balance after each event. */
    private Future<Void> picture(JsonObject account) {
        String name = account.getString("account");
        return bank.history(name)
                .onSuccess(events -> System.out.printf(
                        Locale.ROOT,
                        "%-12s %,10d cents after %,5d events  %s%n",
                        name,
                        account.getLong("balance"),
                        events.size(),
                        BalanceLine.of(events)))
                .mapEmpty();
    }
}
