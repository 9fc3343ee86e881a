package io.strandline.testkit.simulation;

import io.strandline.testkit.Flaw;
import io.strandline.testkit.simulation.client.Sabotage;
import io.strandline.testkit.simulation.model.Invariant;
import io.vertx.core.Vertx;

/**
 * One run of the writers of the API over a log in simulated environment, decided by one seed. Applications open writers,
 * append, flush, end, fail and come back. Between them and the log calls and answers are late, lost and repeated. Meanwhile the
 * power is cut, the log is opened again, partitions are split and merged, and streams are deleted and created again. The
 * readable events are compared with what the applications were answered.
 *
 * <p>The writers, their contexts, futures and timers are those of production. Only the event loops, the clock and the
 * randomness of retries belong to the simulation.
 *
 * <p>A run that breaks an {@link Invariant} throws {@link SimulationFailure} with its seed, and the same seed breaks it
 * again.
 */
public final class WriterSimulation {

    private static final int TRACED_LINES = Integer.getInteger("strandline.trace", 200);

    private final Vertx vertx;
    private final long seed;
    private Flaw flaw = Flaw.NONE;
    private Sabotage sabotage = Sabotage.NONE;

    /** @param vertx whose contexts the applications use. It runs none of them, and may be that of many runs */
    public WriterSimulation(Vertx vertx, long seed) {
        this.vertx = vertx;
        this.seed = seed;
    }

    /**
     * What happened in one run: proof that it was worth running.
     *
     * @param steps tasks that the log and the applications ran
     * @param openings times that the log was opened
     * @param acked appends that were acknowledged
     * @param unknown appends whose outcome stayed unknown
     * @param refused appends that failed and are not in the log
     * @param imported events that were appended under numbers of the application
     * @param scalings splits and merges
     * @param recreated streams that were deleted and created again
     * @param fingerprint differs between runs that answered differently
     */
    public record Report(
            long steps,
            int openings,
            long acked,
            long unknown,
            long refused,
            long imported,
            int scalings,
            int recreated,
            long fingerprint) {}

    /** Runs a log that has a flaw, to prove that it is noticed. */
    public WriterSimulation flaw(Flaw some) {
        flaw = some;
        return this;
    }

    /** Runs over links that do what they may not, to prove that it is noticed. */
    public WriterSimulation sabotage(Sabotage some) {
        sabotage = some;
        return this;
    }

    /**
     * Runs to the end.
     *
     * @throws SimulationFailure if an invariant was broken. The message holds the last calls and answers
     */
    public Report run() {
        try {
            return new WriterRun(vertx, seed, flaw, sabotage, new Trace(0)).toTheEnd();
        } catch (SimulationFailure first) {
            // Most runs only have to pass, so that lines are written only for those that have not.
            new WriterRun(vertx, seed, flaw, sabotage, new Trace(TRACED_LINES)).toTheEnd();
            throw first;
        }
    }
}
