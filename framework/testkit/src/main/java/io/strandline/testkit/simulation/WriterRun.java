package io.strandline.testkit.simulation;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.EmbeddedLog;
import io.strandline.log.LogOptions;
import io.strandline.spi.LogPort;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.simulation.client.AppendingUser;
import io.strandline.testkit.simulation.client.Application;
import io.strandline.testkit.simulation.client.ClaimingUser;
import io.strandline.testkit.simulation.client.DistantLog;
import io.strandline.testkit.simulation.client.ImportingUser;
import io.strandline.testkit.simulation.client.ImportingUser.Import;
import io.strandline.testkit.simulation.client.OpenCalls;
import io.strandline.testkit.simulation.client.Sabotage;
import io.strandline.testkit.simulation.model.AppendLedger;
import io.strandline.testkit.simulation.model.AppendLedger.ReadEvent;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.Violations;
import io.strandline.testkit.simulation.model.WriterModel.StreamLife;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** The lives of one log that applications use by writers alone. */
final class WriterRun {

    private static final int STEPS_TO_DRAIN = 400_000;
    private static final int MAX_EVENT_BYTES = 32 << 10;
    private static final String ACCOUNTS = "bank/accounts";
    private static final String CLAIMED = "bank/claimed";
    private static final String PASSING = "bank/passing";
    private static final List<String> STREAMS = List.of(ACCOUNTS, CLAIMED, PASSING);

    private final Flaw flaw;
    private final Sabotage sabotage;
    private final Trace trace;
    private final SplittableRandom random;
    private final SimulatedMachine machine;
    private final Violations violations = new Violations();
    private final AppendLedger ledger = new AppendLedger(violations);
    private final Clients clients;
    private final SimulatedScalings scalings;
    private final CatalogCaller recreation;
    private final OpenCalls calls;
    private final Application.World world;
    private final List<Application> applications = new ArrayList<>();
    private final List<Import> imports;
    private final int shards;
    private final int lives;
    private final int actsPerLife;
    private final int stepsPerAct;
    private final boolean failingDisk;
    private boolean exists;
    private int openings;
    private int started;
    private int recreated;
    private boolean createsNext;

    WriterRun(Vertx vertx, long seed, Flaw flaw, Sabotage sabotage, Trace trace) {
        this.flaw = flaw;
        this.sabotage = sabotage;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.machine = new SimulatedMachine(seed, random, violations, trace, "", this::scene);
        this.clients = new Clients(
                random.split(),
                new StreamChanges(seed, Set.of(StreamChange.SCALING)),
                machine.scheduler,
                violations,
                trace);
        this.scalings =
                new SimulatedScalings(clients, STREAMS, failure -> failure instanceof StrandlineException.NotFound);
        this.recreation = new CatalogCaller(clients, () -> {});
        this.calls = new OpenCalls(violations, machine.scheduler::monotonicNanos);
        this.world = new Application.World(vertx, machine.scheduler, ledger, violations, calls, trace::add);
        this.shards = 1 + random.nextInt(3);
        this.lives = 1 + random.nextInt(3);
        this.actsPerLife = 100 << random.nextInt(4);
        this.stepsPerAct = 1 + random.nextInt(20);
        this.failingDisk = random.nextInt(5) == 0;
        this.imports = List.of(
                new Import(ACCOUNTS, "import-a", 20 << random.nextInt(4)),
                new Import(ACCOUNTS, "import-b", 20 << random.nextInt(3)));
    }

    private String scene() {
        return shards + " shards, opened " + openings + " times, open calls " + calls;
    }

    WriterSimulation.Report toTheEnd() {
        for (int life = 1; life <= lives; life++) {
            live();
        }
        lastLife();
        machine.throwViolation();
        return new WriterSimulation.Report(
                machine.scheduler.steps(),
                openings,
                ledger.acked(),
                ledger.unknown(),
                ledger.refused(),
                imports.stream().mapToLong(Import::done).sum(),
                scalings.done(),
                recreated,
                ledger.fingerprint());
    }

    // ---- lives

    private void live() {
        try {
            LogPort port = open();
            readEverything(port);
            connect(port);
            planTrouble();
            work();
        } catch (SimulatedMachine.ProcessGone e) {
            trace.add(() -> "the process is gone");
        }
        end();
    }

    private void connect(LogPort port) {
        clients.connect(port, machine.disk()::crashed);
        for (Application application : applications) {
            application.link().connect(port, machine.disk()::crashed);
        }
    }

    private void planTrouble() {
        // Links lose calls at all times, so that the log may also be asked twice.
        clients.troubled = true;
        if (random.nextInt(3) > 0) {
            int within = 1 << random.nextInt(11);
            if (random.nextBoolean()) {
                machine.disk().faults().crashAt(1 + random.nextInt(within));
            } else {
                machine.disk().faults().crashAt(DiskOperation.FORCE, 1 + random.nextInt(Math.max(1, within / 2)));
            }
        }
        if (failingDisk) {
            machine.disk().faults().failRandomly(DiskOperation.FORCE, 0.03 * random.nextDouble());
            machine.disk().faults().failRandomly(DiskOperation.WRITE, 0.02 * random.nextDouble());
        }
    }

    private void work() {
        for (int acts = 0; acts < actsPerLife; ) {
            if (random.nextInt(stepsPerAct + 1) == 0) {
                act();
                acts++;
                calls.check();
                machine.throwViolation();
            } else {
                machine.step();
            }
        }
    }

    private void act() {
        int choice = random.nextInt(200);
        if (choice < 6 || applications.isEmpty()) {
            start();
        } else if (choice < 8) {
            die(applications.get(random.nextInt(applications.size())));
        } else if (choice < 12) {
            applications.get(random.nextInt(applications.size())).link().reset();
        } else if (choice < 16) {
            scalings.act();
        } else if (choice < 18) {
            recreate();
        } else if (choice < 22) {
            machine.scheduler.advanceMillis(random.nextInt(300));
        } else {
            applications.get(random.nextInt(applications.size())).act(random);
        }
    }

    private void end() {
        clients.disconnect();
        applications.forEach(application -> application.link().disconnect());
        scalings.lost();
        recreation.lost();
        machine.end(random.nextInt(4) == 0);
    }

    // ---- applications

    private void start() {
        int number = ++started;
        Application application = newApplication("app-" + number);
        applications.add(application);
        int users = 1 + random.nextInt(4);
        for (int i = 0; i < users; i++) {
            addUser(application, "w" + number + "." + i, random.nextInt(10));
        }
    }

    private Application newApplication(String name) {
        DistantLog link =
                new DistantLog(machine.scheduler, name + "-link", random.split(), shards, MAX_EVENT_BYTES, sabotage);
        link.connect(clients.port(), machine.disk()::crashed);
        return new Application(world, name, link);
    }

    private void addUser(Application application, String name, int kind) {
        if (kind < 2) {
            new ClaimingUser(application, random.split(), CLAIMED, name);
        } else if (kind < 4) {
            new ImportingUser(application, random.split(), name, imports.get(random.nextInt(imports.size())));
        } else {
            String stream = kind < 6 ? PASSING : ACCOUNTS;
            String id = random.nextInt(3) > 0 ? null : "writer-" + random.nextInt(2);
            new AppendingUser(application, random.split(), stream, name, id);
        }
    }

    private void die(Application application) {
        trace.add(() -> application + " dies");
        applications.remove(application);
        application.die();
    }

    // ---- the stream that is deleted and created again

    private void recreate() {
        if (recreation.isBusy()) {
            return;
        }
        if (createsNext) {
            recreation.begin(this::create);
        } else if (!clients.draining) {
            recreation.begin(this::delete);
        }
    }

    private void delete() {
        recreation.call(
                () -> "delete " + PASSING,
                recreation.catalog().deleteStream(PASSING),
                deleted -> createsNext = true,
                failure -> {
                    // An earlier try got through.
                    boolean isGone = failure instanceof StrandlineException.NotFound;
                    createsNext = isGone;
                    return isGone;
                });
    }

    private void create() {
        recreation.call(
                () -> "create " + PASSING,
                recreation.catalog().createStream(PASSING, new StreamOptions().setPartitions(1 + random.nextInt(3))),
                created -> {
                    recreated++;
                    createsNext = false;
                },
                failure -> {
                    boolean isThere = failure instanceof StrandlineException.Conflict;
                    createsNext = !isThere;
                    return isThere;
                });
    }

    // ---- the end

    /** Without faults: every call is answered, all imports are done, and all is read. */
    private void lastLife() {
        LogPort port = open();
        connect(port);
        clients.draining = true;
        applications.forEach(application -> application.link().calm());
        applications.forEach(Application::drain);
        settleApplications();
        finishImports();
        readEverything(port);
        for (Application application : applications) {
            machine.await("close of " + application, application.close());
        }
        machine.await("close", port.close());
        end();
        LogPort again = open();
        readEverything(again);
        machine.await("close", again.close());
    }

    private void settleApplications() {
        drainUntil(() -> applications.stream().allMatch(Application::isDone)
                && calls.isEmpty()
                && scalings.isDone()
                && recreation.isDone()
                && !createsNext);
    }

    private void finishImports() {
        Application last = newApplication("last");
        last.link().calm();
        applications.add(last);
        for (Import each : imports) {
            new ImportingUser(last, random.split(), "last-" + each, each);
        }
        drainUntil(() -> last.isDone() && calls.isEmpty());
    }

    private void drainUntil(BooleanSupplier isOver) {
        for (int steps = 0; !isOver.getAsBoolean(); steps++) {
            violations.require(
                    steps < STEPS_TO_DRAIN, Invariant.PROGRESS, () -> "calls were not answered in " + STEPS_TO_DRAIN);
            calls.check();
            machine.throwViolation();
            if (random.nextInt(4) == 0) {
                if (!applications.isEmpty()) {
                    applications.get(random.nextInt(applications.size())).act(random);
                }
                scalings.act();
                recreate();
            } else {
                machine.step();
            }
        }
    }

    // ---- the log

    private LogPort open() {
        LogOptions options = new LogOptions()
                .setShards(shards)
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(16 << 10)
                .setTailBytes(128 << 10)
                .setMaxEventBytes(MAX_EVENT_BYTES)
                .setMaxParcelBytes(128 << 10);
        clients.troubled = true;
        LogPort port =
                machine.await("open", EmbeddedLog.open(machine.environment(flaw), options, shards, openings > 0));
        openings++;
        if (!exists) {
            machine.await("create scope", port.catalog().createScope("bank"));
            for (String stream : STREAMS) {
                StreamOptions created =
                        new StreamOptions().setPartitions(1 + random.nextInt(4)).setExclusive(stream.equals(CLAIMED));
                machine.await("create " + stream, port.catalog().createStream(stream, created));
            }
            exists = true;
        }
        return port;
    }

    /** While no append is on its way to the log. */
    private void readEverything(LogPort port) {
        DistantLog link = new DistantLog(
                machine.scheduler,
                "reader-link",
                new SplittableRandom(openings),
                shards,
                MAX_EVENT_BYTES,
                Sabotage.NONE);
        link.calm();
        link.connect(port, machine.disk()::crashed);
        Application reader = new Application(world, "reader", link);
        for (String stream : STREAMS) {
            StreamDescription described = machine.ask(
                    clients, "describe " + stream, () -> port.catalog().describe(stream));
            if (described != null) {
                StreamLife life =
                        new StreamLife(stream, Collections.min(described.byId().keySet()));
                List<ReadEvent> events = machine.await("read of " + stream, reader.readAll(stream));
                ledger.check(life, events);
                machine.throwViolation();
            }
        }
        machine.await("close of the reader", reader.close());
        link.end();
        reader.end();
    }
}
