package io.strandline.processing.aggregate;

import io.strandline.log.CrashChild;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The process that {@link AggregateCrashTest} kills: sends again what was not answered in the process before it, goes on with new
 * commands without end, and says what it sends and what it was told. A line counts when it ends in a full stop.
 *
 * <pre>
 * O .                                                               the accounts are open
 * S account number .                                                a command is about to be sent
 * A account number version balance repeated partition offset .      it was accepted
 * R account number version balance .                                it was rejected
 * F text .                                                          something failed that should not
 * </pre>
 */
final class AggregateCrashChild {

    /**
     * Commands of an account that are under way at a time, at most the ids that it remembers: so those without an answer are among the
     * last.
     */
    static final int BURST = 8;

    /** Accounts that have commands under way. The others may leave the memory meanwhile. */
    private static final int BUSY = 12;

    private final Aggregates<Command, Account> accounts;
    private final ArrayDeque<Customer> idle;

    private AggregateCrashChild(Aggregates<Command, Account> accounts, List<Customer> customers) {
        this.accounts = accounts;
        this.idle = new ArrayDeque<>(customers);
    }

    /**
     * Arguments: directory of the log, and a file with a line for each account. It has the number of the first command without an
     * answer, and then those after it that have one.
     */
    public static void main(String[] arguments) throws IOException {
        CrashChild.dieWithParent();
        List<Customer> customers = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[1]))) {
            customers.add(new Customer(customers.size(), line));
        }
        Vertx vertx = Vertx.vertx();
        ((VertxInternal) vertx).createEventLoopContext().runOnContext(started -> CrashAccounts.openLog(
                        vertx, Path.of(arguments[0]))
                .compose(log -> CrashAccounts.open(vertx, log))
                .onSuccess(accounts -> {
                    CrashChild.say("O");
                    new AggregateCrashChild(accounts, customers).begin();
                })
                .onFailure(cause -> CrashChild.failed("open", cause)));
    }

    private void begin() {
        for (int i = 0; i < BUSY; i++) {
            burst(idle.remove());
        }
    }

    private void burst(Customer customer) {
        // One more than are sent: an answer that comes at once does not end the burst.
        customer.underWay++;
        long end = customer.first + BURST;
        for (long number = customer.first; number < end; number++) {
            if (!customer.answered.contains(number)) {
                send(customer, number);
            }
        }
        done(customer);
    }

    private void done(Customer customer) {
        customer.underWay--;
        if (customer.underWay == 0) {
            customer.next();
            idle.add(customer);
            burst(idle.remove());
        }
    }

    private void send(Customer customer, long number) {
        String name = customer.account + " " + number;
        CrashChild.say("S " + name);
        customer.underWay++;
        accounts.execute(
                        CrashAccounts.id(customer.account),
                        CrashAccounts.command(customer.account, number),
                        CrashAccounts.options(customer.account, number))
                .onSuccess(outcome -> {
                    CrashChild.say(line(name, outcome));
                    done(customer);
                })
                .onFailure(cause -> CrashChild.failed(name, cause));
    }

    private static String line(String name, Outcome<Account> outcome) {
        String state = name + " " + outcome.version() + " " + outcome.state().balance();
        if (outcome instanceof Outcome.Accepted<Account> accepted) {
            long partition = accepted.position().offsets().firstKey();
            return "A " + state + " " + accepted.repeated() + " " + partition + " "
                    + accepted.position().offset(partition);
        }
        return "R " + state;
    }

    /** An account with its burst of commands. */
    private static final class Customer {

        private final int account;
        private final Set<Long> answered = new TreeSet<>();
        private long first;
        private int underWay;

        Customer(int account, String line) {
            this.account = account;
            String[] numbers = line.split(" ", -1);
            this.first = Long.parseLong(numbers[0]);
            for (int i = 1; i < numbers.length; i++) {
                answered.add(Long.parseLong(numbers[i]));
            }
        }

        void next() {
            first += BURST;
            answered.clear();
        }
    }
}
