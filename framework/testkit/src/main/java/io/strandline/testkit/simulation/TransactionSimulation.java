package io.strandline.testkit.simulation;

import io.strandline.testkit.Flaw;
import io.strandline.testkit.simulation.model.Invariant;
import java.util.EnumSet;
import java.util.Set;

/**
 * One run of a log in simulated environment that applications use by transactions, decided by one seed. Begins, writes,
 * pings, commits, aborts and leases go on while the power is cut, the process ends and the disk fails. The readable
 * events are compared with the requested ones.
 *
 * <p>A run that breaks an {@link Invariant} throws {@link SimulationFailure} with its seed, and the same seed breaks it
 * again.
 */
public final class TransactionSimulation {

    private static final int TRACED_LINES = Integer.getInteger("strandline.trace", 100);

    private final long seed;
    private Flaw flaw = Flaw.NONE;
    private final Set<StreamChange> changes = EnumSet.noneOf(StreamChange.class);

    public TransactionSimulation(long seed) {
        this.seed = seed;
    }

    /**
     * What happened in one run: proof that it was worth running.
     *
     * @param steps tasks that the log ran
     * @param openings times that the log was opened
     * @param committed transactions whose commit was confirmed
     * @param aborted transactions that were aborted, or whose lease ended
     * @param scalings splits and merges
     */
    public record Report(long steps, int openings, long committed, long aborted, int scalings) {}

    /** Runs a log that has a flaw, to prove that it is noticed. */
    public TransactionSimulation flaw(Flaw some) {
        flaw = some;
        return this;
    }

    /** Runs with streams that are split and merged meanwhile. */
    public TransactionSimulation scaling() {
        changes.add(StreamChange.SCALING);
        return this;
    }

    /**
     * Runs to the end.
     *
     * @throws SimulationFailure if an invariant was broken. The message holds the last calls and answers
     */
    public Report run() {
        try {
            return new TransactionRun(seed, flaw, changes, new Trace(0)).toTheEnd();
        } catch (SimulationFailure first) {
            // Most runs only have to pass, so that lines are written only for those that have not.
            new TransactionRun(seed, flaw, changes, new Trace(TRACED_LINES)).toTheEnd();
            throw first;
        }
    }
}
