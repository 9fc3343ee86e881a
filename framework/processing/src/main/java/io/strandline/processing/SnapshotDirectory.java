package io.strandline.processing;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.CheckpointEntry.Snapshot;
import io.strandline.processing.CheckpointEntry.StoredManifest;
import io.strandline.processing.CheckpointEntry.Taken;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The snapshot files of one pipeline. Every method blocks: for worker threads. */
final class SnapshotDirectory {

    private static final Pattern NAME = Pattern.compile("e(\\d{1,18})-c(\\d{1,18})-p(\\d{1,18})\\.snapshot");

    private final Path directory;

    SnapshotDirectory(Path directory) {
        this.directory = directory;
    }

    /** Where the snapshots of a pipeline are. */
    static SnapshotDirectory of(Pipeline<?, ?, ?> pipeline, PipelineOptions options) {
        return new SnapshotDirectory(
                Path.of(Objects.requireNonNull(options.getCheckpointDirectory()), pipeline.name()));
    }

    static String fileName(long epoch, long number, long partition) {
        return "e" + epoch + "-c" + number + "-p" + partition + ".snapshot";
    }

    /**
     * Creates the directory if it is missing, so that it is there after a crash too.
     *
     * @throws StrandlineException.Unavailable if it cannot be created or written to
     */
    void create() {
        try {
            createMissing();
        } catch (IOException e) {
            throw unwritable(e);
        }
        if (!Files.isWritable(directory)) {
            throw unwritable(new AccessDeniedException(directory.toString()));
        }
    }

    private StrandlineException.Unavailable unwritable(IOException cause) {
        return new StrandlineException.Unavailable(
                "the checkpoint directory " + directory.toAbsolutePath() + " cannot be written: " + cause, cause);
    }

    private void createMissing() throws IOException {
        Deque<Path> parents = new ArrayDeque<>();
        Path missing = directory.toAbsolutePath();
        while (missing != null && !Files.isDirectory(missing)) {
            missing = missing.getParent();
            if (missing != null) {
                parents.push(missing);
            }
        }
        Files.createDirectories(directory);
        for (Path parent : parents) {
            force(parent);
        }
    }

    /**
     * Writes a snapshot of each cut; on return all files and their names are forced.
     *
     * @throws StrandlineException.Unavailable if the directory cannot be written to
     */
    <S> List<Snapshot> write(Taken taken, List<TaskCut<S>> cuts, EventCodec<S> codec) {
        List<Snapshot> snapshots = new ArrayList<>();
        try {
            for (TaskCut<S> cut : cuts) {
                snapshots.add(SnapshotWriter.write(directory, taken, cut, codec));
            }
            force(directory);
        } catch (IOException e) {
            throw unwritable(e);
        }
        return snapshots;
    }

    /**
     * Partition → what its task had, of snapshots that are exactly what their manifest says.
     *
     * @throws StrandlineException.Corrupt if a file is not; nothing of any is used then
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    <S> Map<Long, TaskState<S>> read(Collection<Snapshot> snapshots, EventCodec<S> codec) {
        Map<Long, TaskState<S>> states = new TreeMap<>();
        for (Snapshot snapshot : snapshots) {
            states.put(snapshot.partition(), SnapshotReader.read(directory, snapshot, codec));
        }
        return states;
    }

    /**
     * Deletes the snapshot files of this and earlier epochs that no retained checkpoint names. Files of later epochs
     * belong to a run that has replaced this one.
     */
    void sweep(Collection<StoredManifest> retained, long epoch) throws IOException {
        Set<String> kept = new HashSet<>();
        for (StoredManifest stored : retained) {
            stored.manifest().snapshots().forEach(snapshot -> kept.add(snapshot.file()));
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                Matcher matcher = NAME.matcher(name);
                if (matcher.matches() && Long.parseLong(matcher.group(1)) <= epoch && !kept.contains(name)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /**
     * Deletes all snapshot files, and the directory if nothing else is in it.
     *
     * @throws StrandlineException.Unavailable if one cannot be deleted
     */
    void delete() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try {
            boolean isEmpty = true;
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    if (NAME.matcher(file.getFileName().toString()).matches()) {
                        Files.deleteIfExists(file);
                    } else {
                        isEmpty = false;
                    }
                }
            }
            if (isEmpty) {
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
