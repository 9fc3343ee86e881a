package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.log.RandomScaling;
import io.strandline.processing.pipeline.SimulatedMachine.Fault;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointHistory;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.RestoreTerms;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.SideFiles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline in several lives, with its log and its snapshots on one simulated disk. Each life ends with a power cut: at some
 * operation, or after the disk failed, was full, or stalled under one shard. Meanwhile source and sink are scaled, and now and
 * then a second run takes over from the first. The seed decides on the faults. Threads are those of an application, so a seed is
 * not always the same run.
 */
final class PipelineSeed {

    private static final int LIVES = 6;
    private static final int DEPOSITS_PER_LIFE = 250;
    private static final int MAX_PARTITIONS = 8;
    /** Operations of the disk in one life: about so many. */
    private static final int OPERATIONS = 900;

    private static final long MILLIS_AFTER_FAULT = 150;

    /** What is done wrong, to prove that it is noticed. */
    enum Breakage {
        NONE,
        SNAPSHOTS_NOT_FORCED,
        NAMES_OF_SNAPSHOTS_NOT_FORCED,
        MANIFEST_BEFORE_SNAPSHOTS,
        MANIFEST_BEFORE_OUTPUTS
    }

    /**
     * What has happened in a run that kept every invariant.
     *
     * @param restored lives that began at a checkpoint
     * @param cutWithin lives whose power was cut at an operation, and not after all was done
     * @param stopped lives in which the pipeline could not start, or stopped by itself, before the power was cut
     */
    record Report(int restored, int cutWithin, int stopped) {}

    private final long seed;
    private final Breakage breakage;
    private final boolean isShuffled;
    /** Where the states are, or null for the heap. */
    private final @Nullable FileTables tables;

    private final Random random;
    private final SimulatedMachine machine;
    private int restored;
    private int cutWithin;
    private int stopped;

    PipelineSeed(long seed, Breakage breakage) {
        this(seed, breakage, false);
    }

    /** @param isShuffled whether the deposits go through a shuffle */
    PipelineSeed(long seed, Breakage breakage, boolean isShuffled) {
        this(seed, breakage, isShuffled, null);
    }

    /** @param tables where the states are, or null for the heap */
    PipelineSeed(long seed, Breakage breakage, boolean isShuffled, @Nullable FileTables tables) {
        this.tables = tables;
        this.isShuffled = isShuffled;
        this.seed = seed;
        this.breakage = breakage;
        this.random = new Random(seed);
        this.machine = new SimulatedMachine(seed, random, OPERATIONS);
        if (breakage == Breakage.SNAPSHOTS_NOT_FORCED) {
            machine.disk().ignoreForces(SideFiles.CHECKPOINTS);
        } else if (breakage == Breakage.NAMES_OF_SNAPSHOTS_NOT_FORCED) {
            machine.disk().ignoreDirectoryForces(SideFiles.CHECKPOINTS);
        }
    }

    private void check(boolean holds, String invariant, @Nullable Object found) {
        if (!holds) {
            throw new AssertionError("-Dstrandline.seed=" + seed + ": " + invariant + ": " + found);
        }
    }

    /** Throws an AssertionError that names the seed if an invariant is broken. */
    Report run() throws Exception {
        for (int life = 0; life < LIVES; life++) {
            Fault fault = life == 0 ? Fault.NONE : Fault.any(random);
            live((life + 1) * DEPOSITS_PER_LIFE, fault);
        }
        try {
            finish(LIVES * DEPOSITS_PER_LIFE);
        } catch (StrandlineException e) {
            check(false, "without a fault everything goes well", e);
        }
        return new Report(restored, cutWithin, stopped);
    }

    // ---- one process

    private PipelineOptions options() {
        return new PipelineOptions()
                .setThreadingModel(seed % 4 == 3 ? ThreadingModel.WORKER : ThreadingModel.EVENT_LOOP)
                .setShufflePartitions(2)
                .setStateTables(tables)
                .setCheckpointIntervalMillis(86_400_000)
                .setCheckpointEvents(15)
                .setMaxReplayEvents(45)
                .setRetryTimeoutMillis(500);
    }

    private Pipeline pipeline() {
        return isShuffled
                ? AccountsPipeline.shuffled(1, AccountsPipeline.STEP)
                : AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    private Future<RunningPipeline> deploy(Vertx vertx, Strandline log) {
        return switch (breakage) {
            case MANIFEST_BEFORE_SNAPSHOTS ->
                pipeline().deploy(vertx, log, options(), new LateStore(vertx, machine.store(vertx)));
            case MANIFEST_BEFORE_OUTPUTS ->
                pipeline().deploy(vertx, withoutFlush(log), options(), machine.store(vertx));
            default -> pipeline().deploy(vertx, log, options());
        };
    }

    private void live(int deposits, Fault fault) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(4));
        Strandline log = null;
        try {
            machine.turnOn(fault);
            log = get(machine.open(vertx));
            get(AccountsPipeline.createStreams(log));
            Future<?> deposited = AccountsPipeline.deposit(vertx, log, deposits);
            RunningPipeline first = start(vertx, log);
            restored += first.statistics().restored() == null ? 0 : 1;
            machine.plan(fault).run();
            scale(log);
            // The first one may still work when another one has taken over.
            Future<RunningPipeline> newest =
                    random.nextInt(3) == 0 ? deploy(vertx, log) : Future.succeededFuture(first);
            get(firstOf(vertx, fault, newest.compose(running -> deposited.compose(all -> running.awaitEnd())), newest));
            Future<?> ended = newest.succeeded() ? requireWhole(newest.result()).ended() : newest;
            if (ended.failed()) {
                check(fault != Fault.NONE, "without a fault everything goes well", ended.cause());
                stop(ended.cause());
            }
        } catch (StrandlineException e) {
            check(fault != Fault.NONE, "without a fault everything goes well", e);
            stop(e);
        } finally {
            cutWithin += machine.disk().powerCut().isComplete() ? 1 : 0;
            machine.crash();
            end(vertx, log);
        }
    }

    private RunningPipeline start(Vertx vertx, Strandline log) {
        return requireWhole(get(deploy(vertx, log)));
    }

    private RunningPipeline requireWhole(RunningPipeline running) {
        check(
                running.statistics().damaged() == 0,
                "a durable manifest names snapshots that survive",
                running.statistics());
        return running;
    }

    /** Splits or merges partitions of source or sink while the pipeline runs. */
    private void scale(Strandline log) {
        String stream = random.nextInt(3) == 0 ? AccountsPipeline.SINK : AccountsPipeline.SOURCE;
        if (isShuffled && random.nextInt(3) == 0) {
            stream = AccountsPipeline.SHUFFLE;
        }
        // Two partitions of an internal stream, because marks do not reach one that was split more and more.
        int most = stream.equals(AccountsPipeline.SHUFFLE) ? 2 : MAX_PARTITIONS;
        RandomScaling scaling = new RandomScaling(stream, most, new Random(random.nextLong()));
        Future<?> scaled = Future.succeededFuture();
        for (int times = random.nextInt(3); times > 0; times--) {
            scaled = scaled.compose(before -> scaling.next(log));
        }
    }

    private void stop(@Nullable Throwable cause) {
        boolean isLoss = cause instanceof StrandlineException.Conflict || cause instanceof StrandlineException.Corrupt;
        check(!isLoss, "what a pipeline finds is what it left", cause);
        stopped++;
    }

    /** Completes when nothing more is to be expected of a life. */
    private Future<?> firstOf(Vertx vertx, Fault fault, Future<?> done, Future<RunningPipeline> newest) {
        Promise<Void> first = Promise.promise();
        done.onSuccess(all -> first.tryComplete());
        newest.onFailure(refused -> first.tryComplete());
        newest.onSuccess(running -> running.ended().onComplete(over -> first.tryComplete()));
        machine.disk().powerCut().onComplete(cut -> first.tryComplete());
        if (fault.isQuiet()) {
            vertx.setTimer(MILLIS_AFTER_FAULT, late -> first.tryComplete());
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

    private void finish(int deposits) throws Exception {
        machine.turnOn(Fault.NONE);
        Vertx vertx = Vertx.vertx();
        Strandline log = get(machine.open(vertx));
        try {
            get(AccountsPipeline.createStreams(log));
            get(AccountsPipeline.deposit(vertx, log, deposits));
            RunningPipeline running = start(vertx, log);
            get(running.awaitEnd());
            get(running.close());
            List<EventRecord<String>> source = read(vertx, log, AccountsPipeline.SOURCE);
            check(source.size() == deposits, "every deposit is there once", source.size());
            Map<String, List<String>> outputs = AccountsPipeline.actual(read(vertx, log, AccountsPipeline.SINK));
            check(outputs.equals(AccountsPipeline.expected(source)), "each output is there once, in order", outputs);
            Map<String, String> states = checkpointed(vertx, log);
            check(states.equals(replayed(source)), "the checkpoint is what a replay gives", states);
        } finally {
            end(vertx, log);
        }
    }

    private static List<EventRecord<String>> read(Vertx vertx, Strandline log, String stream) {
        return Applications.run(vertx, () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(Applications::toEnd));
    }

    /** Account → its state in the newest checkpoint. */
    private Map<String, String> checkpointed(Vertx vertx, Strandline log) {
        List<Pipeline> stages = pipeline().stages();
        Pipeline last = stages.get(stages.size() - 1);
        List<EventRecord<CheckpointEntry>> entries = Applications.run(vertx, () -> log.read(
                        CheckpointStream.nameOf(last.name()).toString(), CheckpointEntry.CODEC, new ReaderOptions())
                .compose(Applications::toEnd));
        List<StoredManifest> manifests = new CheckpointHistory(last, entries).manifests();
        PipelineSnapshots snapshots =
                new PipelineSnapshots(Applications.newContext(vertx), machine.store(vertx), last.name());
        Map<String, String> states = new TreeMap<>();
        get(snapshots.read(
                        manifests.get(manifests.size() - 1).manifest().snapshots(),
                        last.topology(),
                        RestoreTerms.unlimited()))
                .values()
                .forEach(task -> task.states()
                        .store("account")
                        .forEach(entry -> states.put(entry.key(), String.valueOf(entry.value()))));
        return states;
    }

    private static Map<String, String> replayed(List<EventRecord<String>> source) {
        Map<String, String> states = new TreeMap<>();
        for (EventRecord<String> deposit : source) {
            states.merge(
                    AccountsPipeline.first(deposit.event()),
                    AccountsPipeline.sum("0 0", deposit.event()),
                    (before, first) -> AccountsPipeline.sum(before, deposit.event()));
        }
        return states;
    }

    // ---- what is done wrong

    /** A log whose writers to the sink say at once that all is durable. */
    private static Strandline withoutFlush(Strandline log) {
        return (Strandline) Proxy.newProxyInstance(
                Strandline.class.getClassLoader(), new Class<?>[] {Strandline.class}, (proxy, method, arguments) -> {
                    Object result = call(method, log, arguments);
                    return method.getName().equals("createWriter") && arguments[0].equals(AccountsPipeline.SINK)
                            ? ((Future<?>) result).map(writer -> withoutFlush((EventWriter<?>) writer))
                            : result;
                });
    }

    private static EventWriter<?> withoutFlush(EventWriter<?> writer) {
        return (EventWriter<?>) Proxy.newProxyInstance(
                EventWriter.class.getClassLoader(),
                new Class<?>[] {EventWriter.class},
                (proxy, method, arguments) ->
                        method.getName().equals("flush") ? Future.succeededFuture() : call(method, writer, arguments));
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** A store that says that snapshots are written before they are. */
    private record LateStore(Vertx vertx, CheckpointStore store) implements CheckpointStore {

        @Override
        public Future<Void> open(String pipeline) {
            return store.open(pipeline);
        }

        @Override
        public <T> Future<List<T>> write(String pipeline, List<NewSnapshot<T>> snapshots) {
            return vertx.executeBlocking(() -> {
                List<T> results = new ArrayList<>();
                List<NewSnapshot<T>> late = new ArrayList<>();
                for (NewSnapshot<T> snapshot : snapshots) {
                    Buffer bytes = Buffer.buffer();
                    T result = snapshot.content().writeTo(part -> {
                        byte[] copy = new byte[part.remaining()];
                        part.get(copy);
                        bytes.appendBytes(copy);
                    });
                    results.add(result);
                    late.add(new NewSnapshot<>(snapshot.name(), output -> {
                        output.write(ByteBuffer.wrap(bytes.getBytes()));
                        return result;
                    }));
                }
                vertx.setTimer(2, later -> store.write(pipeline, late));
                return results;
            });
        }

        @Override
        public <T> Future<T> read(String pipeline, String snapshot, Reader<T> reader) {
            return store.read(pipeline, snapshot, reader);
        }

        @Override
        public Future<List<String>> list(String pipeline) {
            return store.list(pipeline);
        }

        @Override
        public Future<Void> delete(String pipeline, Collection<String> snapshots) {
            return store.delete(pipeline, snapshots);
        }

        @Override
        public String place(String pipeline) {
            return store.place(pipeline);
        }
    }
}
