package io.strandline.testkit.simulation;

import io.strandline.StrandlineException;
import io.strandline.log.spi.Environment;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.SimulatedCrash;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.Violations;
import io.strandline.testkit.simulation.model.Violations.Violation;
import io.vertx.core.Future;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The machine that a simulated log runs on: its time and its disk, which outlive the log's process. It runs the log step by
 * step, and throws the first broken invariant between two of them.
 */
final class SimulatedMachine {

    private static final int STEPS_TO_ANSWER = 100_000;
    private static final int MAX_RETRIES = 2_000;
    private static final long RETRY_MILLIS = 20;

    private final long seed;
    private final Violations violations;
    private final Trace trace;
    private final Supplier<String> scene;
    private final String replay;
    final SimulatedScheduler scheduler;
    private SimulatedDisk disk;
    private long diskOperations;

    /** The process is gone: nothing more can be done in this life. */
    static final class ProcessGone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private ProcessGone() {
            super(null, null, false, false);
        }
    }

    /**
     * @param random decides how time passes and what the disk does
     * @param replay options of a test that make the same run again
     * @param scene describes where the run is and its state
     */
    SimulatedMachine(
            long seed,
            SplittableRandom random,
            Violations violations,
            Trace trace,
            String replay,
            Supplier<String> scene) {
        this.seed = seed;
        this.violations = violations;
        this.trace = trace;
        this.replay = replay;
        this.scene = scene;
        this.scheduler = new SimulatedScheduler(random.nextLong());
        this.disk = new SimulatedDisk(random.nextLong());
        if (trace.isKept()) {
            disk.observe((operation, name) -> trace.add(() -> "        " + operation + " " + name));
        }
    }

    SimulatedDisk disk() {
        return disk;
    }

    Environment environment(Flaw flaw) {
        return flaw.in(scheduler.environment(disk));
    }

    /** Operations of the disk in all lives. */
    long diskOperations() {
        return diskOperations + disk.faults().operations();
    }

    /** Ends the process, and with it all that the log had under way. */
    void end(boolean keepsPageCache) {
        diskOperations += disk.faults().operations();
        scheduler.abandon();
        trace.add(() -> keepsPageCache ? "the process ends" : "the power is cut");
        disk = keepsPageCache ? disk.kill() : disk.crash();
    }

    void throwViolation() {
        Violation first = violations.first();
        if (first != null) {
            throw new SimulationFailure(
                    first.invariant(),
                    seed,
                    "seed " + seed + ", step " + scheduler.steps() + ": \""
                            + first.invariant().rule() + "\" is broken: " + first.details()
                            + "; replay with -Dstrandline.seed=" + seed + replay + "\n" + scene.get() + "\n" + trace,
                    first.cause());
        }
    }

    // ---- steps

    void step() {
        try {
            scheduler.step();
        } catch (SimulatedCrash e) {
            trace.add(e::getMessage);
        } catch (RuntimeException | AssertionError e) {
            violations.report(Invariant.PROGRESS, "a task of the log threw " + e, e);
        }
        throwViolation();
        if (disk.crashed()) {
            throw new ProcessGone();
        }
    }

    /** Lets everything happen for a while. */
    void pass(long millis) {
        long end = scheduler.monotonicNanos() + millis * 1_000_000;
        // A timer of its own, so that time passes also if nothing is to be done.
        scheduler.after(0, millis, () -> {});
        while (scheduler.monotonicNanos() < end || scheduler.hasReadyTask()) {
            step();
        }
    }

    void settle(String call, Future<?> future) {
        for (int steps = 0; !future.isComplete(); steps++) {
            if (steps == STEPS_TO_ANSWER || !(scheduler.hasReadyTask() || scheduler.hasTimer())) {
                violations.report(Invariant.PROGRESS, call + " was not answered in " + steps + " steps");
            }
            throwViolation();
            step();
        }
        throwViolation();
    }

    <T> T await(String call, Future<T> future) {
        settle(call, future);
        if (future.failed()) {
            violations.report(Invariant.OPENS, call + " failed", future.cause());
            throwViolation();
        }
        return future.result();
    }

    /**
     * Asks again while the log recovers from faults.
     *
     * @return null if the log says NotFound or Truncated
     */
    <T> @Nullable T ask(Clients clients, String call, Supplier<Future<T>> question) {
        for (int i = 0; i < MAX_RETRIES; i++) {
            Future<T> future = question.get();
            settle(call, future);
            if (future.succeeded()) {
                return future.result();
            }
            if (future.cause() instanceof StrandlineException.NotFound
                    || future.cause() instanceof StrandlineException.Truncated) {
                return null;
            }
            clients.requireTemporary(future.cause(), () -> call);
            throwViolation();
            scheduler.advanceMillis(RETRY_MILLIS);
        }
        violations.report(Invariant.PROGRESS, call + " was never answered");
        throwViolation();
        return null;
    }
}
