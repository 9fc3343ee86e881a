package io.strandline.processing.aggregate;

import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Callers that deposit to all accounts, one command at a time for each, until they are told to stop. An error ends them. */
final class BankCallers {

    static final int IDS = 32;

    private final Vertx vertx;
    private final List<Caller> callers = new ArrayList<>();
    private final AtomicLong accepted = new AtomicLong();
    private volatile boolean stopping;
    private volatile boolean repeats;

    BankCallers(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Sends a command whose answer was lost again, with its id, in place of ending. */
    BankCallers repeating() {
        repeats = true;
        return this;
    }

    static String name(int id) {
        return "account-" + id;
    }

    void begin(Aggregates<Command, Account> through) {
        callers.add(new Caller(through, "caller-" + callers.size()));
    }

    /** Completes when so many more commands were accepted. */
    void awaitMore(long commands) {
        long wanted = accepted.get() + commands;
        Applications.until(vertx, "more commands are accepted", () -> {
            callers.forEach(Caller::check);
            return accepted.get() >= wanted;
        });
    }

    /** How many deposits were accepted. */
    long stop() {
        stopping = true;
        callers.forEach(caller -> OnBankLog.get(caller.ended.future()));
        return accepted.get();
    }

    static long balances(Aggregates<Command, Account> accounts) {
        List<Future<AggregateState<Account>>> states = new ArrayList<>();
        for (int id = 0; id < IDS; id++) {
            states.add(accounts.state(name(id)));
        }
        return states.stream()
                .mapToLong(state -> OnBankLog.get(state).state().balance())
                .sum();
    }

    private final class Caller {

        private final Aggregates<Command, Account> through;
        private final String name;
        private final Promise<Void> ended = Promise.promise();
        private int underWay = IDS;
        private long sent;

        Caller(Aggregates<Command, Account> through, String name) {
            this.through = through;
            this.name = name;
            Context context = ((VertxInternal) vertx).createEventLoopContext();
            context.runOnContext(begun -> {
                for (int id = 0; id < IDS; id++) {
                    deposit(id);
                }
            });
        }

        private void deposit(int id) {
            deposit(id, new CommandOptions().setCommandId(name + "-" + ++sent));
        }

        private void deposit(int id, CommandOptions once) {
            through.execute(name(id), new Deposit(1), once).onComplete((outcome, cause) -> {
                if (cause instanceof StrandlineException.Unknown && repeats) {
                    deposit(id, once);
                } else if (cause != null) {
                    ended.tryFail(cause);
                } else {
                    accepted(id);
                }
            });
        }

        private void accepted(int id) {
            accepted.incrementAndGet();
            if (!stopping) {
                deposit(id);
            } else if (--underWay == 0) {
                ended.tryComplete();
            }
        }

        void check() {
            if (ended.future().failed()) {
                throw new AssertionError(name + " has failed", ended.future().cause());
            }
        }
    }
}
