package io.strandline.testkit.simulation;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first broken invariant. It is thrown between steps only: thrown where it is noticed, inside a callback of
 * the log, it could be swallowed there.
 */
final class Violations {

    /** A broken invariant. */
    record Violation(
            Invariant invariant, String details, @Nullable Throwable cause) {}

    private @Nullable Violation first;

    void report(Invariant invariant, String details) {
        report(invariant, details, null);
    }

    void report(Invariant invariant, String details, @Nullable Throwable cause) {
        if (first == null) {
            first = new Violation(invariant, details, cause);
        }
    }

    /** Reports unless the condition holds. */
    void require(boolean condition, Invariant invariant, Supplier<String> details) {
        if (!condition) {
            report(invariant, details.get());
        }
    }

    @Nullable
    Violation first() {
        return first;
    }
}
