package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Deposited;
import io.strandline.processing.aggregate.Bank.Event;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.Bank.Withdrawn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What killed processes were told about their commands, and whether an account's history agrees with all of it. */
final class AggregateCrashLedger {

    /** What a process was told. */
    private record Answer(
            boolean accepted, boolean repeated, long version, long balance, long partition, long offset) {}

    /** A command as the history has it: its version, and where its last event is. */
    record Executed(int account, long number, long version, long partition, long offset) {}

    /** What a history comes to. */
    record Fold(long version, long balance, List<Executed> executed) {}

    private final List<Told> accounts = new ArrayList<>();
    final List<String> failures = new ArrayList<>();
    private int accepted;
    private int rejected;
    private int repeated;

    AggregateCrashLedger() {
        for (int account = 0; account < CrashAccounts.ACCOUNTS; account++) {
            accounts.add(new Told());
        }
    }

    /** Of one account. */
    private static final class Told {
        /** Command → the newest version that was told before it was sent last. */
        private final Map<Long, Long> sent = new HashMap<>();

        private final Map<Long, Answer> answers = new HashMap<>();
        private long newest;
        /** The first command without an answer. */
        private long first;
    }

    int accepted() {
        return accepted;
    }

    int rejected() {
        return rejected;
    }

    /** Commands that a process had executed and a later one was told of. */
    int repeated() {
        return repeated;
    }

    // ---- what a process says

    /** Takes a line. Returns true if it is an answer. */
    boolean take(String line) {
        String[] words = line.split(" ", -1);
        if (!line.endsWith(" .") || words[0].equals("O")) {
            return false;
        }
        if (words[0].equals("F")) {
            failures.add(line);
            return false;
        }
        Told told = accounts.get(Integer.parseInt(words[1]));
        long number = Long.parseLong(words[2]);
        if (words[0].equals("S")) {
            told.sent.put(number, told.newest);
            return false;
        }
        boolean isAccepted = words[0].equals("A");
        Answer answer = new Answer(
                isAccepted,
                isAccepted && Boolean.parseBoolean(words[5]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                isAccepted ? Long.parseLong(words[6]) : -1,
                isAccepted ? Long.parseLong(words[7]) : -1);
        if (told.answers.put(number, answer) != null) {
            failures.add("answered twice: " + line);
        }
        accepted += isAccepted ? 1 : 0;
        rejected += isAccepted ? 0 : 1;
        repeated += answer.repeated() ? 1 : 0;
        told.newest = Math.max(told.newest, answer.version());
        while (told.answers.containsKey(told.first)) {
            told.first++;
        }
        return true;
    }

    /** For each account the line with which the next process goes on. */
    List<String> progress() {
        return accounts.stream()
                .map(told -> told.first
                        + told.answers.keySet().stream()
                                .filter(number -> number > told.first)
                                .sorted()
                                .map(number -> " " + number)
                                .collect(Collectors.joining()))
                .toList();
    }

    // ---- what the log has

    /** Holds the history of an account to the commands and to what was told of them. */
    Fold check(int account, List<EventRecord<Event>> history) {
        Told told = accounts.get(account);
        List<Long> balances = new ArrayList<>(List.of(0L));
        Map<Long, Executed> executed = new HashMap<>();
        List<Executed> inOrder = new ArrayList<>();
        for (int at = 0; at < history.size(); ) {
            String id = String.valueOf(history.get(at).headers().text(CommandOptions.COMMAND_ID));
            long number = Long.parseLong(id.substring(id.indexOf('#') + 1));
            assertThat(id).isEqualTo(CrashAccounts.options(account, number).getCommandId());
            assertThat(told.sent).as("command %s was sent", id).containsKey(number);
            for (Event expected : events(CrashAccounts.command(account, number), balances.get(at))) {
                assertThat(at).as("events of command %s", id).isLessThan(history.size());
                assertThat(history.get(at).event()).as("command %s", id).isEqualTo(expected);
                assertThat(history.get(at).headers().text(CommandOptions.COMMAND_ID))
                        .isEqualTo(id);
                balances.add(balances.get(at) + change(expected));
                at++;
            }
            EventRecord<Event> last = history.get(at - 1);
            Executed command = new Executed(account, number, at, last.partition(), last.offset() + 1);
            assertThat(executed.put(number, command))
                    .as("command %s is executed once", id)
                    .isNull();
            inOrder.add(command);
        }
        told.answers.forEach((number, answer) -> check(account, told, number, answer, executed.get(number), balances));
        long version = history.size();
        return new Fold(version, balances.get(history.size()), inOrder);
    }

    private static void check(
            int account, Told told, long number, Answer answer, @Nullable Executed executed, List<Long> balances) {
        String what = "command " + number + ", told " + answer;
        if (answer.accepted()) {
            assertThat(executed)
                    .as(what)
                    .isEqualTo(new Executed(account, number, answer.version(), answer.partition(), answer.offset()));
        } else {
            assertThat(executed).as(what).isNull();
            assertThat(answer.version()).as(what).isLessThan(balances.size());
        }
        if (!answer.repeated()) {
            assertThat(answer.version()).as(what).isGreaterThanOrEqualTo(told.sent.get(number));
            assertThat(answer.balance()).as(what).isEqualTo(balances.get((int) answer.version()));
        }
    }

    /** What a command must lead to. Fails if the balance does not cover it. */
    private static List<Event> events(Command command, long balance) {
        List<Event> events;
        if (command instanceof Deposit deposit) {
            events = List.of(new Deposited(deposit.amount()));
        } else if (command instanceof Withdraw withdraw) {
            events = List.of(new Withdrawn(withdraw.amount()));
        } else if (command instanceof Pay pay) {
            events = List.of(new Withdrawn(pay.amount()), new Withdrawn(pay.fee()));
        } else {
            throw new AssertionError(command);
        }
        assertThat(balance
                        + events.stream()
                                .mapToLong(AggregateCrashLedger::change)
                                .sum())
                .as("%s on a balance of %s", command, balance)
                .isNotNegative();
        return events;
    }

    private static long change(Event event) {
        return event instanceof Deposited deposited ? deposited.amount() : -((Withdrawn) event).amount();
    }
}
