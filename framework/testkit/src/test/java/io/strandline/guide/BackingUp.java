package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.log.LogBackup;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

// GUIDE: begin backing-up
/** Copies the log that is open, and makes a log of a copy. */
final class BackingUp {
    static Future<BackupPoint> take(Vertx vertx, Strandline log, Path backups) {
        return LogBackup.take(vertx, log, backups, BackupProgress.NONE);
    }

    /** Blocks: call it where nothing waits for this thread. */
    static BackupPoint restore(Path backups, long untilMillis, Path directory) {
        return LogBackup.restore(backups, untilMillis, directory, System.out, BackupProgress.NONE);
    }

    private BackingUp() {}
}
// GUIDE: end backing-up
