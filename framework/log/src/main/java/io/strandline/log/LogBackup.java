package io.strandline.log;

import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.impl.backup.Backups;
import io.strandline.log.impl.backup.ClosedBackup;
import io.strandline.spi.LogPort;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.BackupPruning;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies of a log, and logs made of them again. A directory of backups holds points of one log, each the whole log as of one
 * moment: streams with all their events, what the log knows of writers, transactions, the state of reader groups that is kept
 * in the log, and the snapshots of pipelines beside it. Points share the chunks that they have in common, so a point costs what
 * has changed since the one before it.
 *
 * <p>A position in time is that of a point. The format has no earlier states of a log between two points, so {@link #restore}
 * takes the newest point that is not after the wanted time, and whoever needs closer positions backs up more often.
 *
 * <p>A log that was restored is another log, with an identity of its own that names its origin. It needs a directory of backups of its
 * own: that of another log is refused.
 *
 * <p>Apart from {@link #take}, every method blocks.
 */
public final class LogBackup {

    /** Most points that {@link #prune} is told to keep. */
    public static final int MAX_KEPT = 1_000_000;

    private LogBackup() {}

    /**
     * Copies a log that is open in this JVM and goes on to serve. The point has everything that was acknowledged before the
     * call. Of what came later it has a part that is whole: what something in it follows from is in it too, over all streams,
     * transactions and writers.
     *
     * <p>The future completes on the caller's context when the point is durable. If it fails, earlier points are untouched, and
     * what was copied is used by the next call. It fails with {@link StrandlineException.Overloaded} while the log is being copied,
     * {@link StrandlineException.Unavailable} if the log closes or a shard recovers meanwhile or the directory cannot be written,
     * {@link StrandlineException.Corrupt} if stored bytes were damaged, {@link StrandlineException.Invalid} if the directory holds
     * something else or backups of another log, or if the log is not in this JVM.
     *
     * @param directory of backups, created if it is missing
     * @param progress called on the thread that copies
     */
    public static Future<BackupPoint> take(Vertx vertx, Strandline log, Path directory, BackupProgress progress) {
        if (!(LogPort.of(log) instanceof EmbeddedLog embedded)) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    "only a log that is open in this JVM can be backed up here; ask its server"));
        }
        Promise<BackupPoint> taken = ((ContextInternal) vertx.getOrCreateContext()).promise();
        embedded.backup(directory, progress).onComplete(taken);
        return taken.future();
    }

    /**
     * Copies a log that no process has open.
     *
     * @param log its data directory
     * @param directory of backups, created if it is missing
     * @throws StrandlineException as {@link #take} fails, and Unavailable if a process has the log open
     */
    public static BackupPoint takeClosed(Path log, Path directory, BackupProgress progress) {
        return done(directory, () -> ClosedBackup.take(log, directory, progress));
    }

    /** The points of a directory of backups, the oldest first. */
    public static List<BackupPoint> points(Path directory) {
        return done(directory, () -> Backups.points(directory));
    }

    /**
     * Reads every byte of a point, or of all, and compares checksums.
     *
     * @param point null for all
     * @param out gets a line for each file that is damaged or missing
     * @return their number
     * @throws StrandlineException.NotFound if there is no such point
     */
    public static int verify(Path directory, @Nullable String point, PrintStream out, BackupProgress progress) {
        return done(directory, () -> Backups.verify(directory, point, out, progress));
    }

    /**
     * Makes a log of the newest point that is not after a time.
     *
     * @param untilMillis the time in milliseconds since 1970, {@code Long.MAX_VALUE} for the newest point
     * @throws StrandlineException as {@link #restore(Path, String, Path, PrintStream, BackupProgress)}
     */
    public static BackupPoint restore(
            Path directory, long untilMillis, Path target, PrintStream out, BackupProgress progress) {
        BackupPoint point = done(directory, () -> Backups.choose(directory, null, untilMillis));
        return restore(directory, point.name(), target, out, progress);
    }

    /**
     * Makes a log of a point. The log is made beside the target, verified, and given its place at the end. A call that was
     * killed is repeated, and goes on with the files that are there.
     *
     * @param target its data directory, which does not exist or is empty
     * @param out gets what {@link LogVerifier} says
     * @throws StrandlineException.Corrupt if the backup is damaged
     * @throws StrandlineException.NotFound if there is no such point
     * @throws StrandlineException.Invalid if the target is not empty
     * @throws StrandlineException.Unavailable if files cannot be read or written
     */
    public static BackupPoint restore(
            Path directory, String point, Path target, PrintStream out, BackupProgress progress) {
        return done(directory, () -> {
            BackupPoint chosen = Backups.choose(directory, point, Long.MAX_VALUE);
            Path unfinished = Backups.copy(directory, chosen.name(), target, progress);
            if (LogVerifier.verify(unfinished, out, progress) > 0) {
                throw new StrandlineException.Corrupt(
                        "backup " + point + " in " + directory + " holds a damaged log; it was left in " + unfinished);
            }
            Backups.finish(target);
            return chosen;
        });
    }

    /** Removes a point, with the chunks that no other point has. */
    public static void remove(Path directory, String point) {
        done(directory, () -> {
            Backups.remove(directory, point);
            return point;
        });
    }

    /**
     * Removes all points before the oldest one that is kept, with the chunks that no other has. Of points whose files are all there the
     * newest are kept, and those of a time or later. Damage within a file is not looked for. If fewer points are whole than are to be kept,
     * nothing is removed.
     *
     * <p>Cut off at any moment, it leaves the points that are kept untouched, and some of the others, the newest first. A repeat goes on.
     *
     * @param keep whole points that are kept, 1 to {@value #MAX_KEPT}
     * @param sinceMillis points of this time or later are kept as well, in milliseconds since 1970, {@code Long.MAX_VALUE} for none
     * @throws StrandlineException.Invalid if the directory is none of backups, or a number is out of its bounds
     * @throws StrandlineException.NotFound if there is no directory
     * @throws StrandlineException.Unavailable if somebody writes to the directory, or files cannot be removed
     */
    public static BackupPruning prune(Path directory, int keep, long sinceMillis) {
        Limits.require("points to keep", keep, 1, MAX_KEPT);
        return done(directory, () -> Backups.prune(directory, keep, sinceMillis));
    }

    /** What {@link #prune} would remove. Changes nothing, and does not keep others from writing meanwhile. */
    public static BackupPruning planPrune(Path directory, int keep, long sinceMillis) {
        Limits.require("points to keep", keep, 1, MAX_KEPT);
        return done(directory, () -> Backups.planPrune(directory, keep, sinceMillis));
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T done(Path directory, Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new StrandlineException.Unavailable("the backups in " + directory + " cannot be used: " + e, e);
        }
    }
}
