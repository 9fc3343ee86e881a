package io.strandline.testkit.simulation;

import io.strandline.log.EmbeddedLog;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.simulation.model.Invariant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One run of a whole log in simulated environment, decided by one seed. Writers, readers and changes of the catalog go
 * on while the power is cut, the process ends, and the disk fails and fills. Whenever the log opens again, everything in
 * it is read and compared with a model of its promises.
 *
 * <p>A run that breaks an {@link Invariant} throws {@link SimulationFailure} with its seed, and the same seed breaks it
 * again.
 */
public final class LogSimulation {

    private static final int TRACED_LINES = Integer.getInteger("strandline.trace", 100);

    private final long seed;
    private LogOpening opening = EmbeddedLog::open;
    private Flaw flaw = Flaw.NONE;
    private final Set<StreamChange> changes = EnumSet.noneOf(StreamChange.class);
    private boolean forcesIgnored;
    private boolean directoryForcesIgnored;
    private boolean queued;

    public LogSimulation(long seed) {
        this.seed = seed;
    }

    /** Runs another log than the embedded one. */
    public LogSimulation opening(LogOpening other) {
        opening = other;
        return this;
    }

    /** Runs a log that has a flaw, to prove that it is noticed. */
    public LogSimulation flaw(Flaw some) {
        flaw = some;
        return this;
    }

    /** Runs with streams to which this happens too. */
    public LogSimulation with(StreamChange... some) {
        changes.addAll(List.of(some));
        return this;
    }

    /** Runs on a disk that does not force files, to prove that it is noticed. */
    public LogSimulation ignoreForces() {
        forcesIgnored = true;
        return this;
    }

    /** Runs on a disk that does not force directories, to prove that it is noticed. */
    public LogSimulation ignoreDirectoryForces() {
        directoryForcesIgnored = true;
        return this;
    }

    /** Runs with shards that queue each task, for seeds that failed so. */
    public LogSimulation queued() {
        queued = true;
        return this;
    }

    /**
     * Runs to the end.
     *
     * @return the events of the run
     * @throws SimulationFailure if an invariant was broken. The message holds the last calls and answers
     */
    public SimulationReport run() {
        try {
            return runOnce(0);
        } catch (SimulationFailure first) {
            // Most runs only have to pass, so that lines are written only for those that have not.
            runOnce(TRACED_LINES);
            throw new SimulationFailure(
                    first.invariant(),
                    seed,
                    first.getMessage() + "\nIt did not fail again: the run depends on more than" + " its seed.",
                    first);
        }
    }

    private SimulationReport runOnce(int tracedLines) {
        SimulationRun run = new SimulationRun(seed, opening, flaw, changes, new Trace(tracedLines));
        if (forcesIgnored) {
            run.disk().faults().ignoreForces();
        }
        if (directoryForcesIgnored) {
            run.disk().faults().ignoreDirectoryForces();
        }
        if (queued) {
            run.queueAlways();
        }
        return run.toTheEnd();
    }
}
