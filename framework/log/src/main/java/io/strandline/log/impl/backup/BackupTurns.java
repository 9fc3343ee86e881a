package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.KeptFiles;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.spi.Clock;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The backups of an open log: one at a time, on a thread of its own. May be called from any thread. */
public final class BackupTurns {

    private final ShardHost[] shards;
    private final KeptFiles disk;
    private final Clock clock;
    private final AtomicReference<@Nullable Turn> turn = new AtomicReference<>();
    private volatile BackupProgress.State state = BackupProgress.State.NONE;
    private volatile boolean closed;

    /** @param disk that of the shards */
    public BackupTurns(ShardHost[] shards, KeptFiles disk, Clock clock) {
        this.shards = shards;
        this.disk = disk;
        this.clock = clock;
    }

    private record Turn(RunningBackup backup, Future<BackupPoint> taken) {}

    /**
     * Takes a backup. The future completes on the thread of the backup. Fails with Overloaded while another one is under way,
     * Unavailable if the log closes or a shard recovers meanwhile, Corrupt if the log is damaged, Invalid if the directory holds backups of
     * another log.
     *
     * @param log id of the log, empty if it is unknown
     */
    public Future<BackupPoint> take(Path root, String log, BackupProgress progress) {
        ExecutorService io = Executors.newSingleThreadExecutor(BackupTurns::newThread);
        Promise<BackupPoint> taken = Promise.promise();
        BackupProgress seen = (step, doneBytes, totalBytes) -> {
            state = new BackupProgress.State(true, step, doneBytes, totalBytes);
            progress.progress(step, doneBytes, totalBytes);
        };
        Turn mine = new Turn(
                new RunningBackup(shards, disk, clock, new RunningBackup.Goal(log, root), io, seen), taken.future());
        if (!turn.compareAndSet(null, mine)) {
            io.shutdown();
            return Future.failedFuture(new StrandlineException.Overloaded("a backup of this log is under way"));
        }
        if (closed) {
            mine.backup().stop();
        }
        mine.backup().take().onComplete(outcome -> {
            state = BackupProgress.State.NONE;
            turn.set(null);
            io.shutdown();
            taken.handle(outcome);
        });
        return taken.future();
    }

    /** How far the backup is that is under way. Called on any thread. */
    public BackupProgress.State state() {
        return state;
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "strandline-backup");
        thread.setDaemon(true);
        return thread;
    }

    /** Ends the backup that is under way, and begins no other. Completes when no file is read any more. */
    public Future<Void> close() {
        closed = true;
        Turn running = turn.get();
        if (running == null) {
            return Future.succeededFuture();
        }
        running.backup().stop();
        return running.taken().transform(ended -> Future.<Void>succeededFuture());
    }
}
