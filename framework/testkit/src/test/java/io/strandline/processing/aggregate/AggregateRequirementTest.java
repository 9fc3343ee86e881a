package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.processing.aggregate.Bank.Touch;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that rest on what other aggregates of their partition are like. */
class AggregateRequirementTest extends OnBankLog {

    private static final String ADDRESS = "bank.accounts";

    private Aggregates<Command, Account> open(int hotAggregates) {
        AggregateOptions one = options().setPartitions(1).setOwners(1).setHotAggregates(hotAggregates);
        return get(Aggregates.open(vertx, log, Bank.REACHABLE, one.setAddress(ADDRESS)));
    }

    private static CommandOptions unchanged(String id, long version) {
        return new CommandOptions().requireUnchanged(id, version);
    }

    private static CommandOptions noWithdrawal(String id, long version) {
        return new CommandOptions().requireNoEvent(id, "withdrawn", version);
    }

    private static void assertConflict(Future<?> call, String message) {
        assertThat(failure(call))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining(message);
    }

    @Test
    void an_aggregate_that_has_changed_is_a_conflict_whether_it_is_in_memory_or_not() {
        Aggregates<Command, Account> accounts = open(100);
        accepted(accounts.execute("bert", new Deposit(1)));
        assertConflict(
                accounts.execute("anna", new Deposit(1), unchanged("bert", 0)),
                "a command for anna of bank/accounts rests on bert at version 0, which has version 1");
        accepted(accounts.execute("anna", new Deposit(1), unchanged("bert", 1)));
        accepted(accounts.execute("anna", new Deposit(1), unchanged("nobody", 0)));
        reopen();
        Aggregates<Command, Account> cold = open(1);
        assertConflict(cold.execute("anna", new Touch(), unchanged("bert", 0)), "version 1");
        assertConflict(cold.execute("anna", new Deposit(1), unchanged("bert", 2)), "version 1");
        accepted(cold.execute("anna", new Deposit(1), unchanged("bert", 1).requireUnchanged("carl", 0)));
        assertThat(get(cold.state("anna")).version()).isEqualTo(3);
    }

    /** The first is on its way to the disk when the second is decided. */
    @Test
    void what_is_on_its_way_to_the_disk_counts() {
        Aggregates<Command, Account> accounts = open(100);
        accepted(accounts.execute("anna", new Deposit(1)));
        accepted(accounts.execute("bert", new Deposit(1)));
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            calls.add(accounts.execute("anna", new Withdraw(1), unchanged("bert", 1)));
            calls.add(accounts.execute("bert", new Withdraw(1), unchanged("anna", 1)));
            return Future.succeededFuture();
        });
        accepted(calls.get(0));
        assertConflict(calls.get(1), "rests on anna at version 1, which has version 2");
    }

    /** What is pushed out of memory and comes back is another object, of which the command that waits would not hear. */
    @Test
    void what_a_command_rests_on_stays_in_memory_until_it_is_decided() {
        Aggregates<Command, Account> accounts = open(1);
        accepted(accounts.execute("bert", new Deposit(1)));
        Promise<Void> proof = Promise.promise();
        Future<Outcome<Account>> waits = accounts.execute("anna", new Deposit(1), unchanged("bert", 1), proof::future);
        for (int i = 0; i < 5; i++) {
            accepted(accounts.execute("account-" + i, new Deposit(1)));
        }
        accepted(accounts.execute("bert", new Deposit(1)));
        proof.complete();
        assertConflict(waits, "rests on bert at version 1, which has version 2");
        for (int i = 0; i < 5; i++) {
            accepted(accounts.execute("account-" + i, new Deposit(1)));
        }
        long rebuilt = accounts.statistics().rebuilt();
        assertThat(get(accounts.state("bert")).version()).isEqualTo(2);
        assertThat(accounts.statistics().rebuilt()).as("it may go when it is").isEqualTo(rebuilt + 1);
    }

    @Test
    void events_of_other_types_are_no_conflict() {
        Aggregates<Command, Account> accounts = open(100);
        accepted(accounts.execute("bert", new Deposit(10)));
        accepted(accounts.execute("bert", new Withdraw(1)));
        // What came before it was asked first is not known by type.
        assertConflict(accounts.execute("anna", new Deposit(1), noWithdrawal("bert", 0)), "withdrawn");
        accepted(accounts.execute("bert", new Deposit(1)));
        accepted(accounts.execute("anna", new Deposit(1), noWithdrawal("bert", 2)));
        accepted(accounts.execute("bert", new Pay(1, 1)));
        accepted(accounts.execute("bert", new Deposit(1)));
        assertConflict(accounts.execute("anna", new Deposit(1), noWithdrawal("bert", 3)), "may have had");
        assertConflict(accounts.execute("anna", new Deposit(1), noWithdrawal("bert", 4)), "version 6");
        accepted(accounts.execute("anna", new Deposit(1), noWithdrawal("bert", 5)));
        assertConflict(accounts.execute("anna", new Deposit(1), noWithdrawal("bert", 7)), "version 6");
        // Of its own events too.
        accepted(accounts.execute("bert", new Withdraw(1), noWithdrawal("bert", 5)));
        assertConflict(accounts.execute("bert", new Withdraw(1), noWithdrawal("bert", 5)), "version 7");
    }

    @Test
    void aggregates_of_two_partitions_are_invalid_and_a_repeat_is_answered_all_the_same() {
        Aggregates<Command, Account> accounts = accounts(log, options().setPartitions(16));
        List<Throwable> refused = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Future<Outcome<Account>> call = accounts.execute("anna", new Touch(), unchanged("account-" + i, 0));
            call.onFailure(refused::add);
            get(call.otherwiseEmpty());
        }
        assertThat(refused).isNotEmpty().allSatisfy(cause -> assertThat(cause)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("anna")
                .hasMessageContaining("account-")
                .hasMessageContaining("partition"));
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        accepted(accounts.execute("anna", new Deposit(1), once));
        for (int i = 0; i < 20; i++) {
            assertThat(accepted(accounts.execute(
                                    "anna",
                                    new Deposit(1),
                                    new CommandOptions(once).requireUnchanged("account-" + i, 7)))
                            .repeated())
                    .isTrue();
        }
    }

    /** So a crash that leaves a command in the log leaves all that it rests on there too. */
    @Test
    void what_a_command_rests_on_is_before_it_in_the_log_after_a_merge_too() {
        Aggregates<Command, Account> accounts =
                get(Aggregates.open(vertx, log, Bank.REACHABLE, options().setOwners(1)));
        String lower = idIn(0);
        String upper = idIn(1);
        accepted(accounts.execute(lower, new Deposit(1)));
        accepted(accounts.execute(upper, new Deposit(1)));
        mergeAll();
        get(accounts.state(lower));
        get(accounts.state(upper));
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            for (int i = 0; i < 300; i++) {
                String id = i % 2 == 0 ? lower : upper;
                calls.add(accounts.execute(id, new Deposit(1), unchanged(i % 2 == 0 ? upper : lower, 1 + (i + 1) / 2)));
            }
            return Future.succeededFuture();
        });
        long merged = get(log.catalog().describe(ACCOUNTS)).partitions().get(0).id();
        assertThat(calls.stream().map(call -> accepted(call).position().offset(merged)))
                .isSorted()
                .doesNotHaveDuplicates()
                .doesNotContainNull();
    }

    private String idIn(int partition) {
        KeyRange keys = get(log.catalog().describe(ACCOUNTS))
                .partitions()
                .get(partition)
                .keys();
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "account-" + i)
                .filter(id -> {
                    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
                    return keys.contains(KeyHash.of(bytes, 0, bytes.length));
                })
                .findFirst()
                .orElseThrow();
    }

    private void mergeAll() {
        Set<Long> open = get(log.catalog().describe(ACCOUNTS)).partitions().stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toSet());
        get(log.catalog().scale(ACCOUNTS, open, List.of(KeyRange.ALL)));
    }

    @Test
    void an_aggregate_that_cannot_be_rebuilt_fails_what_rests_on_it() {
        Aggregates<Command, Account> accounts = open(100);
        accepted(accounts.execute("bert", new Deposit(1)));
        get(accounts.close());
        Aggregate<Command, Bank.Event, Account> strange = Bank.named(Aggregate.named("account")
                        .commands(Command.class)
                        .events(Bank.Event.class)
                        .initial(new Account(0, 0))
                        .decide(Command.class, (account, command) -> Decision.nothing())
                        .event("noted", 1, Bank.Noted.class)
                        .event("paid-in", 1, Bank.Deposited.class)
                        .event("paid-out", 1, Bank.Withdrawn.class)
                        .evolve(Bank.Event.class, (account, event) -> account))
                .build();
        Aggregates<Command, Account> other =
                get(Aggregates.open(vertx, log, strange, options().setPartitions(1)));
        assertThat(failure(other.execute("anna", new Touch(), unchanged("bert", 1))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("bert cannot be rebuilt");
        accepted(other.execute("anna", new Touch()));
    }

    @Test
    void requirements_are_bounded_and_their_values_checked() {
        Aggregates<Command, Account> accounts = open(100);
        CommandOptions many = new CommandOptions();
        for (int i = 0; i <= CommandOptions.MAX_REQUIREMENTS; i++) {
            many.requireUnchanged("account-" + i, 0);
        }
        assertThat(failure(accounts.execute("anna", new Touch(), many)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("17");
        assertThat(failure(accounts.execute("anna", new Touch(), unchanged("a/b", 0))))
                .hasMessageContaining("a/b");
        CommandOptions read = new CommandOptions(
                noWithdrawal("bert", 3).requireUnchanged("carl", 1).toJson());
        assertThat(read.getRequirements())
                .containsExactly(new Requirement("bert", "withdrawn", 3), new Requirement("carl", null, 1));
        assertThat(new JsonObject(read.toJson().encode())).isEqualTo(read.toJson());
    }

    /**
     * Both accounts together must cover what either pays. Callers read both and pay from one, at the same time, here and over the event
     * bus, while few aggregates fit into memory. Two that rest on the same states would overdraw.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void two_that_rest_on_each_other_are_never_both_accepted(long seed) {
        Random random = new Random(seed);
        Aggregates<Command, Account> accounts = open(1 + random.nextInt(3));
        Aggregates<Command, Account> remote = get(Aggregates.connect(
                vertx,
                Bank.REACHABLE,
                new AggregateClientOptions().setAddress(ADDRESS).setStream(ACCOUNTS)));
        for (int round = 0; round < 40; round++) {
            List<String> pair = List.of("a-" + round, "b-" + round);
            for (String id : pair) {
                accepted(accounts.execute(id, new Deposit(50)));
            }
            List<Future<Outcome<Account>>> calls = new ArrayList<>();
            for (String id : pair) {
                String other = pair.get(1 - pair.indexOf(id));
                Aggregates<Command, Account> through = random.nextBoolean() ? accounts : remote;
                CommandOptions rests = random.nextBoolean() ? unchanged(other, 1) : noWithdrawal(other, 1);
                calls.add(through.execute(id, new Withdraw(50), rests));
            }
            long taken = calls.stream()
                    .map(call -> get(call.map(Outcome::isAccepted).otherwise(false)))
                    .filter(Boolean::booleanValue)
                    .count();
            assertThat(taken).as("seed %s round %s", seed, round).isEqualTo(1);
        }
    }
}
