package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointHistory;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.RestoreTerms;
import io.strandline.processing.pipeline.impl.checkpoint.SimulatedSnapshotFiles;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A log that outlives processes, and the processes, one after the other. */
public final class PipelineFixture implements AutoCloseable {

    static final String CHECKPOINTS = "_strandline/checkpoints-ledger";

    private static final long DEADLINE_SECONDS = 60;

    final MemoryLog log = new MemoryLog();
    final Path directory;
    /** Stage → its snapshots, or null if they are in the directory. */
    private final @Nullable Map<String, SimulatedSnapshotFiles> disks;

    private final List<Vertx> processes = new ArrayList<>();
    private int deposits;

    /** Snapshots are files in a directory. */
    PipelineFixture(Path directory) {
        this(directory, null);
    }

    private PipelineFixture(Path directory, @Nullable Map<String, SimulatedSnapshotFiles> disks) {
        this.directory = directory;
        this.disks = disks;
    }

    /** Snapshots are on a disk that loses in a crash what was not forced. */
    static PipelineFixture onSimulatedDisk() {
        return new PipelineFixture(Path.of("simulated"), new ConcurrentHashMap<>());
    }

    CheckpointStore store(Vertx vertx) {
        return new FileCheckpointStore(
                vertx,
                pipeline -> disks == null
                        ? new DirectoryFiles(directory.resolve(pipeline))
                        : disks.computeIfAbsent(pipeline, none -> new SimulatedSnapshotFiles()));
    }

    /** A fresh process. */
    MemoryStrandline open() {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
        processes.add(vertx);
        return new MemoryStrandline(vertx, log);
    }

    PipelineOptions options() {
        // By events alone: an interval would make runs differ from each other.
        return new PipelineOptions()
                .setCheckpointDirectory(directory.toString())
                .setCheckpointIntervalMillis(86_400_000)
                .setCheckpointEvents(50)
                .setMaxReplayEvents(100);
    }

    RunningPipeline deploy(MemoryStrandline strandline) {
        return await(deploy(strandline, Ledger.pipeline(), options()));
    }

    Future<RunningPipeline> deploy(MemoryStrandline strandline, Pipeline pipeline, PipelineOptions options) {
        return pipeline.deploy(strandline.vertx, strandline, options, store(strandline.vertx));
    }

    Future<RunningPipeline> deploy(
            MemoryStrandline strandline, Pipeline pipeline, PipelineOptions options, Ticker.TimeSource time) {
        return new PipelineDeployment(time)
                .deploy(
                        pipeline,
                        strandline.vertx,
                        strandline,
                        options,
                        store(strandline.vertx),
                        Pipeline.Provider.Start.NEWEST);
    }

    /** Ends a process without a clean stop, which {@code close} of Vert.x alone would try on a log that is silent. */
    void crash(MemoryStrandline strandline) {
        strandline.crash();
        Vertx vertx = strandline.vertx;
        await(Future.join(vertx.deploymentIDs().stream().map(vertx::undeploy).toList())
                .transform(undeployed -> vertx.close()));
        processes.remove(strandline.vertx);
        if (disks != null) {
            disks.values().forEach(SimulatedSnapshotFiles::crash);
        }
    }

    /**
     * Waits until a run has come to its end, which must not fail, or its process has crashed, and ends the process. Returns
     * whether it had crashed.
     */
    boolean awaitEndOrCrash(MemoryStrandline strandline, Future<?> end) {
        Promise<Void> first = Promise.promise();
        end.<Void>mapEmpty().onComplete((done, cause) -> {
            if (cause == null) {
                first.tryComplete();
            } else {
                first.tryFail(cause);
            }
        });
        strandline.untilCrash().onSuccess(crashed -> first.tryComplete());
        await("an end or a crash", first.future());
        boolean hadCrashed = !strandline.crash();
        crash(strandline);
        return hadCrashed;
    }

    /** Runs a pipeline up to a step at which its process crashes, or to its end if it has fewer, and ends the process. */
    void crashAt(int step, Function<Runnable, Pipeline> pipeline, PipelineOptions options) {
        MemoryStrandline strandline = open();
        RunningPipeline running = await(deploy(strandline, pipeline.apply(strandline.crashingAt(step)), options));
        awaitEndOrCrash(strandline, running.awaitEnd());
    }

    /** Runs a pipeline to the end of its sources in a fresh process, and closes it. No checkpoint may be damaged. */
    RunningPipeline run(Pipeline pipeline, PipelineOptions options) {
        RunningPipeline running = await(deploy(open(), pipeline, options));
        assertThat(running.statistics().damaged()).isZero();
        await(running.awaitEnd());
        await(running.close());
        return running;
    }

    /** The manifests that the log still keeps, oldest first. */
    List<Manifest> manifests() {
        long partition = log.describe(CHECKPOINTS).partitions().get(0).id();
        List<EventRecord<CheckpointEntry>> found = new ArrayList<>();
        long offset = log.startCut(CHECKPOINTS).offset(partition);
        for (MemoryLog.Stored stored :
                log.events(CHECKPOINTS, partition).stream().skip(offset).toList()) {
            try {
                CheckpointEntry entry =
                        CheckpointEntry.CODEC.decode(stored.type(), stored.bytes(), 0, stored.bytes().length);
                found.add(new EventRecord<>(partition, offset++, 0, null, stored.type(), entry));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new CheckpointHistory(Ledger.pipeline(), found)
                .manifests().stream()
                        .map(CheckpointEntry.StoredManifest::manifest)
                        .toList();
    }

    Manifest newestManifest() {
        List<Manifest> manifests = manifests();
        return manifests.get(manifests.size() - 1);
    }

    Path file(Manifest manifest, int snapshot) {
        return directory
                .resolve("ledger")
                .resolve(manifest.snapshots().get(snapshot).file());
    }

    List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("ledger"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Account → balance of the newest checkpoint. */
    NavigableMap<String, Ledger.Balance> balances() {
        NavigableMap<String, Ledger.Balance> balances = new TreeMap<>();
        Vertx vertx = Vertx.vertx();
        processes.add(vertx);
        await(new PipelineSnapshots(vertx.getOrCreateContext(), store(vertx), "ledger")
                        .read(newestManifest().snapshots(), Ledger.pipeline().topology(), RestoreTerms.unlimited()))
                .values()
                .forEach(task -> task.states()
                        .stores()
                        .forEach(store -> store.forEach(entry ->
                                balances.put(entry.key(), (Ledger.Balance) Objects.requireNonNull(entry.value())))));
        return balances;
    }

    /** Appends 60 deposits, other ones than before. */
    void deposit() {
        Ledger.deposit(log, 60, ++deposits);
    }

    /** Checks that each deposit was counted once, in the outputs and in the newest checkpoint. */
    void assertExact() {
        assertThat(Ledger.actualOutputs(log)).isEqualTo(Ledger.expectedOutputs(log));
        assertThat(balances()).isEqualTo(Ledger.expectedBalances(log));
    }

    /** Ids of the open partitions of the source, in ascending order of their keys. */
    List<Long> openPartitions() {
        return log.partitionsNow(Ledger.SOURCE).stream()
                .map(PartitionDescription::id)
                .toList();
    }

    Checkpoint checkpointOf(Manifest manifest) {
        return new CheckpointEntry.StoredManifest(0, 0, manifest).toCheckpoint(StreamName.parse(Ledger.SOURCE));
    }

    /** The result of a future, within a minute. */
    public static <T> T await(Future<T> future) {
        return await("a result", future);
    }

    /** @param what is named if it does not come within a minute */
    static <T> T await(String what, Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(what + " did not come within " + DEADLINE_SECONDS + " s", e);
        }
    }

    /**
     * Waits until a condition holds, for a minute at most.
     *
     * @param what is named if it does not hold by then
     */
    static void awaitTrue(MemoryStrandline strandline, String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("%s within %s s", what, DEADLINE_SECONDS)
                    .isLessThan(deadline);
            await(strandline.vertx.timer(2, TimeUnit.MILLISECONDS).<Void>mapEmpty());
        }
    }

    /** The seeds of a test: the one that the system property {@code strandline.seed} names, or else so many from 0 on. */
    static LongStream seeds(int count, int soakCount) {
        String one = System.getProperty("strandline.seed");
        return one == null
                ? LongStream.range(0, Boolean.getBoolean("strandline.soak") ? soakCount : count)
                : LongStream.of(Long.parseLong(one));
    }

    @Override
    public void close() {
        processes.forEach(vertx -> await(vertx.close()));
    }
}
