package io.strandline.testkit.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.RevisionStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A deliberately broken store for every rule: so it is known that the rule bites. */
class BrokenStoresTest {

    private static final int RULES = 13;
    private static final Map<String, Function<HistoryLimits, RevisionStore>> BROKEN = broken();

    private static Map<String, Function<HistoryLimits, RevisionStore>> broken() {
        Map<String, Function<HistoryLimits, RevisionStore>> all = new LinkedHashMap<>();
        all.put("s1 unconditional", BrokenStore.Unconditional::new);
        all.put("s1 one by one", BrokenStore.OneByOne::new);
        all.put("s2", BrokenStore.Forgetful::new);
        all.put("s3", BrokenStore.NoRepeat::new);
        all.put("s4", BrokenStore.Sure::new);
        all.put("s5 tells nothing", misreading((known, missed) -> new CatchUp(known, List.of())));
        all.put("s5 tells all", misreading((known, missed) -> new CatchUp(Position.NONE, missed.revisions())));
        all.put("s6", misreading((known, missed) -> new CatchUp(known, missed.revisions())));
        all.put("s7", BrokenStore.Generous::new);
        all.put("s8", BrokenStore.Bottomless::new);
        all.put("s9", BrokenStore.Restless::new);
        all.put("s10", BrokenStore.OneName::new);
        all.put("s11 too early", BrokenStore.Early::new);
        all.put("s11 for ever", BrokenStore.Talkative::new);
        all.put("s12", BrokenStore::new); // sound, but in memory, and its fixture says that it is durable
        all.put("s13", BrokenStore.Blind::new);
        return all;
    }

    private static Function<HistoryLimits, RevisionStore> misreading(BiFunction<Position, CatchUp, CatchUp> wrong) {
        return limits -> new BrokenStore.Misread(limits, wrong);
    }

    static Stream<Arguments> brokenStores() {
        return BROKEN.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenStores")
    void a_broken_store_is_caught_by_its_rule(String name, Function<HistoryLimits, RevisionStore> store) {
        String rule = name.split(" ", 2)[0] + "_";
        assertThat(failedRules(rule, store, Set.of(StoreTrait.DURABLE))).isNotEmpty();
    }

    @Test
    void a_sound_store_is_caught_by_none() {
        assertThat(failedRules("s", BrokenStore::new, Set.of())).isEmpty();
    }

    @Test
    void every_rule_is_there_bites_and_cannot_be_skipped() {
        Set<String> expected =
                IntStream.rangeClosed(1, RULES).mapToObj(rule -> "s" + rule).collect(Collectors.toSet());
        Set<String> caught =
                BROKEN.keySet().stream().map(name -> name.split(" ", 2)[0]).collect(Collectors.toSet());
        Set<String> ruled = rules().map(
                        rule -> rule.getName().substring(0, rule.getName().indexOf('_')))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(ruled).isEqualTo(expected);
        assertThat(caught).isEqualTo(expected);
        assertThat(rules()).noneMatch(rule -> rule.isAnnotationPresent(Disabled.class));
        assertThat(rules()).allMatch(rule -> rule.getParameterCount() == 0);
    }

    private static Stream<Method> rules() {
        return Arrays.stream(RevisionStoreRules.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class));
    }

    /** Runs rules, each on a place of its own, and returns those that failed. */
    private static List<String> failedRules(
            String prefix, Function<HistoryLimits, RevisionStore> store, Set<StoreTrait> traits) {
        return rules().filter(rule -> rule.getName().startsWith(prefix))
                .filter(rule -> fails(rule, store, traits))
                .map(Method::getName)
                .toList();
    }

    private static boolean fails(Method rule, Function<HistoryLimits, RevisionStore> store, Set<StoreTrait> traits) {
        RevisionStoreRules rules = new RevisionStoreRules(new OneStore(store, traits)) {};
        try {
            rule.invoke(rules);
            return false;
        } catch (InvocationTargetException failed) {
            return true;
        } catch (IllegalAccessException hidden) {
            throw new AssertionError(hidden);
        }
    }
}
