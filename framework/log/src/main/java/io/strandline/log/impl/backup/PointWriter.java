package io.strandline.log.impl.backup;

import io.strandline.log.impl.control.ShardRecovery;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalCopy;
import io.strandline.log.impl.journal.JournalDirectory;
import io.strandline.log.impl.journal.JournalRecovery;
import io.strandline.log.impl.shard.NamedChunks;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.Disk;
import io.strandline.spi.Logger;
import io.strandline.spi.SideFiles;
import io.strandline.spi.backup.BackupPoint;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Writes one point of a directory of backups. The journals come first, each up to its last frame. What they name comes after
 * them: the journal that was copied is recovered, so it is checked, and says which chunks the point needs. Used by one thread.
 * Every method blocks.
 */
final class PointWriter {

    private static final Logger LOG = Logger.of(PointWriter.class);

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

    private static final Pattern NAMED = Pattern.compile("\\d{8}-\\d{6}-\\d{3}");

    private final Disk source;
    private final BackupDirectory target;
    private final Copying copying;
    private final ChunkCopies chunks;
    private final Disk files;
    private final String name;
    private final Shown shown;
    private final Map<String, Content> contents = new TreeMap<>();

    /**
     * What a point shows.
     *
     * @param log id of the log, empty if it is unknown
     * @param shards of the log
     * @param stampMillis the moment
     */
    record Shown(String log, int shards, long stampMillis) {}

    PointWriter(Disk source, BackupDirectory target, Copying copying, ChunkCopies chunks, Shown shown)
            throws IOException {
        this.source = source;
        this.target = target;
        this.copying = copying;
        this.chunks = chunks;
        this.shown = shown;
        this.name = newName(BackupDirectory.names(target.root()), shown.stampMillis());
        this.files = target.unfinished(name);
    }

    /** The time in milliseconds, or the first one after those that are taken: names sort by age, also if the clock was ahead. */
    static String newName(List<String> taken, long stampMillis) {
        long at = stampMillis;
        for (String name : taken) {
            if (NAMED.matcher(name).matches()) {
                at = Math.max(at, Instant.from(NAME.parse(name)).toEpochMilli() + 1);
            }
        }
        return NAME.format(Instant.ofEpochMilli(at));
    }

    /** Copies the journal of a shard. */
    void journal(int shard, long upToFrame) throws IOException {
        copying.begin("journal of shard " + shard, 0);
        String directory = ShardDirectories.journal(shard);
        for (String file : new JournalCopy(source, directory, shard, files).copy(upToFrame)) {
            contents.put(file, copying.read(files, file));
        }
    }

    /** Copies the chunks that the journal of a shard names and that are not there yet. */
    void chunks(int shard) throws IOException {
        ShardState state = new ShardState(shard, unreferenced -> {});
        JournalRecovery recovery = new JournalRecovery(files);
        String directory = ShardDirectories.journal(shard);
        recovery.read(directory, JournalDirectory.list(files, directory), shard);
        ShardRecovery.restore(recovery.contents(0), state);
        List<String> needed = state.space().chunks().stream()
                .map(chunk -> chunk.id().objectName())
                .sorted()
                .toList();
        chunks.copy(shard, needed, contents);
        NamedChunks.require(state, target.disk().sizes(ShardDirectories.chunks(shard)));
    }

    /** Copies the snapshots of pipelines. */
    void sideFiles() throws IOException {
        copying.begin("snapshots of pipelines", 0);
        for (String pipeline : source.directories(SideFiles.CHECKPOINTS)) {
            String directory = SideFiles.CHECKPOINTS + "/" + pipeline;
            files.createDirectories(directory);
            for (String file : source.list(directory)) {
                copySideFile(directory + "/" + file);
            }
            files.forceDirectory(directory);
        }
    }

    private void copySideFile(String path) throws IOException {
        try {
            contents.put(path, copying.copy(source, path, files, path));
        } catch (NoSuchFileException gone) {
            // It was deleted before files were kept, so nothing in the point names it.
            files.delete(path + BackupDirectory.UNFINISHED);
        }
    }

    /** Finishes the point. */
    BackupPoint finish() throws IOException {
        long ownBytes = contents.entrySet().stream()
                .filter(file -> !BackupDirectory.isShared(file.getKey()))
                .mapToLong(file -> file.getValue().bytes())
                .sum();
        Manifest manifest = new Manifest(
                name, shown.log(), shown.stampMillis(), shown.shards(), ownBytes + chunks.copiedBytes(), contents);
        target.publish(manifest);
        sweep();
        return manifest.point();
    }

    /** The point is there, whatever becomes of what others have left. */
    private void sweep() {
        try {
            target.sweep();
        } catch (IOException e) {
            LOG.warn("chunks in {} that no point names are left there", target.root(), e);
        }
    }
}
