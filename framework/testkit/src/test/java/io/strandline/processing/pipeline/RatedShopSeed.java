package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.log.RandomScaling;
import io.strandline.processing.pipeline.SimulatedMachine.Fault;
import io.strandline.spi.LogPort;
import io.strandline.spi.SideFiles;
import io.strandline.testkit.SharedDisk;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Windows, a join of streams and a table after shuffles ({@link RatedShop}), in several lives, with their log and their snapshots on one
 * simulated disk. Each life ends as those of {@link PipelineSeed} do, or at some call of the log. Meanwhile source, sinks and internal
 * streams are scaled. A run is stopped at some call, another one takes over, and the first goes on. A snapshot is damaged now and then. The
 * seed decides on the faults. Threads are those of an application, so a seed is not always the same run.
 */
final class RatedShopSeed {

    private static final int LIVES = 4;
    private static final int NOTES_PER_LIFE = 160;
    private static final int MAX_PARTITIONS = 6;
    private static final int MAX_SHUFFLE_PARTITIONS = 4;
    private static final int MAX_DAMAGES = 2;
    /** Operations of the disk, and calls of a run to the log, in one life: about so many. */
    private static final int OPERATIONS = 500;

    private static final int CALLS = 200;
    /** Calls of a run from its start until it does not wait for anything. */
    private static final int STARTING_CALLS = 150;

    private static final long MILLIS_AFTER_FAULT = 150;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final Pattern SNAPSHOT = Pattern.compile("e(\\d+)-c(\\d+)-p(\\d+)\\.snapshot");

    /**
     * What has happened in a run that kept every invariant.
     *
     * @param restored lives that began at a checkpoint
     * @param cutWithin lives whose power was cut at an operation, and not after all was done
     * @param zombies runs that went on after another one had taken over
     * @param fenced those of them that have noticed
     * @param damaged starts that met a damaged snapshot
     */
    record Report(int restored, int cutWithin, int zombies, int fenced, int damaged) {}

    private final long seed;
    private final boolean isFenced;
    private final Random random;
    private final SimulatedMachine machine;
    private volatile int appended;
    private int damages;
    private int restored;
    private int cutWithin;
    private int zombies;
    private int fenced;
    private int damaged;

    /** @param isFenced false to prove that it is noticed when writers have no names by which they are fenced, and repeats dropped */
    RatedShopSeed(long seed, boolean isFenced) {
        this.seed = seed;
        this.isFenced = isFenced;
        this.random = new Random(seed);
        this.machine = new SimulatedMachine(seed, random, OPERATIONS);
    }

    private void check(boolean holds, String invariant, @Nullable Object found) {
        if (!holds) {
            throw new AssertionError("-Dstrandline.seed=" + seed + ": " + invariant + ": " + found);
        }
    }

    /** Throws an AssertionError that names the seed if an invariant is broken. */
    Report run() throws Exception {
        begin();
        for (int life = 1; life <= LIVES; life++) {
            Fault fault = Fault.any(random);
            live(life * NOTES_PER_LIFE, fault);
            damage();
        }
        try {
            finish();
        } catch (StrandlineException e) {
            check(false, "without a fault everything goes well", e);
        }
        return new Report(restored, cutWithin, zombies, fenced, damaged);
    }

    private PipelineOptions options() {
        return RatedShop.options()
                .setThreadingModel(seed % 4 == 3 ? ThreadingModel.WORKER : ThreadingModel.EVENT_LOOP)
                .setCheckpointEvents(30)
                .setMaxReplayEvents(90);
    }

    /** All tasks know how far event time has come before anything is late. */
    private void begin() {
        Vertx vertx = Vertx.vertx();
        Strandline log = get(machine.open(vertx));
        try {
            get(RatedShop.createStreams(log));
            get(RatedShop.begin(vertx, log));
            RunningPipeline running = get(RatedShop.pipeline().deploy(vertx, log, options()));
            get(running.awaitEnd());
            get(running.close());
        } finally {
            end(vertx, log);
        }
    }

    // ---- one process

    private void live(int notes, Fault fault) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(4));
        Strandline log = null;
        MortalLog first = null;
        try {
            machine.turnOn(fault);
            log = get(machine.open(vertx));
            LogPort port = Objects.requireNonNull(LogPort.of(log));
            first = new MortalLog(port, isFenced);
            MortalLog second = new MortalLog(port, isFenced);
            Future<?> half = append(vertx, log, notes - NOTES_PER_LIFE / 2);
            RunningPipeline oldest = requireWhole(get(deploy(vertx, first)));
            restored += oldest.statistics().restored() == null ? 0 : 1;
            Future<?> scaled = scale(log);
            boolean hasZombie = random.nextInt(3) > 0;
            Runnable broken = fault == Fault.POWER_CUT && random.nextBoolean()
                    ? cutAtCall(hasZombie ? second : first)
                    : machine.plan(fault);
            boolean breaksBefore = random.nextInt(3) == 0;
            if (breaksBefore) {
                broken.run();
            }
            Future<RunningPipeline> newest = hasZombie
                    ? takeOver(vertx, first, half.compose(durable -> oldest.awaitEnd()), second)
                    : Future.succeededFuture(oldest);
            if (!breaksBefore) {
                newest.onSuccess(running -> broken.run());
            }
            Strandline opened = log;
            Future<?> done = Future.all(half, newest)
                    .compose(both -> append(vertx, opened, notes))
                    .compose(durable -> newest.result().awaitEnd())
                    .compose(end -> scaled)
                    .compose(end -> hasZombie ? noticed(oldest) : Future.succeededFuture());
            Future<?> faulty = breaksBefore ? Future.succeededFuture() : newest;
            get(firstOf(vertx, fault, done, newest, faulty));
            zombies += hasZombie && newest.succeeded() ? 1 : 0;
            fenced += oldest.ended().cause() instanceof StrandlineException.Fenced ? 1 : 0;
            Future<?> ended = newest.succeeded() ? requireWhole(newest.result()).ended() : newest;
            if (ended.failed()) {
                // A run that goes on while the newer one begins may fence it, and is fenced itself.
                boolean isMutual = hasZombie && ended.cause() instanceof StrandlineException.Fenced;
                check(fault != Fault.NONE || isMutual, "without a fault everything goes well", ended.cause());
                stop(ended.cause());
            }
        } catch (StrandlineException e) {
            check(fault != Fault.NONE, "without a fault everything goes well", e);
            stop(e);
        } finally {
            cutWithin += machine.disk().powerCut().isComplete() ? 1 : 0;
            machine.crash();
            if (first != null) {
                first.release();
            }
            end(vertx, log);
        }
    }

    private Future<?> append(Vertx vertx, Strandline log, int notes) {
        return appended >= notes
                ? Future.succeededFuture()
                : RatedShop.append(vertx, log, seed, appended, notes, durable -> appended = durable);
    }

    private Runnable cutAtCall(MortalLog way) {
        int call = 1 + random.nextInt(CALLS);
        SharedDisk disk = machine.disk();
        return () -> way.atCall(way.calls() + call)
                .onSuccess(reached -> disk.with(simulated -> simulated.faults().crashAt(1)));
    }

    private Future<RunningPipeline> deploy(Vertx vertx, MortalLog way) {
        // On a context of its own: what is deployed on that of a verticle ends with it.
        return Applications.start(Applications.newContext(vertx), () -> RatedShop.pipeline()
                .deploy(vertx, way.strandline(vertx), options()));
    }

    /**
     * The first run is stopped at some call, or when it has done everything. It goes on at some call of the next one, or when that has
     * begun.
     */
    private Future<RunningPipeline> takeOver(Vertx vertx, MortalLog first, Future<?> done, MortalLog second) {
        int call = 1 + random.nextInt(random.nextBoolean() ? CALLS : CALLS / 10);
        second.atCall(1 + random.nextInt(STARTING_CALLS)).onSuccess(reached -> first.goOn());
        return Future.any(first.atCall(first.calls() + call), done.otherwiseEmpty())
                .onSuccess(stopped -> first.stall())
                .compose(stopped -> deploy(vertx, second))
                .onSuccess(running -> first.goOn());
    }

    /** Completes when a run has noticed that it was taken over. */
    private static Future<?> noticed(RunningPipeline oldest) {
        return oldest.ended().otherwiseEmpty();
    }

    private RunningPipeline requireWhole(RunningPipeline running) {
        int met = running.statistics().damaged();
        check(met <= damages, "a durable manifest names snapshots that survive", running.statistics());
        damaged += met > 0 ? 1 : 0;
        return running;
    }

    private void stop(@Nullable Throwable cause) {
        boolean isLoss = cause instanceof StrandlineException.Conflict || cause instanceof StrandlineException.Corrupt;
        check(!isLoss, "what a pipeline finds is what it left", cause);
    }

    // ---- what happens to it

    /** Splits or merges partitions while the pipeline runs. */
    private Future<?> scale(Strandline log) {
        Future<?> scaled = Future.succeededFuture();
        for (int times = random.nextInt(3); times > 0; times--) {
            int choice = random.nextInt(8);
            Random borders = new Random(random.nextLong());
            if (choice < 2) {
                scaled = scaled.compose(before -> splitShuffle(log, RatedShop.SHUFFLES.get(choice), borders));
            } else {
                String stream =
                        choice < 6 ? RatedShop.NOTES : RatedShop.SINKS.get(borders.nextInt(RatedShop.SINKS.size()));
                scaled = scaled.compose(before -> new RandomScaling(stream, MAX_PARTITIONS, borders).next(log));
            }
        }
        return scaled.otherwiseEmpty();
    }

    /** A merge of an internal stream may bring events after later marks, which makes them late. */
    private static Future<?> splitShuffle(Strandline log, String stream, Random borders) {
        return log.catalog().describe(stream).compose(described -> {
            List<PartitionDescription> open = described.partitions();
            PartitionDescription parent = open.get(borders.nextInt(open.size()));
            return open.size() >= MAX_SHUFFLE_PARTITIONS
                    ? Future.succeededFuture(described)
                    : log.catalog()
                            .scale(stream, Set.of(parent.id()), parent.keys().halves());
        });
    }

    /** Turns some bits of the newest snapshot of a stage, which none but the newest checkpoint rests on. */
    private void damage() throws IOException {
        List<String> stages = machine.disk().directories(SideFiles.CHECKPOINTS);
        if (damages == MAX_DAMAGES || random.nextInt(3) > 0 || stages.isEmpty()) {
            return;
        }
        String stage = SideFiles.CHECKPOINTS + "/" + stages.get(random.nextInt(stages.size()));
        String newest = machine.disk().list(stage).stream()
                .filter(name -> SNAPSHOT.matcher(name).matches())
                .max(Comparator.<String>comparingLong(name -> numberOf(name, 1))
                        .thenComparingLong(name -> numberOf(name, 2)))
                .orElse(null);
        if (newest != null) {
            damages++;
            String file = stage + "/" + newest;
            int size = Math.toIntExact(
                    Objects.requireNonNull(machine.disk().sizes(stage).get(newest)));
            int position = random.nextInt(Math.max(1, size));
            int bits = 1 + random.nextInt(255);
            if (position < size) {
                machine.disk().damage(file, position, bits);
            }
        }
    }

    private static long numberOf(String snapshot, int group) {
        Matcher matcher = SNAPSHOT.matcher(snapshot);
        return matcher.matches() ? Long.parseLong(matcher.group(group)) : 0;
    }

    /**
     * Completes when nothing more is to be expected of a life.
     *
     * @param faulty completes when the fault has begun
     */
    private Future<?> firstOf(
            Vertx vertx, Fault fault, Future<?> done, Future<RunningPipeline> newest, Future<?> faulty) {
        Promise<Void> first = Promise.promise();
        done.onSuccess(all -> first.tryComplete());
        done.onFailure(refused -> first.tryComplete());
        newest.onSuccess(running -> running.ended().onComplete(over -> first.tryComplete()));
        machine.disk().powerCut().onComplete(cut -> first.tryComplete());
        if (fault.isQuiet()) {
            faulty.onComplete(begun -> vertx.setTimer(MILLIS_AFTER_FAULT, late -> first.tryComplete()));
        }
        return first.future();
    }

    private static void end(Vertx vertx, @Nullable Strandline log) {
        if (log != null) {
            get(log.close().otherwiseEmpty());
        }
        get(vertx.close());
    }

    // ---- the end

    private void finish() throws Exception {
        machine.turnOn(Fault.NONE);
        Vertx vertx = Vertx.vertx();
        Strandline log = get(machine.open(vertx));
        try {
            int notes = LIVES * NOTES_PER_LIFE;
            get(append(vertx, log, notes));
            get(RatedShop.close(vertx, log));
            List<EventRecord<String>> source = read(vertx, log, RatedShop.NOTES);
            RatedShop.Outputs expected = RatedShop.expected(source);
            MortalLog last = new MortalLog(Objects.requireNonNull(LogPort.of(log)), isFenced);
            RunningPipeline running = requireWhole(get(deploy(vertx, last)));
            RatedShop.Outputs found = outputs(vertx, log);
            long deadline = System.nanoTime() + DEADLINE_NANOS;
            do {
                get(running.awaitEnd());
                found = outputs(vertx, log);
            } while (found.size() < expected.size() && System.nanoTime() < deadline);
            get(running.close());
            String difference = outputs(vertx, log).differenceTo(expected);
            check(difference == null, "each output is there once, in order", difference);
        } finally {
            end(vertx, log);
        }
    }

    private static RatedShop.Outputs outputs(Vertx vertx, Strandline log) {
        RatedShop.Outputs outputs = new RatedShop.Outputs();
        RatedShop.SINKS.forEach(
                sink -> read(vertx, log, sink).forEach(output -> outputs.add(sink, output.key(), output.event())));
        return outputs;
    }

    private static List<EventRecord<String>> read(Vertx vertx, Strandline log, String stream) {
        return Applications.run(vertx, () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(Applications::toEnd));
    }
}
