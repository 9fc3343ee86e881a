package io.strandline.testkit.simulation;

import io.strandline.testkit.simulation.model.Invariant;
import org.jspecify.annotations.Nullable;

/** An invariant was broken. The message holds the seed that shows it again. */
public final class SimulationFailure extends AssertionError {

    private static final long serialVersionUID = 1L;

    private final Invariant invariant;
    private final long seed;

    SimulationFailure(Invariant invariant, long seed, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.invariant = invariant;
        this.seed = seed;
    }

    public Invariant invariant() {
        return invariant;
    }

    public long seed() {
        return seed;
    }
}
