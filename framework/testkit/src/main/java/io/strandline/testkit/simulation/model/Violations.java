package io.strandline.testkit.simulation.model;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first broken invariant. It is thrown between steps only: thrown where it is noticed, inside a callback of
 * the log, it could be swallowed there.
 */
public final class Violations {

    /** A broken invariant. */
    public record Violation(
            Invariant invariant, String details, @Nullable Throwable cause) {}

    private @Nullable Violation first;

    public void report(Invariant invariant, String details) {
        report(invariant, details, null);
    }

    public void report(Invariant invariant, String details, @Nullable Throwable cause) {
        if (first == null) {
            first = new Violation(invariant, details, cause);
        }
    }

    /** Reports unless the condition holds. */
    public void require(boolean condition, Invariant invariant, Supplier<String> details) {
        if (!condition) {
            report(invariant, details.get());
        }
    }

    @Nullable
    public Violation first() {
        return first;
    }
}
