package io.strandline.testkit.simulation;

import io.strandline.Durability;
import io.strandline.StrandlineException;
import io.strandline.log.spi.Safeguards;
import io.strandline.spi.LogPort;
import io.strandline.testkit.DiskFaults;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.SimulatedCrash;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.simulation.Violations.Violation;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The lives of one log, one after the other, and what ends them. */
final class SimulationRun {

    private static final int STEPS_TO_ANSWER = 100_000;
    private static final long FORCE_MILLIS = 2_000;
    private static final int STEPS_TO_DRAIN = 300_000;
    private static final int MOST_RETRIES = 2_000;
    private static final long RETRY_MILLIS = 20;
    private static final long LONG_PAUSE_MILLIS = 3 * 3_600_000L;
    private static final int CALLS_PER_LONG_PAUSE = 100;
    private static final int STEPS_PER_LONG_PAUSE = 2_000;
    private static final int CALLS_PER_CHANGE_OF_ROOM = 20;

    private final long seed;
    private final LogOpening opening;
    private final Safeguards safeguards;
    private final Trace trace;
    private final SplittableRandom random;
    private final SimulationPlan plan;
    private final SimulatedScheduler scheduler;
    private final Violations violations = new Violations();
    private final Clients clients;
    private final List<SimulatedWriter> writers = new ArrayList<>();
    private final List<SimulatedReader> readers = new ArrayList<>();
    private final SimulatedCatalogCalls catalogCalls;
    private SimulatedDisk disk;
    private @Nullable Damage damage;
    private int life;
    private int openings;
    private int crashes;
    private int kills;
    private int crashesWhileOpening;
    private long diskOperations;
    /** The power was cut since everything was read. */
    private boolean mayHaveLost;

    SimulationRun(long seed, LogOpening opening, Safeguards safeguards, boolean scaling, Trace trace) {
        this.seed = seed;
        this.opening = opening;
        this.safeguards = safeguards;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.plan = SimulationPlan.draw(random);
        this.scheduler = new SimulatedScheduler(random.nextLong());
        this.disk = new SimulatedDisk(random.nextLong());
        if (trace.isKept()) {
            disk.observe((operation, name) -> trace.add(() -> "        " + operation + " " + name));
        }
        this.clients = new Clients(random.split(), violations, trace);
        this.clients.scaling = scaling;
        this.catalogCalls = new SimulatedCatalogCalls(clients);
        for (int i = 0; i < plan.namedIds(); i++) {
            writers.add(writer("writer-" + i, true));
            writers.add(writer("writer-" + i, true));
            writers.add(writer("epoch-writer-" + i, false));
        }
        for (int i = 0; i < plan.anonymousWriters(); i++) {
            writers.add(writer(null, random.nextBoolean()));
        }
        for (int i = 0; i < plan.readers(); i++) {
            readers.add(new SimulatedReader(clients));
        }
    }

    private SimulatedWriter writer(@Nullable String id, boolean ownSequences) {
        Durability early = random.nextBoolean() ? Durability.INTERVAL : Durability.OS;
        boolean isEarly = plan.earlyAcks() && random.nextInt(5) > 0;
        return new SimulatedWriter(clients, id, ownSequences, isEarly ? early : Durability.FORCED);
    }

    SimulatedDisk disk() {
        return disk;
    }

    /** A stored byte that was changed behind the log's back. */
    private record Damage(String file, long position, int bits) {}

    /** The process is gone: nothing more can be done in this life. */
    private static final class LifeEnded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LifeEnded() {
            super(null, null, false, false);
        }
    }

    SimulationReport toTheEnd() {
        try {
            for (life = 1; life <= plan.lives(); life++) {
                live();
            }
            lastLife();
        } catch (LifeEnded e) {
            violations.report(Invariant.OPENS, "the last life of the log ended early", e);
        }
        throwViolation();
        return new SimulationReport(
                scheduler.steps(),
                openings,
                crashes,
                kills,
                crashesWhileOpening,
                clients.batchesAcked,
                clients.bytesAcked,
                diskOperations);
    }

    private void throwViolation() {
        Violation first = violations.first();
        if (first != null) {
            throw new SimulationFailure(
                    first.invariant(),
                    seed,
                    "seed " + seed + ", life " + life + ", step " + scheduler.steps() + ": \""
                            + first.invariant().rule() + "\" is broken: " + first.details()
                            + "; replay with -Dstrandline.seed=" + seed
                            + (clients.scaling ? " -Dstrandline.scaling=true" : "") + "\n" + plan + "\n" + trace,
                    first.cause());
        }
    }

    // ---- a life

    private void live() {
        boolean opened = false;
        boolean closed = false;
        try {
            if (damage == null && random.nextInt(3) == 0) {
                planCrash(40);
            }
            LogPort port = open();
            opened = port != null;
            if (port != null) {
                readEverything(port);
                clients.earlyAcks.check(mayHaveLost);
                mayHaveLost = false;
                throwViolation();
                clients.connect(port, disk::crashed);
                boolean closes = random.nextInt(5) == 0;
                if (!closes && random.nextInt(3) > 0) {
                    planCrash(1 << random.nextInt(12));
                }
                planFaults();
                work();
                if (closes) {
                    closed = close(port);
                }
            }
        } catch (LifeEnded e) {
            trace.add(() -> "life " + life + " ends early");
        }
        crashesWhileOpening += opened ? 0 : 1;
        end();
        if (closed && random.nextInt(3) > 0) {
            damageJournal();
        }
    }

    /** Without faults: everything is answered, read, closed, and read again. */
    private void lastLife() {
        clients.troubled = false;
        LogPort port = open();
        if (port == null) {
            // It was refused because of damage, which is repaired now.
            end();
            port = open();
        }
        if (port == null) {
            violations.report(Invariant.OPENS, "the log does not open though nothing is damaged");
            return;
        }
        readEverything(port);
        clients.earlyAcks.check(mayHaveLost);
        mayHaveLost = false;
        clients.connect(port, disk::crashed);
        if (plan.failingDisk()) {
            planFaults();
        }
        work();
        drain();
        forceEverything();
        readEverything(port);
        clients.troubled = true;
        await("close", port.close());
        clients.troubled = false;
        if (plan.failingDisk()) {
            clients.earlyAcks.forget();
        }
        end();
        LogPort again = open();
        if (again != null) {
            readEverything(again);
            // It was closed, which forces everything.
            clients.earlyAcks.check(false);
            throwViolation();
            await("close", again.close());
        }
        diskOperations += disk.faults().operations();
    }

    private void end() {
        diskOperations += disk.faults().operations();
        scheduler.abandon();
        clients.disconnect();
        writers.forEach(SimulatedWriter::lost);
        readers.forEach(SimulatedReader::lost);
        catalogCalls.lost();
        if (plan.failingDisk()) {
            // A shard that recovered within the life may have lost some, and then taken others.
            clients.earlyAcks.forget();
        }
        clients.troubled = false;
        boolean kill = random.nextInt(4) == 0;
        mayHaveLost |= !kill;
        if (kill) {
            kills++;
        } else {
            crashes++;
        }
        trace.add(() -> kill ? "the process ends" : "the power is cut");
        disk = kill ? disk.kill() : disk.crash();
        disk.setCapacity(Long.MAX_VALUE);
    }

    private void planCrash(int withinOperations) {
        DiskFaults faults = disk.faults();
        if (random.nextBoolean()) {
            faults.crashAt(1 + random.nextInt(withinOperations));
        } else {
            DiskOperation[] kinds = DiskOperation.values();
            DiskOperation kind = kinds[random.nextInt(kinds.length)];
            boolean rare = kind != DiskOperation.WRITE && kind != DiskOperation.FORCE && kind != DiskOperation.READ;
            faults.crashAt(kind, 1 + random.nextInt(Math.max(1, rare ? withinOperations / 16 : withinOperations / 2)));
        }
    }

    private void planFaults() {
        if (plan.failingDisk() && random.nextInt(3) > 0) {
            clients.troubled = true;
            DiskFaults faults = disk.faults();
            DiskOperation[] kinds = DiskOperation.values();
            for (int i = random.nextInt(3); i >= 0; i--) {
                faults.failRandomly(kinds[random.nextInt(kinds.length)], 0.05 * random.nextDouble());
            }
            faults.failRandomly(DiskOperation.FORCE, 0.02 * random.nextDouble());
        }
    }

    // ---- steps

    private void step() {
        try {
            scheduler.step();
        } catch (SimulatedCrash e) {
            trace.add(e::getMessage);
        } catch (RuntimeException | AssertionError e) {
            violations.report(Invariant.PROGRESS, "a task of the log threw " + e, e);
        }
        throwViolation();
        if (disk.crashed()) {
            throw new LifeEnded();
        }
    }

    private void settle(String call, Future<?> future) {
        for (int steps = 0; !future.isComplete(); steps++) {
            if (steps == STEPS_TO_ANSWER || !(scheduler.hasReadyTask() || scheduler.hasTimer())) {
                violations.report(Invariant.PROGRESS, call + " was not answered in " + steps + " steps");
            }
            throwViolation();
            step();
        }
        throwViolation();
    }

    private <T> T await(String call, Future<T> future) {
        settle(call, future);
        if (future.failed()) {
            violations.report(Invariant.OPENS, call + " failed", future.cause());
            throwViolation();
        }
        return future.result();
    }

    /** Asks again while the log recovers from faults. */
    private <T> @Nullable T ask(String call, Supplier<Future<T>> question) {
        for (int i = 0; i < MOST_RETRIES; i++) {
            Future<T> future = question.get();
            settle(call, future);
            if (future.succeeded()) {
                return future.result();
            }
            if (future.cause() instanceof StrandlineException.NotFound) {
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

    private @Nullable LogPort open() {
        trace.add(() -> "open");
        Future<? extends LogPort> future =
                opening.open(scheduler.surroundings(disk, safeguards), plan.options(), plan.shards(), openings > 0);
        settle("open", future);
        Damage done = damage;
        damage = null;
        if (future.failed() && done != null && future.cause() instanceof StrandlineException.Corrupt) {
            trace.add(() -> "refused: " + future.cause().getMessage());
            damage(done);
            return null;
        }
        if (future.failed()) {
            violations.report(Invariant.OPENS, "the log did not open: " + future.cause(), future.cause());
            throwViolation();
            return null;
        }
        openings++;
        return future.result();
    }

    /**
     * Turns a bit in a journal that was closed. All of its frames are proven, so that the log must either refuse to open
     * and change nothing, or have lost nothing.
     */
    private void damageJournal() {
        try {
            String directory = "shard-" + random.nextInt(plan.shards()) + "/journal";
            List<String> names = disk.list(directory);
            if (names.isEmpty()) {
                return;
            }
            // The newest journal is the one that no later file proves; spares come behind journals of their number.
            int newest = names.size() - 1 - random.nextInt(Math.min(3, names.size()));
            String file = directory + "/" + names.get(random.nextBoolean() ? newest : random.nextInt(names.size()));
            long pages = plan.options().getJournalFileBytes() / 4096;
            // Frames are dense in the first pages, and begin at the beginning of pages.
            long page = random.nextLong(1 + random.nextLong(pages));
            int inPage = random.nextInt(random.nextBoolean() ? 64 : 4096);
            damage = new Damage(file, page * 4096 + inPage, 1 << random.nextInt(8));
            damage(damage);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Done twice, it repairs. */
    private void damage(Damage where) {
        trace.add(() -> where.toString());
        try {
            disk.damage(where.file(), where.position(), where.bits());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether it closed in order, so that all that was ever acknowledged is proven to be forced. */
    private boolean close(LogPort port) {
        // What is in flight may be answered Unavailable from now on.
        clients.troubled = true;
        Future<Void> closed = port.close();
        settle("close", closed);
        if (closed.failed() && !plan.failingDisk() && !plan.fullDisk()) {
            violations.report(Invariant.PROGRESS, "close failed", closed.cause());
            throwViolation();
        }
        return closed.succeeded() && !plan.failingDisk() && !plan.fullDisk();
    }

    private void work() {
        if (plan.fullDisk()) {
            clients.troubled = true;
        }
        for (int calls = 0; calls < plan.callsPerLife(); ) {
            if (random.nextInt(plan.stepsPerCall() + 1) == 0) {
                act();
                calls++;
                disturb();
            } else if (scheduler.hasReadyTask() || random.nextInt(4) == 0) {
                step();
            }
        }
    }

    private void act() {
        int choice = random.nextInt(writers.size() * 3 + readers.size() + 1);
        if (choice < writers.size() * 3) {
            writers.get(choice / 3).act();
        } else if (choice < writers.size() * 3 + readers.size()) {
            readers.get(choice - writers.size() * 3).act();
        } else {
            catalogCalls.act();
        }
        throwViolation();
    }

    private void disturb() {
        if (plan.longPauses() && random.nextInt(CALLS_PER_LONG_PAUSE) == 0) {
            pause();
        }
        if (plan.fullDisk() && random.nextInt(CALLS_PER_CHANGE_OF_ROOM) == 0) {
            disk.setCapacity(random.nextBoolean() ? Long.MAX_VALUE : disk.usedBytes() + random.nextInt(200_000));
        }
    }

    private void pause() {
        clients.longPause = true;
        scheduler.advanceMillis(LONG_PAUSE_MILLIS);
    }

    private void drain() {
        disk.faults().clear();
        disk.setCapacity(Long.MAX_VALUE);
        clients.draining = true;
        for (int steps = 0; !isDrained(); steps++) {
            if (steps == STEPS_TO_DRAIN) {
                violations.report(Invariant.PROGRESS, "calls were not answered in " + steps + " steps");
            }
            if (plan.longPauses() && random.nextInt(STEPS_PER_LONG_PAUSE) == 0) {
                pause();
            }
            if (random.nextInt(4) == 0) {
                act();
            } else {
                step();
            }
        }
    }

    /** What was answered early is forced within a second, and readers see it. */
    private void forceEverything() {
        if (plan.earlyAcks()) {
            scheduler.advanceMillis(FORCE_MILLIS);
            do {
                step();
            } while (scheduler.hasReadyTask());
        }
    }

    private boolean isDrained() {
        return catalogCalls.isDone() && writers.stream().allMatch(SimulatedWriter::isDone);
    }

    // ---- what the log holds

    /** Reads all partitions of all streams; no append is on its way. */
    private void readEverything(LogPort port) {
        for (StreamModel stream : List.copyOf(clients.catalog.newest())) {
            var described = ask("describe " + stream, () -> port.catalog()
                    .describe(stream.name().toString()));
            if (described == null) {
                clients.catalog.notFound(stream.name());
            } else {
                StreamModel found = clients.catalog.described(described);
                violations.require(
                        !stream.deleted || found != stream, Invariant.CATALOG_PERSISTS, () -> stream + " is described");
                if (found != null) {
                    read(port, found);
                }
            }
        }
        throwViolation();
    }

    private void read(LogPort port, StreamModel stream) {
        String name = stream.name().toString();
        var start = ask("start cut of " + name, () -> port.catalog().startCut(name));
        var end = ask("end cut of " + name, () -> port.catalog().endCut(name));
        if (start == null || end == null) {
            violations.report(Invariant.CATALOG_PERSISTS, stream + " has no cut");
            throwViolation();
            return;
        }
        start.offsets().forEach((id, offset) -> stream.partition(id)
                .seenStart(offset, stream.partition(id).startSeen()));
        for (PartitionModel partition : List.copyOf(stream.partitionList)) {
            Long openEnd = end.offsets().get(partition.id);
            violations.require(
                    (openEnd == null) == (partition.sealedAt() >= 0),
                    Invariant.CATALOG_PERSISTS,
                    () -> "partition " + partition.id + " is sealed at " + partition.sealedAt() + ", the end cut is "
                            + end.offsets());
            throwViolation();
            long to = openEnd == null ? partition.sealedAt() : openEnd;
            var last = ask("the end of partition " + partition.id, () -> port.read(partition.description, to, 1));
            if (last == null) {
                violations.report(Invariant.CATALOG_PERSISTS, stream + " lacks partition " + partition.id);
                throwViolation();
                return;
            }
            long from = last.startOffset();
            partition.seenStart(from, partition.startSeen());
            long position = from;
            while (position < to) {
                long at = position;
                var slice = ask(
                        "a read of partition " + partition.id + " from " + at + " in " + from + " to " + to,
                        () -> port.read(partition.description, at, 32 << 10));
                if (slice == null) {
                    violations.report(Invariant.CATALOG_PERSISTS, stream + " lacks partition " + partition.id);
                    return;
                }
                position = partition.shown(slice, at, from, to, openEnd == null);
                throwViolation();
                if (position <= at) {
                    violations.report(Invariant.DENSE_OFFSETS, "a read of partition " + partition.id + " stands still");
                    throwViolation();
                }
            }
            partition.wasReadInFull(from, to);
            throwViolation();
        }
    }
}
