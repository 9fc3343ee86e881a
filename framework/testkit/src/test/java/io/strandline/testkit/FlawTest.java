package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.spi.LogRules;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlawTest {

    /** A rule that no flaw replaces is one whose loss no simulation is known to notice. */
    @Test
    void everyRuleOfALogIsMissingInSomeFlaw() {
        List<String> kept = new ArrayList<>();
        for (Method rule : LogRules.class.getDeclaredMethods()) {
            if (Modifier.isPublic(rule.getModifiers()) && !rule.isSynthetic() && !isReplaced(rule)) {
                kept.add(rule.getName());
            }
        }
        assertThat(kept).isEmpty();
    }

    private static boolean isReplaced(Method rule) {
        for (Flaw flaw : Flaw.values()) {
            for (Method replaced : flaw.rules().getClass().getDeclaredMethods()) {
                if (flaw.rules() != LogRules.STANDARD && replaced.getName().equals(rule.getName())) {
                    return true;
                }
            }
        }
        return false;
    }
}
