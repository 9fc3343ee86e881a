package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkFooter;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkVerifier;
import io.strandline.log.impl.chunk.FileChunkStorage;
import io.strandline.log.impl.control.ShardRecovery;
import io.strandline.log.impl.file.DataDirectory;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.IdentityFile;
import io.strandline.log.impl.file.LogDescription;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalDirectory;
import io.strandline.log.impl.journal.JournalDirectory.Entry;
import io.strandline.log.impl.journal.JournalRecovery;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Disk;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads every byte of a data directory and reports what it found. Changes nothing. The log must not be open meanwhile.
 */
public final class LogVerifier {

    private final Path directory;
    private final Disk disk;
    private final PrintStream out;
    private final BackupProgress progress;
    private int damaged;

    /** Chunks that this process cannot check, and why the last of them. */
    private int unchecked;

    private String uncheckedWhy = "";

    private LogVerifier(Path directory, PrintStream out, BackupProgress progress) {
        this.directory = directory;
        this.disk = FileDisk.at(directory);
        this.out = out;
        this.progress = progress;
    }

    /** As {@link #verify(Path, PrintStream, BackupProgress)}, and tells nobody how far it is. */
    public static int verify(Path directory, PrintStream out) {
        return verify(directory, out, BackupProgress.NONE);
    }

    /**
     * Verifies a data directory. Blocks.
     *
     * @param directory the data directory of a log that is not open
     * @param out gets a line for each journal, each chunk and each thing that is wrong
     * @param progress hears of each journal and each chunk
     * @return number of things that are wrong
     * @throws StrandlineException.Unavailable if a process has the log open
     * @throws StrandlineException.Invalid if the directory is not a log's, or of a newer format version, or if no damage was
     *     found but a library is missing that some chunks need
     */
    public static int verify(Path directory, PrintStream out, BackupProgress progress) {
        if (!Files.isDirectory(directory)) {
            throw new StrandlineException.Invalid("data directory " + directory + " is not a directory");
        }
        DataDirectory.requireFree(directory);
        LogVerifier verifier = new LogVerifier(directory, out, progress);
        verifier.verifyShards();
        if (verifier.damaged == 0 && verifier.unchecked > 0) {
            throw new StrandlineException.Invalid(
                    verifier.unchecked + " chunks could not be checked: " + verifier.uncheckedWhy);
        }
        out.println(verifier.damaged == 0 ? "no damage found" : verifier.damaged + " damaged");
        return verifier.damaged;
    }

    private void verifyShards() {
        Integer shards;
        try {
            shards = LogDescription.shards(directory);
        } catch (StrandlineException.Corrupt e) {
            damage(String.valueOf(e.getMessage()));
            return;
        }
        if (shards == null) {
            throw new StrandlineException.Invalid("data directory " + directory + " holds no " + LogDescription.NAME);
        }
        verifyIdentity();
        for (int shard = 0; shard < shards; shard++) {
            verifyShard(shard);
        }
    }

    private void verifyIdentity() {
        try {
            LogIdentity identity = IdentityFile.read(directory);
            if (identity == null) {
                out.println("log without identity; the next opening gives it one");
            } else {
                String origin = identity.origin()
                        .map(from -> ", restored from point " + from.point() + " of "
                                + (from.log().isEmpty() ? "a log without identity" : "log " + from.log()))
                        .orElse("");
                out.println("log " + identity.id() + origin);
            }
        } catch (StrandlineException.Corrupt e) {
            damage(String.valueOf(e.getMessage()));
        }
    }

    private void verifyShard(int shard) {
        ShardState state = new ShardState(shard, unreferenced -> {});
        Map<String, Long> chunkBytes;
        try {
            chunkBytes = disk.sizes(ShardDirectories.chunks(shard));
            JournalRecovery recovery = new JournalRecovery(disk);
            List<Entry> entries = JournalDirectory.list(disk, ShardDirectories.journal(shard));
            String step = "check of the journal of shard " + shard;
            long journalBytes = sum(disk.sizes(ShardDirectories.journal(shard)));
            progress.progress(step, 0, journalBytes);
            recovery.read(ShardDirectories.journal(shard), entries, shard);
            progress.progress(step, journalBytes, journalBytes);
            if (entries.isEmpty()) {
                damage("shard " + shard + " has no journal file");
                return;
            }
            ShardRecovery.restore(recovery.contents(0), state);
            out.println("shard " + shard + ": journal of " + recovery.files().size() + " files, frames "
                    + recovery.contents(0).firstFrame() + " to " + recovery.lastFrame() + ", proven forced to "
                    + recovery.provenForced() + ", "
                    + (recovery.wasClosed() ? "closed" : "not closed") + ", ends in " + recovery.tornTail());
            out.println("shard " + shard + ": " + state.partitions().size() + " partitions, " + events(state)
                    + " events, " + state.unflushedBytes() + " bytes of them not in chunks yet");
            out.println("shard " + shard + ": " + state.space().chunks().size() + " chunks, "
                    + state.space().fileBytes() + " bytes with " + state.space().deadBytes() + " dead, at most "
                    + sectionsBesideFull(state) + " sections of a partition beside one for each "
                    + LogOptions.DEFAULT_SECTION_BYTES + " bytes");
            state.transactions().unfinished().stream()
                    .flatMap(kept -> kept.partsSetAside().stream())
                    .forEach(part -> out.println("shard " + shard + ": " + part.events()
                            + " events wait for Transactions.dropPart: " + part.why()));
            if (shard == 0) {
                out.println("catalog: scopes " + state.catalog().scopes() + ", streams "
                        + state.catalog().streams().keySet());
            }
        } catch (StrandlineException | IOException e) {
            damage("shard " + shard + ": " + e.getMessage());
            return;
        }
        verifyChunks(shard, state, chunkBytes);
    }

    private static long sum(Map<String, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    private static long sectionsBesideFull(ShardState state) {
        long most = 0;
        for (Partition partition : state.partitions().values()) {
            long bytes = partition.sections().stream()
                    .mapToLong(ChunkSection::storedBytes)
                    .sum();
            most = Math.max(most, partition.sections().size() - bytes / LogOptions.DEFAULT_SECTION_BYTES);
        }
        return most;
    }

    private static long events(ShardState state) {
        long events = 0;
        for (Partition partition : state.partitions().values()) {
            events += partition.endOffset() - partition.startOffset();
        }
        return events;
    }

    private void verifyChunks(int shard, ShardState state, Map<String, Long> bytes) {
        FileChunkStorage storage =
                new FileChunkStorage(disk, ShardDirectories.chunks(shard), Runnable::run, Runnable::run, Runnable::run);
        try {
            verifyChunks(shard, state, storage, bytes);
        } finally {
            result(storage.close());
        }
    }

    private void verifyChunks(int shard, ShardState state, ChunkStorage storage, Map<String, Long> bytes) {
        Set<ChunkSection> found = new HashSet<>();
        String step = "check of the chunks of shard " + shard;
        long doneBytes = 0;
        long allBytes = sum(bytes);
        for (String name : result(storage.list())) {
            progress.progress(step, doneBytes, allBytes);
            doneBytes += bytes.getOrDefault(name, 0L);
            ChunkId id = ChunkId.parse(name);
            if (id == null) {
                out.println("shard " + shard + ": " + name + " is no chunk, and is left alone");
            } else if (!state.refersTo(id)) {
                out.println("shard " + shard + ": chunk " + name + " is not referred to; the next start sweeps it");
            } else {
                verifyChunk(shard, storage, id, found);
            }
        }
        progress.progress(step, doneBytes, allBytes);
        for (Partition partition : state.partitions().values()) {
            for (ChunkSection section : partition.sections()) {
                if (!found.contains(section)) {
                    damage("shard " + shard + ": chunk " + section.chunk().objectName() + " lacks offsets "
                            + section.baseOffset() + " to " + section.endOffset() + " of partition " + partition.id());
                }
            }
        }
    }

    private void verifyChunk(int shard, ChunkStorage storage, ChunkId id, Set<ChunkSection> found) {
        try {
            ChunkVerifier.Report report = result(ChunkVerifier.verify(storage, id));
            addSections(storage, id, found);
            out.println("shard " + shard + ": chunk " + id.objectName() + " of " + report.bytes() + " bytes holds "
                    + report.events() + " events in " + report.sections() + " sections");
        } catch (StrandlineException.Invalid e) {
            addSections(storage, id, found);
            unchecked++;
            uncheckedWhy = String.valueOf(e.getMessage());
            out.println("UNCHECKED shard " + shard + ": chunk " + id.objectName() + ": " + uncheckedWhy);
        } catch (StrandlineException e) {
            damage("shard " + shard + ": " + e.getMessage());
        }
    }

    private void addSections(ChunkStorage storage, ChunkId id, Set<ChunkSection> to) {
        result(ChunkFooter.read(storage, id)).entries().forEach(entry -> to.add(entry.section()));
    }

    private void damage(String what) {
        damaged++;
        out.println("DAMAGED " + what);
    }

    /** Storage on executors that run at once has its answer at once. */
    private <T> T result(Future<T> future) {
        if (!future.isComplete()) {
            throw new IllegalStateException("read of " + directory + " did not complete");
        }
        if (future.failed()) {
            throw future.cause() instanceof StrandlineException known
                    ? known
                    : new StrandlineException.Corrupt(
                            String.valueOf(future.cause().getMessage()), future.cause());
        }
        return future.result();
    }
}
