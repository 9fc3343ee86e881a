package io.strandline.testkit.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.testkit.linearizability.RegisterCall.Kind;
import io.strandline.testkit.linearizability.RegisterCall.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {

    private static final String INITIAL = "v0";

    @Test
    void calls_one_after_the_other_are_in_order() {
        assertHolds(update("a", 0, 1, 1, "v0", "v1"), read("b", 2, 3, 1, "v1"), cas("a", 4, 5, 1, "v2"));
    }

    @Test
    void a_read_beside_a_write_may_see_either() {
        assertHolds(update("a", 0, 10, 1, "v0", "v1"), read("b", 1, 2, 0, "v0"));
        assertHolds(update("a", 0, 10, 1, "v0", "v1"), read("b", 1, 2, 1, "v1"));
        assertFails(update("a", 0, 10, 1, "v0", "v1"), read("b", 1, 2, 1, "v1"), read("b", 3, 4, 0, "v0"));
    }

    @Test
    void a_lost_update_is_found() {
        // Both were made from revision 0, and both were acknowledged as revision 1.
        assertFails(update("a", 0, 10, 1, "v0", "v1"), update("b", 1, 9, 1, "v0", "w1"));
        // The second one did not see the first one's value.
        assertFails(update("a", 0, 1, 1, "v0", "v1"), update("b", 2, 3, 2, "v0", "w1"));
        assertFails(cas("a", 0, 10, 0, "v1"), cas("b", 0, 10, 0, "w1"));
    }

    @Test
    void a_stale_read_is_found() {
        assertFails(update("a", 0, 1, 1, "v0", "v1"), read("b", 2, 3, 0, "v0"));
    }

    @Test
    void a_read_from_the_future_is_found() {
        assertFails(read("b", 0, 1, 1, "v1"), update("a", 2, 3, 1, "v0", "v1"));
    }

    @Test
    void a_write_that_was_acknowledged_and_then_lost_is_found() {
        assertFails(
                update("a", 0, 1, 1, "v0", "v1"),
                update("b", 2, 3, 2, "v1", "v2"),
                // the cluster forgot revision 2, and gave the number away again
                update("c", 4, 5, 2, "v1", "w2"),
                read("a", 6, 7, 2, "w2"));
        assertFails(update("a", 0, 1, 1, "v0", "v1"), update("b", 2, 3, 2, "v1", "v2"), read("c", 4, 5, 1, "v1"));
    }

    @Test
    void two_values_of_one_revision_are_found() {
        assertFails(unknown("a", 0, "v1"), unknown("b", 0, "w1"), read("c", 5, 9, 1, "v1"), read("d", 5, 9, 1, "w1"));
    }

    @Test
    void a_call_of_unknown_outcome_may_take_effect_at_any_later_time_or_never() {
        assertHolds(unknown("a", 0, "v1"), read("b", 5, 6, 0, "v0"));
        assertHolds(unknown("a", 0, "v1"), read("b", 5, 6, 0, "v0"), read("b", 7, 8, 1, "v1"));
        assertFails(read("b", 5, 6, 1, "v1"), unknown("a", 7, "v1"));
        assertFails(unknown("a", 0, "v1"), read("b", 5, 6, 1, "v1"), read("b", 7, 8, 0, "v0"));
        // Once only.
        assertFails(
                unknown("a", 0, "v1"),
                read("b", 5, 6, 1, "v1"),
                update("c", 7, 8, 2, "v1", "v2"),
                read("b", 9, 10, 3, "v1"));
    }

    @Test
    void a_hole_between_answered_writes_is_filled_by_a_call_of_unknown_outcome_or_not_at_all() {
        assertHolds(update("a", 0, 1, 1, "v0", "v1"), unknown("b", 2, "v2"), update("a", 3, 4, 3, "v2", "v3"));
        assertHolds(unknownCas("b", 0, 1, "v2"), cas("a", 1, 2, 0, "v1"), cas("a", 3, 4, 2, "v3"));
        assertFails(cas("a", 0, 2, 0, "v1"), unknownCas("b", 0, 0, "v2"), cas("a", 3, 4, 2, "v3"));
        assertFails(update("a", 0, 1, 1, "v0", "v1"), update("a", 3, 4, 3, "v2", "v3"));
        assertFails(update("a", 0, 1, 1, "v0", "v1"), update("a", 3, 4, 3, "v2", "v3"), unknown("b", 5, "v2"));
    }

    @Test
    void a_refusal_needs_a_moment_at_another_revision() {
        assertHolds(refused("a", 0, 1, 5));
        assertHolds(update("a", 0, 10, 1, "v0", "v1"), refused("b", 2, 3, 0));
        assertHolds(update("a", 0, 10, 1, "v0", "v1"), refused("b", 2, 3, 1));
        assertFails(refused("b", 2, 3, 0), update("a", 5, 10, 1, "v0", "v1"));
        assertFails(update("a", 0, 1, 1, "v0", "v1"), refused("b", 2, 3, 1));
    }

    @Test
    void what_it_says_of_a_violation_names_the_calls() {
        Verdict verdict = LinearizabilityChecker.check(
                List.of(update("a", 0, 1, 1, "v0", "v1"), read("b", 2, 3, 0, "v0")), INITIAL);
        assertThat(verdict.toString())
                .contains("at revision 1", "a UPDATE of v0 to v1", "b READ: OK revision 0 value v0");
    }

    @Test
    void long_histories_take_no_search() {
        Random random = new Random(7);
        List<RegisterCall> history = run(random, 20_000, 24);
        assertThat(LinearizabilityChecker.check(history, INITIAL)).isInstanceOf(Verdict.Linearizable.class);
        RegisterCall some = history.stream()
                .filter(call -> call.outcome() == Outcome.OK && call.kind() == Kind.READ && call.revision() > 5_000)
                .findFirst()
                .orElseThrow();
        List<RegisterCall> stale = new ArrayList<>(history);
        stale.remove(some);
        stale.add(read("stale", some.returnedNanos() + 1_000, some.returnedNanos() + 1_001, 1, "w1"));
        assertThat(LinearizabilityChecker.check(stale, INITIAL)).isInstanceOf(Verdict.Violated.class);
    }

    /** Small histories, right ones and damaged ones, against a search through all orders. */
    @Test
    void it_agrees_with_a_search_through_all_orders() {
        int[] verdicts = new int[2];
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            List<RegisterCall> history = run(random, 2 + random.nextInt(5), 3);
            boolean damaged = random.nextInt(3) > 0;
            if (damaged) {
                damage(history, random);
            }
            boolean expected = anyOrder(new ArrayList<>(history), 0, INITIAL);
            Verdict verdict = LinearizabilityChecker.check(history, INITIAL);
            assertThat(verdict instanceof Verdict.Linearizable)
                    .as("seed %d: %s, %s", seed, history, verdict)
                    .isEqualTo(expected);
            assertThat(expected || damaged).as("seed %d", seed).isTrue();
            verdicts[expected ? 0 : 1]++;
        }
        assertThat(verdicts[0]).isGreaterThan(1_000);
        assertThat(verdicts[1]).isGreaterThan(1_000);
    }

    /** A register that is one, with overlapping calls whose effect comes somewhere between their two ends. */
    private static List<RegisterCall> run(Random random, int calls, int clients) {
        record Effect(int client, long at, long from, long to) {}
        List<Effect> effects = new ArrayList<>();
        long[] free = new long[clients];
        for (int i = 0; i < calls; i++) {
            int client = random.nextInt(clients);
            long from = free[client] + random.nextInt(3);
            long at = from + random.nextInt(8);
            long to = at + random.nextInt(8);
            free[client] = to + 1;
            effects.add(new Effect(client, at, from, to));
        }
        effects.sort(Comparator.comparingLong(Effect::at));
        List<RegisterCall> history = new ArrayList<>();
        long revision = 0;
        String value = INITIAL;
        for (Effect effect : effects) {
            String client = "c" + effect.client();
            String written = "w" + (history.size() + 1);
            boolean unanswered = random.nextInt(6) == 0;
            boolean effective = !unanswered || random.nextBoolean();
            switch (random.nextInt(4)) {
                case 0 -> history.add(read(client, effect.from(), effect.to(), revision, value));
                case 1 -> {
                    long expected = Math.max(0, revision - random.nextInt(2));
                    boolean taken = expected == revision;
                    if (unanswered) {
                        history.add(unknownCas(client, effect.from(), expected, written));
                    } else if (taken) {
                        history.add(cas(client, effect.from(), effect.to(), expected, written));
                    } else {
                        history.add(refused(client, effect.from(), effect.to(), expected));
                    }
                    if (taken && effective) {
                        revision++;
                        value = written;
                    }
                }
                default -> {
                    if (unanswered) {
                        history.add(unknown(client, effect.from(), written));
                    } else {
                        history.add(update(client, effect.from(), effect.to(), revision + 1, value, written));
                    }
                    if (effective) {
                        revision++;
                        value = written;
                    }
                }
            }
        }
        return history;
    }

    /** Changes one answer. */
    private static void damage(List<RegisterCall> history, Random random) {
        int index = random.nextInt(history.size());
        RegisterCall call = history.get(index);
        if (call.outcome() != Outcome.OK) {
            history.remove(index);
            return;
        }
        long other = Math.max(0, call.revision() + random.nextInt(3) - 1);
        if (call.kind() == Kind.READ) {
            history.set(
                    index,
                    read(call.client(), call.invokedNanos(), call.returnedNanos(), other, "w" + random.nextInt(6)));
        } else if (random.nextBoolean()) {
            history.remove(index);
        } else {
            history.set(
                    index,
                    update(
                            call.client(),
                            call.invokedNanos(),
                            call.returnedNanos(),
                            other,
                            "w" + random.nextInt(6),
                            Objects.requireNonNull(call.written())));
        }
    }

    private static boolean anyOrder(List<RegisterCall> rest, long revision, @Nullable String value) {
        if (rest.stream().allMatch(call -> call.outcome() == Outcome.UNKNOWN)) {
            return true;
        }
        long firstEnd =
                rest.stream().mapToLong(RegisterCall::returnedNanos).min().orElseThrow();
        for (RegisterCall call : List.copyOf(rest)) {
            if (call.invokedNanos() > firstEnd) {
                continue;
            }
            boolean write = call.written() != null && call.outcome() != Outcome.REFUSED;
            boolean answered = call.outcome() == Outcome.OK;
            boolean fits =
                    switch (call.kind()) {
                        case READ -> call.revision() == revision && Objects.equals(call.read(), value);
                        case UPDATE ->
                            !answered || (call.revision() == revision + 1 && Objects.equals(call.seen(), value));
                        case COMPARE_AND_SET ->
                            call.outcome() == Outcome.REFUSED
                                    ? call.expected() != revision
                                    : call.expected() == revision && (!answered || call.revision() == revision + 1);
                    };
            if (fits) {
                List<RegisterCall> others = new ArrayList<>(rest);
                others.remove(call);
                if (anyOrder(others, write ? revision + 1 : revision, write ? call.written() : value)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void assertHolds(RegisterCall... history) {
        assertThat(LinearizabilityChecker.check(List.of(history), INITIAL)).isInstanceOf(Verdict.Linearizable.class);
    }

    private static void assertFails(RegisterCall... history) {
        assertThat(LinearizabilityChecker.check(List.of(history), INITIAL)).isInstanceOf(Verdict.Violated.class);
    }

    private static RegisterCall read(String client, long from, long to, long revision, String value) {
        return new RegisterCall(client, Kind.READ, 0, null, null, from, to, Outcome.OK, revision, value);
    }

    private static RegisterCall update(String client, long from, long to, long revision, String seen, String written) {
        return new RegisterCall(client, Kind.UPDATE, 0, seen, written, from, to, Outcome.OK, revision, null);
    }

    private static RegisterCall cas(String client, long from, long to, long expected, String written) {
        return new RegisterCall(
                client, Kind.COMPARE_AND_SET, expected, null, written, from, to, Outcome.OK, expected + 1, null);
    }

    private static RegisterCall refused(String client, long from, long to, long expected) {
        return new RegisterCall(client, Kind.COMPARE_AND_SET, expected, null, null, from, to, Outcome.REFUSED, 0, null);
    }

    private static RegisterCall unknown(String client, long from, String written) {
        return new RegisterCall(
                client, Kind.UPDATE, 0, null, written, from, RegisterCall.NEVER, Outcome.UNKNOWN, 0, null);
    }

    private static RegisterCall unknownCas(String client, long from, long expected, String written) {
        return new RegisterCall(
                client,
                Kind.COMPARE_AND_SET,
                expected,
                null,
                written,
                from,
                RegisterCall.NEVER,
                Outcome.UNKNOWN,
                0,
                null);
    }
}
