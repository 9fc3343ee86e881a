package io.strandline.server.impl.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureReferencesTest {

    private final AtomicLong nanos = new AtomicLong();
    private final FailureReferences references = new FailureReferences(nanos::get);

    @Test
    void a_failure_that_comes_again_keeps_its_reference_for_a_while() {
        FailureReferences.Reference first = references.of("shard 0 failed");
        assertThat(first.isNew()).isTrue();
        assertThat(first.text()).matches("[0-9a-f]{8}");
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(FailureReferences.SAME_MINUTES) - 1);
        assertThat(references.of("shard 0 failed")).isEqualTo(new FailureReferences.Reference(first.text(), false));
        assertThat(references.of("shard 1 failed").isNew()).isTrue();
        nanos.addAndGet(1);
        assertThat(references.of("shard 0 failed").isNew()).isTrue();
    }

    @Test
    void no_more_failures_are_remembered_than_the_limit() {
        references.of("the first");
        for (int i = 0; i < FailureReferences.MAX_REMEMBERED; i++) {
            references.of("failure " + i);
        }
        assertThat(references.of("the first").isNew()).isTrue();
    }
}
