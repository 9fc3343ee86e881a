package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.FaultyPort.Fate;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Owners take over from each other, appends get lost or are not answered, partitions are split and merged, all by seed. No answer is
 * older than what was accepted before the call, and each command is executed once.
 */
class AggregateSeedsTest extends OnBankLog {

    private static final int IDS = 4;
    private static final int STEPS = 60;
    private static final long INSIST_SECONDS = 20;
    private static final List<Fate> FATES = List.of(Fate.TAKEN, Fate.TAKEN, Fate.TAKEN, Fate.LOST, Fate.UNANSWERED);

    private static final int MAX_MEMBERS = 4;
    private static final long LEASE_MILLIS = 150;

    private final long[] accepted = new long[IDS];
    private final long[] commands = new long[IDS];
    private final List<Aggregates<Command, Account>> owners = new ArrayList<>();
    private final List<BankMember> members = new ArrayList<>();
    private final Set<BankMember> silent = new HashSet<>();
    private @Nullable FaultyPort between;
    private Random random = new Random();
    private long seed;

    private FaultyPort faulty() {
        return Objects.requireNonNull(between);
    }

    /** A call with what was accepted before it. */
    private record Asked(int id, long before, CommandOptions options, Future<?> answer) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void no_answer_is_stale_and_no_command_is_executed_twice(long seed) {
        this.seed = seed;
        random = new Random(seed);
        between = new FaultyPort(port);
        takeOver();
        for (int step = 0; step < STEPS; step++) {
            int kind = random.nextInt(20);
            if (kind == 0) {
                takeOver();
            } else if (kind == 1) {
                scale();
            } else {
                burst(1 + random.nextInt(6));
            }
        }
        takeOver();
        checkStates(owners.get(owners.size() - 1));
    }

    /** Members come and leave, and some are not heard any more and go on, while partitions move, are split and merged. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void members_that_share_answer_nothing_stale_and_execute_no_command_twice(long seed) {
        this.seed = seed;
        random = new Random(seed);
        between = new FaultyPort(port);
        come();
        come();
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(24)) {
                case 0 -> come();
                case 1 -> leave();
                case 2, 3 -> silence();
                case 4 -> hearAll();
                case 5 -> scale();
                default -> burst(1 + random.nextInt(6));
            }
        }
        hearAll();
        owners.forEach(this::checkStates);
    }

    private void come() {
        if (members.size() == MAX_MEMBERS) {
            return;
        }
        BankMember member = BankMember.deploy(vertx, other(faulty().asPort()), shared());
        members.add(member);
        owners.add(member.accounts());
    }

    private AggregateOptions shared() {
        return options()
                .setAddress("bank.accounts")
                .setLeaseMillis(LEASE_MILLIS)
                .setPartitions(4)
                .setRetryTimeoutMillis(2_000)
                .setSnapshotEvents(1 + random.nextInt(10))
                .setHotAggregates(1 + random.nextInt(4))
                .setOwners(1 + random.nextInt(2));
    }

    /** One that can say so leaves, if another one stays that does. */
    private void leave() {
        List<BankMember> heard = heard();
        if (heard.size() > 1) {
            BankMember leaving = heard.get(random.nextInt(heard.size()));
            members.remove(leaving);
            owners.remove(leaving.accounts());
            leaving.undeploy();
        }
    }

    /** One goes on without being heard. At least one is heard. */
    private void silence() {
        List<BankMember> heard = heard();
        if (heard.size() > 1) {
            BankMember quiet = heard.get(random.nextInt(heard.size()));
            quiet.pause();
            silent.add(quiet);
        }
    }

    private void hearAll() {
        silent.forEach(BankMember::resume);
        silent.clear();
    }

    private List<BankMember> heard() {
        return members.stream().filter(member -> !silent.contains(member)).toList();
    }

    /** What was executed, by the answers of one that owns or knows who does. */
    private void checkStates(Aggregates<Command, Account> last) {
        for (int id = 0; id < IDS; id++) {
            assertThat(insistOnState(last, name(id)))
                    .as("seed %s", seed)
                    .isEqualTo(new AggregateState<>(new Account(commands[id], (int) commands[id]), commands[id]));
        }
    }

    /** Members that were silent may be claiming again. */
    private AggregateState<Account> insistOnState(Aggregates<Command, Account> owner, String id) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(INSIST_SECONDS);
        while (true) {
            try {
                return get(owner.state(id));
            } catch (StrandlineException.Unavailable e) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("seed " + seed + ": no state of " + id, e);
                }
            }
        }
    }

    private static String name(int id) {
        return "account-" + id;
    }

    private void takeOver() {
        AggregateOptions options = options()
                .setRetryTimeoutMillis(1_000)
                .setSnapshotEvents(1 + random.nextInt(10))
                .setHotAggregates(1 + random.nextInt(4))
                .setOwners(1 + random.nextInt(2));
        owners.add(accounts(other(faulty().asPort()), options));
        if (owners.size() > 3) {
            owners.remove(0);
        }
    }

    private void scale() {
        Set<Long> open = new TreeSet<>();
        get(log.catalog().describe(ACCOUNTS)).partitions().forEach(partition -> open.add(partition.id()));
        get(log.catalog().scale(ACCOUNTS, open, KeyRange.equalRanges(1 + random.nextInt(3))));
    }

    private void burst(int calls) {
        List<Asked> asked = new ArrayList<>();
        faulty().fate(FATES.get(random.nextInt(FATES.size())));
        Aggregates<Command, Account> owner = owners.get(random.nextInt(owners.size()));
        for (int i = 0; i < calls; i++) {
            asked.add(ask(owner));
        }
        Asked last = asked.get(asked.size() - 1);
        if (random.nextBoolean()) {
            last.answer().onComplete(done -> faulty().fate(Fate.TAKEN));
        }
        // Appends are repeated for a while: some get through by then, others are given up.
        vertx.setTimer(random.nextInt(30) + 1, late -> faulty().fate(Fate.TAKEN));
        asked.forEach(this::check);
    }

    private Asked ask(Aggregates<Command, Account> owner) {
        int id = random.nextInt(IDS);
        long before = accepted[id];
        int kind = random.nextInt(4);
        if (kind == 0) {
            return new Asked(id, before, new CommandOptions(), owner.state(name(id)));
        }
        if (kind == 1) {
            return new Asked(id, before, new CommandOptions(), owner.execute(name(id), new Withdraw(1_000_000)));
        }
        CommandOptions once = new CommandOptions().setCommandId(name(id) + "-" + ++commands[id]);
        return new Asked(id, before, once, owner.execute(name(id), new Deposit(1), once));
    }

    private void check(Asked asked) {
        Object answer;
        try {
            answer = get(asked.answer());
        } catch (StrandlineException refused) {
            answer = null;
        }
        String what = "seed " + seed + ", " + name(asked.id()) + ": " + answer;
        if (answer instanceof AggregateState<?> state) {
            assertThat(state.version()).as(what).isGreaterThanOrEqualTo(asked.before());
        } else if (answer instanceof Outcome.Rejected<?> rejected) {
            assertThat(rejected.version()).as(what).isGreaterThanOrEqualTo(asked.before());
        }
        if (asked.options().getCommandId() == null) {
            return;
        }
        faulty().fate(Fate.TAKEN);
        Outcome<?> outcome = answer instanceof Outcome<?> given ? given : insist(asked);
        assertThat(outcome.version()).as(what).isGreaterThan(asked.before());
        accepted[asked.id()] = Math.max(accepted[asked.id()], outcome.version());
    }

    /** Sends a command to the newest owner, or to a member that is heard, again until it is answered. */
    private Outcome<?> insist(Asked asked) {
        Aggregates<Command, Account> newest = members.isEmpty()
                ? owners.get(owners.size() - 1)
                : heard().get(0).accounts();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(INSIST_SECONDS);
        while (true) {
            try {
                return get(newest.execute(name(asked.id()), new Deposit(1), asked.options()));
            } catch (StrandlineException.Unavailable | StrandlineException.Unknown e) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("seed " + seed + ": no answer for " + asked, e);
                }
            }
        }
    }
}
