package io.strandline.testkit.simulation;

import io.strandline.StreamOptions;
import io.strandline.TransactionDescription;
import io.strandline.log.EmbeddedLog;
import io.strandline.log.LogOptions;
import io.strandline.spi.LogPort;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.simulation.SimulatedTransactions.EventSizes;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.TransactionLedger;
import io.strandline.testkit.simulation.model.TransactionModel.Phase;
import io.strandline.testkit.simulation.model.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** The lives of one log that is used by transactions alone. */
final class TransactionRun {

    private static final int STEPS_TO_DRAIN = 300_000;
    private static final int CALLS_PER_SCALING = 4;
    private static final long PAST_ALL_LEASES_MILLIS = 60_000;
    private static final List<String> STREAMS = List.of("bank/accounts", "bank/ledger", "bank/notices");

    private static final EventSizes SMALL = new EventSizes(4, 0);

    /** Several partitions' parts of one transaction are more than a parcel. */
    private static final EventSizes LARGE = new EventSizes(12, 15_000);

    private final Flaw flaw;
    private final Trace trace;
    private final SplittableRandom random;
    private final SimulatedMachine machine;
    private final Violations violations = new Violations();
    private final TransactionLedger ledger = new TransactionLedger(violations);
    private final Clients clients;
    private final List<SimulatedTransactions> applications = new ArrayList<>();
    private final SimulatedScalings scalings;
    private final int shards;
    private final int lives;
    private final int callsPerLife;
    private final int stepsPerCall;
    private final boolean failingDisk;
    private final SplittableRandom limits;
    private final EventSizes sizes;
    private boolean exists;
    private int openings;

    TransactionRun(long seed, Flaw flaw, Set<StreamChange> changes, Trace trace) {
        this.flaw = flaw;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.machine = new SimulatedMachine(seed, random, violations, trace, StreamChanges.replay(changes), () -> "");
        this.clients =
                new Clients(random.split(), new StreamChanges(seed, changes), machine.scheduler, violations, trace);
        this.scalings = new SimulatedScalings(clients, STREAMS);
        this.shards = 1 + random.nextInt(3);
        this.lives = 2 + random.nextInt(4);
        this.callsPerLife = 30 << random.nextInt(4);
        this.stepsPerCall = 1 + random.nextInt(12);
        this.failingDisk = random.nextInt(4) == 0;
        // Draws of their own, so that what else happens in a run does not depend on them.
        this.limits = new SplittableRandom(~seed);
        this.sizes = limits.nextInt(6) == 0 ? LARGE : SMALL;
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            applications.add(new SimulatedTransactions(
                    clients, ledger, machine.scheduler::monotonicNanos, "app" + i, shards, STREAMS, sizes));
        }
    }

    TransactionSimulation.Report toTheEnd() {
        for (int life = 1; life <= lives; life++) {
            live();
        }
        lastLife();
        machine.throwViolation();
        return new TransactionSimulation.Report(
                machine.scheduler.steps(),
                openings,
                ledger.count(Phase.COMMITTED),
                ledger.count(Phase.ABORTED),
                scalings.done());
    }

    // ---- lives

    private void live() {
        try {
            LogPort port = open();
            readEverything(port);
            clients.connect(port, machine.disk()::crashed);
            planTrouble();
            work(port);
        } catch (SimulatedMachine.ProcessGone e) {
            trace.add(() -> "the process is gone");
        }
        end();
    }

    private void planTrouble() {
        if (random.nextInt(3) > 0) {
            int within = 1 << random.nextInt(11);
            if (random.nextBoolean()) {
                machine.disk().faults().crashAt(1 + random.nextInt(within));
            } else {
                machine.disk().faults().crashAt(DiskOperation.FORCE, 1 + random.nextInt(Math.max(1, within / 2)));
            }
        }
        if (failingDisk) {
            clients.troubled = true;
            machine.disk().faults().failRandomly(DiskOperation.FORCE, 0.03 * random.nextDouble());
            machine.disk().faults().failRandomly(DiskOperation.WRITE, 0.02 * random.nextDouble());
        }
    }

    private void work(LogPort port) {
        for (int calls = 0; calls < callsPerLife; ) {
            if (random.nextInt(stepsPerCall + 1) == 0) {
                applications.get(random.nextInt(applications.size())).act();
                machine.throwViolation();
                scale();
                calls++;
                if (random.nextInt(20) == 0) {
                    machine.scheduler.advanceMillis(random.nextInt(500));
                }
                if (random.nextInt(40) == 0) {
                    readEverything(port);
                }
            } else {
                machine.step();
            }
        }
    }

    private void scale() {
        StreamChanges changes = clients.changes;
        if (changes.has(StreamChange.SCALING) && changes.random.nextInt(CALLS_PER_SCALING) == 0) {
            scalings.act();
            machine.throwViolation();
        }
    }

    /** Without faults: everything is answered, open transactions end by their leases, and all is read. */
    private void lastLife() {
        clients.troubled = false;
        LogPort port = open();
        clients.connect(port, machine.disk()::crashed);
        clients.draining = true;
        for (int steps = 0; !isDrained(); steps++) {
            violations.require(
                    steps < STEPS_TO_DRAIN, Invariant.PROGRESS, () -> "calls were not answered in " + STEPS_TO_DRAIN);
            machine.throwViolation();
            if (random.nextInt(4) == 0) {
                applications.get(random.nextInt(applications.size())).act();
                scale();
            } else {
                machine.step();
            }
        }
        requireAllEnded(port);
        readEverything(port);
        machine.await("close", port.close());
        end();
        LogPort again = open();
        readEverything(again);
        machine.await("close", again.close());
    }

    private boolean isDrained() {
        return scalings.isDone() && applications.stream().allMatch(SimulatedTransactions::isDone);
    }

    private void requireAllEnded(LogPort port) {
        long until = machine.scheduler.monotonicNanos() + PAST_ALL_LEASES_MILLIS * 1_000_000;
        while (machine.scheduler.monotonicNanos() < until) {
            machine.step();
            if (!machine.scheduler.hasReadyTask() && !machine.scheduler.hasTimer()) {
                break;
            }
        }
        List<TransactionDescription> left =
                machine.await("unfinished", port.transactions().unfinished());
        violations.require(left.isEmpty(), Invariant.LEASE_HOLDS, () -> "still unfinished: " + left);
        machine.throwViolation();
    }

    private void end() {
        clients.disconnect();
        applications.forEach(SimulatedTransactions::lost);
        scalings.lost();
        clients.troubled = false;
        machine.end(random.nextInt(4) == 0);
    }

    /** Limits are others in each life, and what was written and decided in an earlier one may be above them. */
    private LogPort open() {
        LogOptions options = new LogOptions()
                .setShards(shards)
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(16 << 10)
                .setTailBytes(128 << 10)
                .setMaxEventBytes(16 << 10 << limits.nextInt(3))
                .setMaxParcelBytes(64 << 10)
                .setWritersPerPartition(limits.nextInt(4) == 0 ? 1 : LogOptions.DEFAULT_WRITERS_PER_PARTITION);
        LogPort port =
                machine.await("open", EmbeddedLog.open(machine.environment(flaw), options, shards, openings > 0));
        openings++;
        if (!exists) {
            machine.await("create scope", port.catalog().createScope("bank"));
            for (String stream : STREAMS) {
                StreamOptions partitions = new StreamOptions().setPartitions(1 + random.nextInt(4));
                machine.await("create " + stream, port.catalog().createStream(stream, partitions));
            }
            exists = true;
        }
        return port;
    }

    private void readEverything(LogPort port) {
        new TransactionRead(machine, clients, ledger, port).run(STREAMS);
    }
}
