package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.DataDirectory;
import io.strandline.log.impl.file.LogDescription;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalDirectory;
import io.strandline.log.impl.journal.JournalRecovery;
import io.strandline.log.spi.Disk;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A backup of a data directory that no process has open. Blocks. */
public final class ClosedBackup {

    private ClosedBackup() {}

    /**
     * Copies the log.
     *
     * @param root the directory of backups
     * @throws StrandlineException.Unavailable if a process has the log open
     */
    public static BackupPoint take(Path directory, Path root, BackupProgress progress) throws IOException {
        if (!Files.exists(directory.resolve(LogDescription.NAME))) {
            throw new StrandlineException.Invalid(directory + " is not the data directory of a log");
        }
        try (DataDirectory held = DataDirectory.open(directory);
                BackupDirectory target = BackupDirectory.open(root)) {
            Integer shards = held.shards();
            if (shards == null) {
                throw new StrandlineException.Invalid(directory + " holds no log that was created in full");
            }
            String log = held.identity().id();
            target.requireOf(log);
            Copying copying = new Copying(progress, () -> false);
            Disk disk = held.disk();
            ChunkCopies chunks = new ChunkCopies(disk, target, copying);
            PointWriter point = new PointWriter(
                    disk, target, copying, chunks, new PointWriter.Shown(log, shards, System.currentTimeMillis()));
            for (int shard = 0; shard < shards; shard++) {
                point.journal(shard, lastFrame(disk, shard));
                point.chunks(shard);
            }
            point.sideFiles();
            return point.finish();
        }
    }

    private static long lastFrame(Disk disk, int shard) throws IOException {
        JournalRecovery recovery = new JournalRecovery(disk);
        String directory = ShardDirectories.journal(shard);
        recovery.read(directory, JournalDirectory.list(disk, directory), shard);
        return recovery.lastFrame();
    }
}
