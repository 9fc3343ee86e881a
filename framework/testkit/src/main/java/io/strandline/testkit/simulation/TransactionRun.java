package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.StreamOptions;
import io.strandline.TransactionDescription;
import io.strandline.log.EmbeddedLog;
import io.strandline.log.LogOptions;
import io.strandline.log.spi.Safeguards;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.SimulatedCrash;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.simulation.TransactionLedger.Read;
import io.strandline.testkit.simulation.TransactionModel.Phase;
import io.strandline.testkit.simulation.Violations.Violation;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The lives of one log that is used by transactions alone. */
final class TransactionRun {

    private static final int STEPS_TO_ANSWER = 100_000;
    private static final int STEPS_TO_DRAIN = 300_000;
    private static final int MOST_RETRIES = 500;
    private static final long RETRY_MILLIS = 20;
    private static final long PAST_ALL_LEASES_MILLIS = 60_000;
    private static final List<String> STREAMS = List.of("bank/accounts", "bank/ledger", "bank/notices");

    private final long seed;
    private final Safeguards safeguards;
    private final Trace trace;
    private final SplittableRandom random;
    private final SimulatedScheduler scheduler;
    private final Violations violations = new Violations();
    private final TransactionLedger ledger = new TransactionLedger(violations);
    private final Clients clients;
    private final List<SimulatedTransactions> applications = new ArrayList<>();
    private final int shards;
    private final int lives;
    private final int callsPerLife;
    private final int stepsPerCall;
    private final boolean failingDisk;
    private SimulatedDisk disk;
    private boolean exists;
    private int openings;

    TransactionRun(long seed, Safeguards safeguards, Trace trace) {
        this.seed = seed;
        this.safeguards = safeguards;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.scheduler = new SimulatedScheduler(random.nextLong());
        this.disk = new SimulatedDisk(random.nextLong());
        this.clients = new Clients(random.split(), violations, trace);
        this.shards = 1 + random.nextInt(3);
        this.lives = 2 + random.nextInt(4);
        this.callsPerLife = 30 << random.nextInt(4);
        this.stepsPerCall = 1 + random.nextInt(12);
        this.failingDisk = random.nextInt(4) == 0;
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            applications.add(
                    new SimulatedTransactions(clients, ledger, scheduler::monotonicNanos, "app" + i, shards, STREAMS));
        }
    }

    /** The process is gone: nothing more can be done in this life. */
    private static final class LifeEnded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LifeEnded() {
            super(null, null, false, false);
        }
    }

    TransactionSimulation.Report toTheEnd() {
        for (int life = 1; life <= lives; life++) {
            live();
        }
        lastLife();
        throwViolation();
        return new TransactionSimulation.Report(
                scheduler.steps(), openings, ledger.count(Phase.COMMITTED), ledger.count(Phase.ABORTED));
    }

    private void throwViolation() {
        Violation first = violations.first();
        if (first != null) {
            throw new SimulationFailure(
                    first.invariant(),
                    seed,
                    "seed " + seed + ", step " + scheduler.steps() + ": \""
                            + first.invariant().rule() + "\" is broken: " + first.details()
                            + "; replay with -Dstrandline.seed=" + seed + "\n" + trace,
                    first.cause());
        }
    }

    // ---- lives

    private void live() {
        try {
            LogPort port = open();
            readEverything(port);
            clients.connect(port, disk::crashed);
            planTrouble();
            work(port);
        } catch (LifeEnded e) {
            trace.add(() -> "the process is gone");
        }
        end();
    }

    private void planTrouble() {
        if (random.nextInt(3) > 0) {
            int within = 1 << random.nextInt(11);
            if (random.nextBoolean()) {
                disk.faults().crashAt(1 + random.nextInt(within));
            } else {
                disk.faults().crashAt(DiskOperation.FORCE, 1 + random.nextInt(Math.max(1, within / 2)));
            }
        }
        if (failingDisk) {
            clients.troubled = true;
            disk.faults().failRandomly(DiskOperation.FORCE, 0.03 * random.nextDouble());
            disk.faults().failRandomly(DiskOperation.WRITE, 0.02 * random.nextDouble());
        }
    }

    private void work(LogPort port) {
        for (int calls = 0; calls < callsPerLife; ) {
            if (random.nextInt(stepsPerCall + 1) == 0) {
                applications.get(random.nextInt(applications.size())).act();
                throwViolation();
                calls++;
                if (random.nextInt(20) == 0) {
                    scheduler.advanceMillis(random.nextInt(500));
                }
                if (random.nextInt(40) == 0) {
                    readEverything(port);
                }
            } else {
                step();
            }
        }
    }

    /** Without faults: everything is answered, open transactions end by their leases, and all is read. */
    private void lastLife() {
        clients.troubled = false;
        LogPort port = open();
        clients.connect(port, disk::crashed);
        clients.draining = true;
        for (int steps = 0; !applications.stream().allMatch(SimulatedTransactions::isDone); steps++) {
            violations.require(
                    steps < STEPS_TO_DRAIN, Invariant.PROGRESS, () -> "calls were not answered in " + STEPS_TO_DRAIN);
            throwViolation();
            if (random.nextInt(4) == 0) {
                applications.get(random.nextInt(applications.size())).act();
            } else {
                step();
            }
        }
        requireAllEnded(port);
        readEverything(port);
        await("close", port.close());
        end();
        LogPort again = open();
        readEverything(again);
        await("close", again.close());
    }

    private void requireAllEnded(LogPort port) {
        long until = scheduler.monotonicNanos() + PAST_ALL_LEASES_MILLIS * 1_000_000;
        while (scheduler.monotonicNanos() < until) {
            step();
            if (!scheduler.hasReadyTask() && !scheduler.hasTimer()) {
                break;
            }
        }
        List<TransactionDescription> left =
                await("unfinished", port.transactions().unfinished());
        violations.require(left.isEmpty(), Invariant.LEASE_HOLDS, () -> "still unfinished: " + left);
        throwViolation();
    }

    private void end() {
        scheduler.abandon();
        clients.disconnect();
        applications.forEach(SimulatedTransactions::lost);
        clients.troubled = false;
        disk = random.nextInt(4) == 0 ? disk.kill() : disk.crash();
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

    private <T> T await(String call, Future<T> future) {
        for (int steps = 0; !future.isComplete(); steps++) {
            if (steps == STEPS_TO_ANSWER) {
                violations.report(Invariant.PROGRESS, call + " was not answered in " + steps + " steps");
            }
            throwViolation();
            step();
        }
        if (future.failed()) {
            violations.report(Invariant.OPENS, call + " failed", future.cause());
        }
        throwViolation();
        return future.result();
    }

    /** Asks again while the log recovers from faults. */
    private <T> @Nullable T ask(String call, Supplier<Future<T>> question) {
        for (int i = 0; i < MOST_RETRIES; i++) {
            Future<T> future = question.get();
            while (!future.isComplete()) {
                step();
            }
            if (future.succeeded()) {
                return future.result();
            }
            clients.requireTemporary(future.cause(), () -> call);
            throwViolation();
            scheduler.advanceMillis(RETRY_MILLIS);
        }
        violations.report(Invariant.PROGRESS, call + " was never answered");
        throwViolation();
        return null;
    }

    private LogPort open() {
        LogOptions options = new LogOptions()
                .setShards(shards)
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(16 << 10)
                .setTailBytes(128 << 10)
                .setMaxEventBytes(16 << 10);
        LogPort port = await(
                "open", EmbeddedLog.open(scheduler.surroundings(disk, safeguards), options, shards, openings > 0));
        openings++;
        if (!exists) {
            await("create scope", port.catalog().createScope("bank"));
            for (String stream : STREAMS) {
                StreamOptions partitions = new StreamOptions().setPartitions(1 + random.nextInt(4));
                await("create " + stream, port.catalog().createStream(stream, partitions));
            }
            exists = true;
        }
        return port;
    }

    // ---- what the log holds

    private void readEverything(LogPort port) {
        List<TransactionModel> committed = ledger.committed();
        List<List<TransactionModel>> orders = new ArrayList<>();
        for (String stream : STREAMS) {
            var description = ask("describe", () -> port.catalog().describe(stream));
            if (description == null) {
                return;
            }
            List<List<Read>> read = new ArrayList<>();
            for (PartitionDescription partition : description.partitions()) {
                List<Read> events = read(port, partition);
                read.add(events);
                orders.add(ledger.check(stream, partition, events));
                throwViolation();
            }
            ledger.checkComplete(stream, read, committed);
        }
        ledger.checkOrders(orders);
        throwViolation();
    }

    private List<Read> read(LogPort port, PartitionDescription partition) {
        List<Read> events = new ArrayList<>();
        Batch.Records records = new Batch.Records();
        while (true) {
            long from = events.size();
            ReadSlice slice = ask("read partition " + partition.id(), () -> port.read(partition, from, 32 << 10));
            if (slice == null || slice.isEmpty()) {
                return events;
            }
            for (ReadSlice.Segment segment : slice.segments()) {
                for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                    records.reset(segment.bytes(), at);
                    while (records.hasNext()) {
                        records.next();
                        events.add(TransactionLedger.read(new String(
                                records.bytes(),
                                records.payloadFrom(),
                                records.payloadLength(),
                                StandardCharsets.UTF_8)));
                    }
                }
            }
        }
    }
}
