package io.strandline.processing;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.WriterMark;
import io.strandline.processing.CheckpointEntry.Manifest;
import io.strandline.processing.CheckpointEntry.RunStarted;
import io.strandline.processing.CheckpointEntry.Snapshot;
import io.strandline.processing.CheckpointEntry.StoredManifest;
import io.strandline.spi.Logger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a run begins: found from what earlier runs left in the checkpoint stream and the snapshot directory.
 *
 * <p>It begins where it stood, in partitions that may be sealed by now: what it did not read of those comes first, and the
 * partitions that took over follow as in a run that goes on.
 *
 * @param source the stream that is read
 * @param origin partition → offset of the event that is step 0, for the partitions in which the pipeline began first
 * @param manifest the newest whole checkpoint, or null to start at the origin
 * @param usable whole as far as known, oldest first, up to and with {@code manifest}
 * @param newest highest number of any checkpoint seen, 0 for none
 * @param damaged number of checkpoints that were passed over
 * @param replaysOutputs true if every output behind the checkpoint was made by this version of the pipeline, so that the
 *     replay must give the same ones
 * @param states partition → what its task had
 */
record Restoration<S>(
        StreamDescription source,
        SortedMap<Long, Long> origin,
        @Nullable Manifest manifest,
        List<StoredManifest> usable,
        long newest,
        int damaged,
        boolean replaysOutputs,
        Map<Long, TaskState<S>> states) {

    private static final Logger LOG = Logger.of(Restoration.class);

    /**
     * Looks for the newest whole checkpoint. Blocks: for worker threads.
     *
     * @param found entries of the checkpoint stream, oldest first
     * @param source the stream that is read
     * @param sourceStart where it begins
     * @param versionChangeAllowed see {@link PipelineOptions#isVersionChangeAllowed()}
     */
    static <S> Restoration<S> find(
            Pipeline<?, S, ?> pipeline,
            List<EventRecord<CheckpointEntry>> found,
            SnapshotDirectory directory,
            StreamDescription source,
            StreamCut sourceStart,
            boolean versionChangeAllowed) {
        List<StoredManifest> manifests = new ArrayList<>();
        SortedMap<Long, Long> origin = null;
        int version = pipeline.version();
        int unreadable = 0;
        for (EventRecord<CheckpointEntry> record : found) {
            CheckpointEntry entry = record.event();
            if (entry instanceof RunStarted run) {
                origin = run.origin();
                version = run.version();
            } else if (entry instanceof Manifest manifest) {
                origin = manifest.origin();
                version = manifest.taken().version();
                manifests.add(new StoredManifest(record.offset(), manifest));
            } else if (entry instanceof CheckpointEntry.Unreadable torn) {
                unreadable++;
                LOG.warn(
                        "{}: passing over entry {} of {}: {}",
                        pipeline,
                        record.offset(),
                        CheckpointStream.nameOf(pipeline.name()),
                        torn.defect());
            }
        }
        if (version != pipeline.version() && !versionChangeAllowed) {
            throw new StrandlineException.Invalid(pipeline + " finds the state of its version " + version
                    + "; set versionChangeAllowed to go on from it, or give the pipeline another name");
        }
        if (origin == null) {
            origin = firstOrigin(pipeline, found, source, sourceStart);
        }
        return newestWhole(pipeline, found, directory, source, origin, manifests, unreadable);
    }

    /** Takes manifests away from the end until it meets one whose files are whole. */
    private static <S> Restoration<S> newestWhole(
            Pipeline<?, S, ?> pipeline,
            List<EventRecord<CheckpointEntry>> found,
            SnapshotDirectory directory,
            StreamDescription source,
            SortedMap<Long, Long> origin,
            List<StoredManifest> manifests,
            int unreadable) {
        int stored = manifests.size();
        long newest = stored == 0 ? 0 : manifests.get(stored - 1).manifest().number();
        while (!manifests.isEmpty()) {
            StoredManifest last = manifests.get(manifests.size() - 1);
            Manifest manifest = last.manifest();
            try {
                Map<Long, TaskState<S>> states = directory.read(manifest.snapshots(), pipeline.stateCodec());
                requireWhole(pipeline, source, manifest.offsets().keySet());
                int damaged = unreadable + stored - manifests.size();
                return new Restoration<>(
                        source,
                        origin,
                        manifest,
                        manifests,
                        newest,
                        damaged,
                        madeByThisVersion(pipeline, found, last.offset()),
                        states);
            } catch (StrandlineException.Corrupt damage) {
                LOG.warn(
                        "{}: passing over checkpoint {} of epoch {}: {}",
                        pipeline,
                        manifest.number(),
                        manifest.taken().epoch(),
                        damage.getMessage());
            }
            manifests.remove(manifests.size() - 1);
        }
        if (stored > 0) {
            LOG.warn("{}: none of {} checkpoints is whole, starting from offsets {}", pipeline, stored, origin);
        }
        requireWhole(pipeline, source, origin.keySet());
        return new Restoration<>(
                source,
                origin,
                null,
                manifests,
                newest,
                unreadable + stored,
                madeByThisVersion(pipeline, found, 0),
                Map.of());
    }

    /** Whether all runs behind an offset of the checkpoint stream are known, and were of the pipeline's version. */
    private static boolean madeByThisVersion(
            Pipeline<?, ?, ?> pipeline, List<EventRecord<CheckpointEntry>> found, long from) {
        if (!found.isEmpty() && found.get(0).offset() > from) {
            return false;
        }
        return found.stream()
                .filter(entry -> entry.offset() >= from)
                .map(EventRecord::event)
                .allMatch(entry -> (entry instanceof RunStarted run && run.version() == pipeline.version())
                        || (entry instanceof Manifest manifest
                                && manifest.taken().version() == pipeline.version()));
    }

    /** Step 0 when nothing readable says where it is: the first event, unless earlier ones may have been removed. */
    private static SortedMap<Long, Long> firstOrigin(
            Pipeline<?, ?, ?> pipeline,
            List<EventRecord<CheckpointEntry>> found,
            StreamDescription source,
            StreamCut sourceStart) {
        boolean truncated = sourceStart.offsets().entrySet().stream()
                .anyMatch(start -> start.getValue() > 0
                        || !source.predecessors(start.getKey()).isEmpty());
        if (!found.isEmpty() && truncated) {
            throw new StrandlineException.Corrupt(pipeline + ": none of the " + found.size() + " entries of "
                    + CheckpointStream.nameOf(pipeline.name())
                    + " is readable, and the source was truncated since, so its steps cannot be numbered as before");
        }
        return new TreeMap<>(sourceStart.offsets());
    }

    /** Checks that the partitions where a run is to begin are the source's, and lead to all that are open now. */
    private static void requireWhole(Pipeline<?, ?, ?> pipeline, StreamDescription source, Set<Long> standing) {
        Set<Long> now = new TreeSet<>();
        source.partitions().forEach(partition -> now.add(partition.id()));
        Set<Long> reached = source.behind(standing);
        reached.addAll(standing);
        if (!standing.stream().allMatch(source::knows) || !reached.containsAll(now)) {
            throw new StrandlineException.Invalid(pipeline + " has checkpoints of partitions " + standing + " of "
                    + pipeline.source() + ", which now has " + now + " and does not know how all of these came from"
                    + " those; was the stream created anew, or its scalings forgotten when it was truncated? Give the"
                    + " pipeline another name then");
        }
    }

    /** Where the tasks begin, those included whose partitions have no event left: they end at once. */
    List<TaskStart<S>> starts() {
        Set<Long> standing =
                manifest == null ? origin.keySet() : manifest.offsets().keySet();
        return standing.stream()
                .map(id -> new TaskStart<>(source.partition(id), offset(id), step(id), state(id), replay(id)))
                .toList();
    }

    private long offset(long partition) {
        Snapshot snapshot = snapshot(partition);
        return snapshot == null ? originOf(partition) : snapshot.offset();
    }

    private long step(long partition) {
        Snapshot snapshot = snapshot(partition);
        return snapshot == null ? 0 : snapshot.step();
    }

    private Map<String, S> state(long partition) {
        TaskState<S> state = states.get(partition);
        return state == null ? new HashMap<>() : state.states();
    }

    /** From where the task's outputs are to be compared with those in the log, or null if they cannot be. */
    private @Nullable Map<Long, WriterMark> replay(long partition) {
        if (!replaysOutputs) {
            return null;
        }
        TaskState<S> state = states.get(partition);
        return state == null ? Map.of() : state.marks();
    }

    private long originOf(long partition) {
        Long offset = origin.get(partition);
        if (offset == null) {
            throw new IllegalArgumentException("no partition " + partition + " in " + origin);
        }
        return offset;
    }

    private @Nullable Snapshot snapshot(long partition) {
        return manifest == null ? null : manifest.snapshot(partition);
    }
}
