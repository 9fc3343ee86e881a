package io.strandline.testkit;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What is to go wrong with a {@link SimulatedDisk}, and when. Nothing, to begin with. Operations are counted from the
 * call that asks for the fault, the next one being number 1.
 */
public final class DiskFaults {

    private static final long NEVER = Long.MAX_VALUE;

    private final SplittableRandom random;
    private final Map<DiskOperation, Plan> plans = new EnumMap<>(DiskOperation.class);
    private long operations;
    private long crashAtOperation = NEVER;
    private boolean forcesIgnored;
    private boolean directoryForcesIgnored;

    DiskFaults(SplittableRandom random) {
        this.random = random;
        for (DiskOperation kind : DiskOperation.values()) {
            plans.put(kind, new Plan());
        }
    }

    /** Cuts the power at an operation, of whatever kind. */
    public DiskFaults crashAt(long operation) {
        crashAtOperation = operations + operation;
        return this;
    }

    /** Cuts the power at an operation of one kind. */
    public DiskFaults crashAt(DiskOperation kind, long operation) {
        Plan plan = planOf(kind);
        plan.crashAt = plan.count + operation;
        return this;
    }

    /** Lets one operation of a kind fail with an {@link java.io.IOException}. */
    public DiskFaults failAt(DiskOperation kind, long operation) {
        Plan plan = planOf(kind);
        plan.failAt = plan.count + operation;
        return this;
    }

    /** Lets each operation of a kind fail with this probability, from 0 to 1. */
    public DiskFaults failRandomly(DiskOperation kind, double probability) {
        planOf(kind).failChance = probability;
        return this;
    }

    /** Takes back every crash and failure that is still to come. */
    public DiskFaults clear() {
        crashAtOperation = NEVER;
        for (Plan plan : plans.values()) {
            plan.crashAt = NEVER;
            plan.failAt = NEVER;
            plan.failChance = 0;
        }
        return this;
    }

    /** Breaks the disk: forcing a file does nothing, and says that it did. To prove that a test notices. */
    public DiskFaults ignoreForces() {
        forcesIgnored = true;
        return this;
    }

    /** Breaks the disk: forcing a directory does nothing, and says that it did. To prove that a test notices. */
    public DiskFaults ignoreDirectoryForces() {
        directoryForcesIgnored = true;
        return this;
    }

    /** Operations so far. */
    public long operations() {
        return operations;
    }

    /** Operations of one kind so far. */
    public long operations(DiskOperation kind) {
        return planOf(kind).count;
    }

    boolean forcesIgnored() {
        return forcesIgnored;
    }

    boolean directoryForcesIgnored() {
        return directoryForcesIgnored;
    }

    /** Counts an operation and tells what becomes of it. */
    Outcome next(DiskOperation kind) {
        Plan plan = planOf(kind);
        operations++;
        plan.count++;
        if (operations == crashAtOperation || plan.count == plan.crashAt) {
            return Outcome.CRASH;
        }
        if (plan.count == plan.failAt || (plan.failChance > 0 && random.nextDouble() < plan.failChance)) {
            return Outcome.FAIL;
        }
        return Outcome.SUCCEED;
    }

    /** The breakage of this disk, for the one that follows it after a crash. */
    DiskFaults ofSameBreakage(SplittableRandom nextRandom) {
        DiskFaults next = new DiskFaults(nextRandom);
        next.forcesIgnored = forcesIgnored;
        next.directoryForcesIgnored = directoryForcesIgnored;
        return next;
    }

    private Plan planOf(DiskOperation kind) {
        return Objects.requireNonNull(plans.get(kind));
    }

    private static final class Plan {
        private long count;
        private long crashAt = NEVER;
        private long failAt = NEVER;
        private double failChance;
    }

    enum Outcome {
        SUCCEED,
        FAIL,
        CRASH
    }
}
