package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The snapshot files of one pipeline. Every method blocks: for worker threads. */
public final class SnapshotDirectory {

    private static final Pattern NAME = Pattern.compile("e(\\d{1,18})-c(\\d{1,18})-p(\\d{1,18})\\.snapshot");

    private final SnapshotFiles files;

    public SnapshotDirectory(SnapshotFiles files) {
        this.files = files;
    }

    /** Where the snapshots of a pipeline are. */
    public static Path path(Pipeline<?, ?, ?> pipeline, PipelineOptions options) {
        return Path.of(Objects.requireNonNull(options.getCheckpointDirectory()), pipeline.name());
    }

    static String fileName(long epoch, long number, long partition) {
        return "e" + epoch + "-c" + number + "-p" + partition + ".snapshot";
    }

    /**
     * Creates the directory if it is missing, so that it is there after a crash too.
     *
     * @throws StrandlineException.Unavailable if it cannot be created or written to
     */
    public void create() {
        try {
            files.create();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private StrandlineException.Unavailable unwritable(IOException cause) {
        return new StrandlineException.Unavailable(
                "the checkpoint directory " + files + " cannot be written: " + cause, cause);
    }

    /**
     * Writes a snapshot of each cut. On return all files and their names are forced.
     *
     * @throws StrandlineException.Unavailable if the directory cannot be written to
     */
    public <S> List<Snapshot> write(Taken taken, List<TaskCut<S>> cuts, EventCodec<S> codec) {
        List<Snapshot> snapshots = new ArrayList<>();
        try {
            for (TaskCut<S> cut : cuts) {
                snapshots.add(SnapshotWriter.write(files, taken, cut, codec));
            }
            files.forceNames();
        } catch (IOException e) {
            throw unwritable(e);
        }
        return snapshots;
    }

    /**
     * Partition → state of its task, from snapshots that match their manifest exactly.
     *
     * @throws StrandlineException.Corrupt if a file does not match. No file is used then
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    public <S> Map<Long, TaskState<S>> read(Collection<Snapshot> snapshots, EventCodec<S> codec) {
        Map<Long, TaskState<S>> states = new TreeMap<>();
        for (Snapshot snapshot : snapshots) {
            states.put(snapshot.partition(), SnapshotReader.read(files, snapshot, codec));
        }
        return states;
    }

    /**
     * Deletes the snapshot files of this and earlier epochs that no retained checkpoint names. Files of later epochs
     * belong to a run that has replaced this one.
     */
    public void sweep(Collection<StoredManifest> retained, long epoch) throws IOException {
        Set<String> kept = new HashSet<>();
        for (StoredManifest stored : retained) {
            stored.manifest().snapshots().forEach(snapshot -> kept.add(snapshot.file()));
        }
        for (String name : files.names()) {
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches() && Long.parseLong(matcher.group(1)) <= epoch && !kept.contains(name)) {
                files.delete(name);
            }
        }
    }

    /**
     * Deletes all snapshot files, and the directory if nothing else is in it.
     *
     * @throws StrandlineException.Unavailable if one cannot be deleted
     */
    public void delete() {
        try {
            for (String name : files.names()) {
                if (NAME.matcher(name).matches()) {
                    files.delete(name);
                }
            }
            files.remove();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    @Override
    public String toString() {
        return files.toString();
    }
}
