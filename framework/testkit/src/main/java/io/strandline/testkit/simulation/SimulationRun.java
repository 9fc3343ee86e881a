package io.strandline.testkit.simulation;

import io.strandline.Durability;
import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.testkit.DiskFaults;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.StreamModel;
import io.strandline.testkit.simulation.model.Violations;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The lives of one log, one after the other, and what ends them. */
final class SimulationRun {

    private static final long FORCE_MILLIS = 2_000;
    private static final int STEPS_TO_DRAIN = 300_000;
    private static final long LONG_PAUSE_MILLIS = 3 * 3_600_000L;
    private static final int CALLS_PER_LONG_PAUSE = 100;
    private static final int STEPS_PER_LONG_PAUSE = 2_000;
    private static final int CALLS_PER_CHANGE_OF_ROOM = 20;

    private final LogOpening opening;
    private final Flaw flaw;
    private final Trace trace;
    private final SplittableRandom random;
    private final SimulationPlan plan;
    private final SimulatedMachine machine;
    private final Violations violations = new Violations();
    private final Clients clients;
    private final List<SimulatedWriter> writers = new ArrayList<>();
    private final List<SimulatedReader> readers = new ArrayList<>();
    private final SimulatedCatalogCalls catalogCalls;
    private @Nullable JournalDamage damage;
    private int life;
    private int openings;
    private int crashes;
    private int kills;
    private int crashesWhileOpening;

    /** The power was cut since everything was read. */
    private boolean mayHaveLost;

    SimulationRun(long seed, LogOpening opening, Flaw flaw, Set<StreamChange> changes, Trace trace) {
        this.opening = opening;
        this.flaw = flaw;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.plan = SimulationPlan.draw(random);
        this.machine = new SimulatedMachine(
                seed, random, violations, trace, StreamChanges.replay(changes), () -> "life " + life + " of " + plan);
        this.clients =
                new Clients(random.split(), new StreamChanges(seed, changes), machine.scheduler, violations, trace);
        clients.changes.drawLimits(plan.options());
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

    void queueAlways() {
        machine.scheduler.queueAlways();
    }

    SimulatedDisk disk() {
        return machine.disk();
    }

    SimulationReport toTheEnd() {
        try {
            for (life = 1; life <= plan.lives(); life++) {
                live();
            }
            lastLife();
        } catch (SimulatedMachine.ProcessGone e) {
            violations.report(Invariant.OPENS, "the last life of the log ended early", e);
        }
        machine.throwViolation();
        return new SimulationReport(
                machine.scheduler.steps(),
                openings,
                crashes,
                kills,
                crashesWhileOpening,
                clients.batchesAcked,
                clients.bytesAcked,
                clients.catalog.sum(stream -> stream.description().scalings().size()),
                clients.catalog.sum(StreamModel::eventsRetired),
                machine.diskOperations());
    }

    // ---- a life

    private void live() {
        boolean opened = false;
        boolean closed = false;
        if (!plan.fullDisk() || random.nextBoolean()) {
            machine.disk().setCapacity(Long.MAX_VALUE);
        }
        try {
            if (damage == null && random.nextInt(3) == 0) {
                planCrash(40);
            }
            LogPort port = open();
            opened = port != null;
            if (port != null) {
                new FullRead(machine, clients, port).run();
                clients.earlyAcks.check(mayHaveLost);
                mayHaveLost = false;
                machine.throwViolation();
                clients.connect(port, machine.disk()::crashed);
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
        } catch (SimulatedMachine.ProcessGone e) {
            trace.add(() -> "life " + life + " ends early");
        }
        crashesWhileOpening += opened ? 0 : 1;
        end();
        if (closed && random.nextInt(3) > 0) {
            damage = JournalDamage.draw(
                    random, machine.disk(), plan.shards(), plan.options().getJournalFileBytes());
            if (damage != null) {
                trace.add(damage::toString);
                damage.doTo(machine.disk());
            }
        }
    }

    /** Without faults: everything is answered, read, closed, and read again. */
    private void lastLife() {
        clients.troubled = false;
        machine.disk().setCapacity(Long.MAX_VALUE);
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
        new FullRead(machine, clients, port).run();
        clients.earlyAcks.check(mayHaveLost);
        mayHaveLost = false;
        clients.connect(port, machine.disk()::crashed);
        if (plan.failingDisk()) {
            planFaults();
        }
        work();
        port = drain(port);
        forceEverything();
        QuietLog quiet = new QuietLog(machine, clients, port);
        if (clients.changes.has(StreamChange.RETENTION)) {
            quiet.age(plan.options());
        }
        new FullRead(machine, clients, port).run();
        if (clients.changes.has(StreamChange.RETENTION)) {
            quiet.requireWithinRules();
        }
        clients.troubled = true;
        machine.await("close", port.close());
        clients.troubled = false;
        if (plan.failingDisk()) {
            clients.earlyAcks.forget();
        }
        end();
        LogPort again = open();
        if (again != null) {
            new FullRead(machine, clients, again).run();
            // It was closed, which forces everything.
            clients.earlyAcks.check(false);
            machine.throwViolation();
            if (clients.changes.has(StreamChange.RETENTION)) {
                new QuietLog(machine, clients, again).requireSpaceComesBack(plan.shards());
            }
            machine.await("close", again.close());
        }
    }

    private void end() {
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
        machine.end(kill);
    }

    private void planCrash(int withinOperations) {
        DiskFaults faults = machine.disk().faults();
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
            DiskFaults faults = machine.disk().faults();
            DiskOperation[] kinds = DiskOperation.values();
            for (int i = random.nextInt(3); i >= 0; i--) {
                faults.failRandomly(kinds[random.nextInt(kinds.length)], 0.05 * random.nextDouble());
            }
            faults.failRandomly(DiskOperation.FORCE, 0.02 * random.nextDouble());
        }
    }

    // ---- opening and closing

    private @Nullable LogPort open() {
        trace.add(() -> "open");
        Future<? extends LogPort> future = opening();
        JournalDamage done = damage;
        damage = null;
        if (future.failed() && done != null && future.cause() instanceof StrandlineException.Corrupt) {
            trace.add(() -> "refused: " + future.cause().getMessage());
            done.doTo(machine.disk());
            return null;
        }
        if (future.failed()) {
            violations.report(Invariant.OPENS, "the log did not open: " + future.cause(), future.cause());
            machine.throwViolation();
            return null;
        }
        openings++;
        return future.result();
    }

    private Future<? extends LogPort> opening() {
        Future<? extends LogPort> future =
                opening.open(machine.environment(flaw), plan.options(), plan.shards(), openings > 0);
        machine.settle("open", future);
        if (plan.fullDisk() && future.cause() instanceof StrandlineException.Unavailable) {
            // The disk was full before the log could keep room for a recovery.
            machine.disk().setCapacity(Long.MAX_VALUE);
            future = opening.open(machine.environment(flaw), plan.options(), plan.shards(), openings > 0);
            machine.settle("open again", future);
        }
        return future;
    }

    /** Returns whether it closed in order, so that all that was ever acknowledged is proven to be forced. */
    private boolean close(LogPort port) {
        // What is in flight may be answered Unavailable from now on.
        clients.troubled = true;
        Future<Void> closed = port.close();
        machine.settle("close", closed);
        if (closed.failed() && !plan.failingDisk() && !plan.fullDisk()) {
            violations.report(Invariant.PROGRESS, "close failed", closed.cause());
            machine.throwViolation();
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
            } else if (machine.scheduler.hasReadyTask() || random.nextInt(4) == 0) {
                machine.step();
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
        machine.throwViolation();
    }

    private void disturb() {
        machine.scheduler.advanceMillis(clients.changes.drawPause());
        if (plan.longPauses() && random.nextInt(CALLS_PER_LONG_PAUSE) == 0) {
            pause();
        }
        if (plan.fullDisk() && random.nextInt(CALLS_PER_CHANGE_OF_ROOM) == 0) {
            machine.disk()
                    .setCapacity(
                            random.nextBoolean()
                                    ? Long.MAX_VALUE
                                    : machine.disk().usedBytes() + random.nextInt(200_000));
        }
    }

    private void pause() {
        machine.scheduler.advanceMillis(LONG_PAUSE_MILLIS);
    }

    /** Returns the log that it ends with. */
    private LogPort drain(LogPort port) {
        LogPort log = port;
        machine.disk().faults().clear();
        machine.disk().setCapacity(Long.MAX_VALUE);
        clients.draining = true;
        for (int steps = 0; !isDrained(); steps++) {
            if (steps == STEPS_TO_DRAIN) {
                violations.report(
                        Invariant.PROGRESS,
                        "calls were not answered in " + steps + " steps: of the catalog " + !catalogCalls.isDone()
                                + ", of writers "
                                + writers.stream()
                                        .filter(writer -> !writer.isDone())
                                        .toList());
            }
            if (plan.longPauses() && random.nextInt(STEPS_PER_LONG_PAUSE) == 0) {
                pause();
            }
            if (clients.takeHeardOfStop()) {
                log = openAgain(log);
            } else if (random.nextInt(4) == 0) {
                act();
            } else {
                machine.step();
            }
        }
        return log;
    }

    /** As an operator does once the disk is mended: a shard that failed to recover too often waits for it. */
    private LogPort openAgain(LogPort stopped) {
        close(stopped);
        end();
        LogPort log = Objects.requireNonNull(open(), "a log without damage");
        clients.connect(log, machine.disk()::crashed);
        return log;
    }

    /** What was answered early is forced within a second, and readers see it. */
    private void forceEverything() {
        if (plan.earlyAcks()) {
            machine.scheduler.advanceMillis(FORCE_MILLIS);
            do {
                machine.step();
            } while (machine.scheduler.hasReadyTask());
        }
    }

    private boolean isDrained() {
        return catalogCalls.isDone() && writers.stream().allMatch(SimulatedWriter::isDone);
    }
}
