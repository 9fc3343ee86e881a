package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.KeptFiles;
import io.strandline.log.impl.shard.CutMoment;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.spi.Clock;
import io.strandline.spi.Logger;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One backup of a log that is open and goes on to serve.
 *
 * <ol>
 *   <li>Chunks are copied while the log may delete them, in a few rounds, because they are nearly everything.
 *   <li>From here on nothing that is deleted goes. Each shard holds its journal and forces what it has taken.
 *   <li>The moment passes ({@link CutMoment}). Each shard says which frame was its last before it.
 *   <li>The journals are copied up to these frames, and let go.
 *   <li>The chunks that they name, and the snapshots of pipelines, are copied as far as they are not there. Files go again.
 *   <li>The point is published.
 * </ol>
 *
 * <p>What blocks runs on the given executor, one task after the other.
 */
public final class RunningBackup {

    private static final Logger LOG = Logger.of(RunningBackup.class);

    /** Rounds of copies before the moment, and the bytes of a round after which another is not worth it. */
    private static final int MAX_ROUNDS = 4;

    private static final long SMALL_ROUND_BYTES = 16L << 20;

    private final ShardHost[] shards;
    private final KeptFiles disk;
    private final Clock clock;
    private final Goal goal;
    private final Executor io;
    private final Copying copying;
    private final CutMoment moment = new CutMoment();

    private volatile boolean stopped;
    private @Nullable BackupDirectory target;
    private @Nullable ChunkCopies chunks;
    private @Nullable PointWriter point;

    /**
     * What is to be made.
     *
     * @param log id of the log, empty if it is unknown
     * @param root the directory of backups
     */
    public record Goal(String log, Path root) {}

    /**
     * A backup that has not begun.
     *
     * @param disk that of the shards
     */
    public RunningBackup(
            ShardHost[] shards, KeptFiles disk, Clock clock, Goal goal, Executor io, BackupProgress progress) {
        this.shards = shards;
        this.disk = disk;
        this.clock = clock;
        this.goal = goal;
        this.io = io;
        this.copying = new Copying(progress, () -> stopped);
    }

    /** Lets the backup fail Unavailable soon. */
    public void stop() {
        stopped = true;
    }

    /** Does it. What was copied stays when it fails, and the next one goes on with it. */
    public Future<BackupPoint> take() {
        return blocking(() -> {
                    target = BackupDirectory.open(goal.root());
                    opened(target).requireOf(goal.log());
                    chunks = new ChunkCopies(disk, opened(target), copying);
                    return chunks;
                })
                .compose(opened -> copyAhead(1))
                .compose(copied -> takePoint())
                .transform(taken ->
                        end(taken.succeeded() ? Future.succeededFuture(taken.result()) : failed(taken.cause())));
    }

    private Future<BackupPoint> failed(@Nullable Throwable cause) {
        if (cause instanceof StrandlineException) {
            LOG.error("the backup to {} failed", goal.root(), cause); // a caller at a door is not told the place
        }
        return Future.failedFuture(
                cause instanceof IOException
                        ? new StrandlineException.Unavailable(
                                "the backup to \"" + goal.root() + "\" failed: " + cause, cause)
                        : cause);
    }

    private Future<BackupPoint> end(Future<BackupPoint> outcome) {
        return blocking(() -> {
                    try {
                        disk.letGo();
                    } finally {
                        if (target != null) {
                            target.close();
                        }
                    }
                    return goal;
                })
                .onFailure(cause -> LOG.warn("files of a backup to {} were not let go", goal.root(), cause))
                .transform(closed -> outcome);
    }

    private Future<Void> copyAhead(int round) {
        return ofEach(shard -> shards[shard].call(life -> life.chunkNames()))
                .compose(names -> blocking(() -> {
                    long bytes = 0;
                    for (int shard = 0; shard < shards.length; shard++) {
                        bytes += opened(chunks).copyAhead(shard, names.get(shard));
                    }
                    return bytes;
                }))
                .compose(bytes -> bytes > SMALL_ROUND_BYTES && round < MAX_ROUNDS
                        ? copyAhead(round + 1)
                        : Future.succeededFuture());
    }

    private Future<BackupPoint> takePoint() {
        disk.keep();
        return ofEach(shard -> shards[shard].call(life -> life.hold(moment)))
                .compose(held -> {
                    long stampMillis = clock.wallMillis();
                    moment.pass();
                    return ofEach(shard -> shards[shard].call(life -> life.cutFrame(moment)))
                            .compose(frames -> blocking(() -> copyJournals(frames, stampMillis)));
                })
                .compose(copied -> letGoJournals())
                .eventually(() -> letGoJournals().otherwiseEmpty())
                .compose(released -> blocking(this::copyRest));
    }

    private Future<List<Void>> letGoJournals() {
        return ofEach(shard -> shards[shard].call(life -> life.letGo(moment)));
    }

    private PointWriter copyJournals(List<Long> frames, long stampMillis) throws IOException {
        PointWriter writer = new PointWriter(
                disk,
                opened(target),
                copying,
                opened(chunks),
                new PointWriter.Shown(goal.log(), shards.length, stampMillis));
        for (int shard = 0; shard < shards.length; shard++) {
            writer.journal(shard, frames.get(shard));
        }
        point = writer;
        return writer;
    }

    private BackupPoint copyRest() throws IOException {
        PointWriter writer = opened(point);
        for (int shard = 0; shard < shards.length; shard++) {
            writer.chunks(shard);
        }
        writer.sideFiles();
        disk.letGo();
        BackupPoint taken = writer.finish();
        LOG.info("the log was backed up to {} as {}", goal.root(), taken.name());
        return taken;
    }

    private static <T> T opened(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("a step of a backup before the one that it needs");
        }
        return part;
    }

    private <T> Future<List<T>> ofEach(IntFunction<Future<T>> call) {
        List<Future<T>> calls = new ArrayList<>();
        for (int shard = 0; shard < shards.length; shard++) {
            calls.add(call.apply(shard));
        }
        return Future.join(calls).map(all -> all.list());
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    private <T> Future<T> blocking(Step<T> step) {
        Promise<T> promise = Promise.promise();
        io.execute(() -> {
            try {
                promise.complete(step.run());
            } catch (Throwable e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
