package io.strandline.processing;

import io.strandline.processing.CheckpointEntry.Manifest;
import io.strandline.processing.CheckpointEntry.Snapshot;
import io.strandline.processing.CheckpointEntry.StoredManifest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one checkpoint after the other. Belongs to the context of its {@link CheckpointVerticle}, which never asks for two
 * at a time.
 */
final class CheckpointTaker<S> {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointTaker.class);

    private final Context context;
    private final Pipeline<?, S, ?> pipeline;
    private final List<? extends TaskVerticle<?, S, ?>> tasks;
    private final SnapshotDirectory directory;
    private final CheckpointStream stream;
    private final long epoch;
    private final int retainedCheckpoints;
    /** Oldest first. */
    private final Deque<StoredManifest> retained;

    private long number;

    /** The newest work on files, on a worker thread. */
    private Future<?> filework = Future.succeededFuture();

    /** Written on the context, read anywhere. */
    private volatile CheckpointStatistics statistics;

    CheckpointTaker(
            Context context,
            Pipeline<?, S, ?> pipeline,
            PipelineOptions options,
            List<? extends TaskVerticle<?, S, ?>> tasks,
            SnapshotDirectory directory,
            CheckpointStream stream,
            long epoch,
            Restoration<S> restoration) {
        this.context = context;
        this.pipeline = pipeline;
        this.tasks = tasks;
        this.directory = directory;
        this.stream = stream;
        this.epoch = epoch;
        this.retainedCheckpoints = options.getRetainedCheckpoints();
        this.retained = new ArrayDeque<>(restoration.usable());
        this.number = restoration.newest();
        Checkpoint restored = newest();
        this.statistics = new CheckpointStatistics(0, restored, 0, 0, restored, restoration.damaged());
    }

    /**
     * Cuts every task, waits for its outputs, writes the files, then the manifest, then deletes what is no longer retained.
     * If the tasks stand where the newest checkpoint stands, completes with that.
     */
    Future<Checkpoint> take() {
        long began = System.nanoTime();
        return Future.all(tasks.stream().map(TaskVerticle::cut).toList()).compose(all -> {
            List<TaskCut<S>> cuts = all.list();
            Checkpoint newest = newest();
            if (newest != null && newest.version() == pipeline.version() && covers(newest, cuts)) {
                tasks.forEach(TaskVerticle::releaseCut);
                return Future.succeededFuture(newest);
            }
            return store(cuts, began);
        });
    }

    private static boolean covers(Checkpoint checkpoint, List<? extends TaskCut<?>> cuts) {
        return cuts.stream().allMatch(cut -> checkpoint.cut().offset(cut.partition()) == cut.offset());
    }

    private <T extends TaskCut<S>> Future<Checkpoint> store(List<T> cuts, long began) {
        number++;
        return writeFiles(List.copyOf(cuts))
                .compose(this::appendManifest)
                .map(stored -> retain(stored, cuts, began))
                .compose(checkpoint -> cleanUp().map(checkpoint));
    }

    private Future<List<Snapshot>> writeFiles(List<TaskCut<S>> cuts) {
        return onWorker(() -> directory.write(number, epoch, pipeline.version(), cuts, pipeline.stateCodec()))
                .onComplete(written -> tasks.forEach(TaskVerticle::releaseCut));
    }

    private Future<StoredManifest> appendManifest(List<Snapshot> snapshots) {
        Manifest manifest = new Manifest(number, epoch, pipeline.version(), snapshots);
        return stream.append(manifest).map(offset -> new StoredManifest(offset, manifest));
    }

    private Checkpoint retain(StoredManifest stored, List<? extends TaskCut<?>> cuts, long began) {
        retained.addLast(stored);
        Checkpoint checkpoint = stored.toCheckpoint(pipeline.source());
        CheckpointStatistics before = statistics;
        long pause = before.longestPauseNanos();
        for (int i = 0; i < cuts.size(); i++) {
            tasks.get(i).checkpointed(cuts.get(i).step());
            pause = Math.max(pause, cuts.get(i).pauseNanos());
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        statistics = new CheckpointStatistics(
                before.taken() + 1, checkpoint, millis, pause, before.restored(), before.damaged());
        LOG.debug("{}: checkpoint {} at {} in {} ms", pipeline, checkpoint.number(), checkpoint.cut(), millis);
        return checkpoint;
    }

    /** Forgets all but the retained checkpoints. What cannot be deleted now is tried again at the next. */
    Future<Void> cleanUp() {
        while (retained.size() > retainedCheckpoints) {
            retained.removeFirst();
        }
        List<StoredManifest> kept = List.copyOf(retained);
        return this.<Void>onWorker(() -> {
                    directory.sweep(kept, epoch);
                    return null;
                })
                .compose(swept -> kept.isEmpty()
                        ? Future.<Void>succeededFuture()
                        : stream.truncate(kept.get(0).offset()))
                .recover(cause -> {
                    LOG.warn(
                            "{}: old checkpoints stay for now in {} and {}: {}",
                            pipeline,
                            directory,
                            stream,
                            cause.toString());
                    return Future.succeededFuture();
                });
    }

    private <T extends @Nullable Object> Future<T> onWorker(Callable<T> work) {
        Future<T> done = context.executeBlocking(work, false);
        filework = done;
        return done;
    }

    /** Completes when no worker thread works for this any more. */
    Future<Void> idle() {
        return filework.<Void>mapEmpty().otherwiseEmpty();
    }

    private @Nullable Checkpoint newest() {
        StoredManifest newest = retained.peekLast();
        return newest == null ? null : newest.toCheckpoint(pipeline.source());
    }

    CheckpointStatistics statistics() {
        return statistics;
    }
}
