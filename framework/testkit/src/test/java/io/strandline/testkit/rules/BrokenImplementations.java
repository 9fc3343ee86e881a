package io.strandline.testkit.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Runs a suite's rules outside of JUnit, against implementations that keep all of them, or break one. */
final class BrokenImplementations {

    private BrokenImplementations() {}

    private static List<Method> rules(Class<?> suite) {
        return Arrays.stream(suite.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .toList();
    }

    /** Number of a rule: what its name begins with. */
    private static String number(Method rule) {
        return rule.getName().substring(0, rule.getName().indexOf('_'));
    }

    /** Numbers of the rules that a fixture breaks. Each rule has its own fixture. */
    private static Set<String> brokenRules(Class<?> suite, Supplier<?> fixtures) {
        Set<String> broken = new TreeSet<>();
        for (Method rule : rules(suite)) {
            try {
                rule.setAccessible(true);
                rule.invoke(fixtures.get());
            } catch (InvocationTargetException e) {
                broken.add(number(rule));
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        return broken;
    }

    /**
     * Checks that a sound implementation keeps every rule, that each defect is noticed by its rule, that each rule has a
     * defect, and that no rule can be replaced or switched off.
     *
     * @param ruleOf the number of the rule that a defect breaks
     * @param fixture makes a fixture with a defect, or without one for null
     */
    static <D extends Enum<D>> void assertEachRuleBites(
            Class<?> suite, D[] defects, Function<D, String> ruleOf, Function<D, ?> fixture, Supplier<?> sound) {
        assertThat(brokenRules(suite, sound))
                .as("rules that a sound one breaks")
                .isEmpty();
        Set<String> covered = new TreeSet<>();
        for (D defect : defects) {
            String rule = ruleOf.apply(defect);
            assertThat(brokenRules(suite, () -> fixture.apply(defect)))
                    .as("rules that notice %s", defect)
                    .contains(rule);
            covered.add(rule);
        }
        assertThat(rules(suite))
                .allMatch(rule -> Modifier.isFinal(rule.getModifiers()))
                .allMatch(rule -> rule.getAnnotations().length == 1);
        assertThat(covered)
                .containsExactlyElementsOf(new TreeSet<>(
                        rules(suite).stream().map(BrokenImplementations::number).toList()));
    }
}
