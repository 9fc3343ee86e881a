package io.strandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TransientFailureTest {

    @Test
    void four_kinds_may_pass_and_all_others_come_again() throws ReflectiveOperationException {
        Set<String> passing = new TreeSet<>();
        for (Class<?> kind : StrandlineException.class.getPermittedSubclasses()) {
            StrandlineException failure =
                    (StrandlineException) kind.getConstructor(String.class).newInstance("seen in a test");
            assertThat(StrandlineException.isTransient(failure)).isEqualTo(failure.isTransient());
            if (failure.isTransient()) {
                passing.add(kind.getSimpleName());
            }
        }
        assertThat(passing).containsExactly("NotOwner", "Overloaded", "Unavailable", "Unknown");
    }

    @Test
    void what_other_code_threw_is_not_judged() {
        assertThat(StrandlineException.isTransient(null)).isFalse();
        assertThat(StrandlineException.isTransient(new IllegalStateException())).isFalse();
    }
}
