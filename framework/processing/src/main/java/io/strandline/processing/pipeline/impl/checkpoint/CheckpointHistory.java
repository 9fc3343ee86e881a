package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Decided;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.ManifestPart;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Pinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Seeded;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unpinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unreadable;
import io.strandline.spi.Logger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What earlier runs of a pipeline left in its checkpoint stream, with the manifests put together from their parts. */
public final class CheckpointHistory {

    private static final Logger LOG = Logger.of(CheckpointHistory.class);

    private final String name;
    private final int ownVersion;
    private final List<EventRecord<CheckpointEntry>> found;
    private final List<StoredManifest> manifests = new ArrayList<>();
    private @Nullable SortedMap<Long, Long> origin;
    private int version;
    private int unreadable;
    private boolean deleted;
    private @Nullable Switched switched;
    private final KnownDecisions decisions = new KnownDecisions();

    /** Every whole manifest, those included that do not count any more. */
    private final List<StoredManifest> seen = new ArrayList<>();
    /** Manifests that do not count any more after the next one. */
    private List<StoredManifest> left = List.of();

    /** Name → the checkpoint, null if it is not there any more. */
    private final SortedMap<String, @Nullable StoredManifest> pins = new TreeMap<>();

    /** Names of those at which all stages stood still. */
    private final Set<String> drained = new HashSet<>();

    private @Nullable Seeded seeded;

    /** Parts whose manifest has not come yet. If a run ended between its parts, they never get one. */
    private final List<ManifestPart> parts = new ArrayList<>();

    private long firstPart;

    /** @param found entries of the checkpoint stream, oldest first */
    public CheckpointHistory(Pipeline pipeline, List<EventRecord<CheckpointEntry>> found) {
        this(pipeline.name(), pipeline.version(), found);
    }

    /**
     * What the runs of a stage left.
     *
     * @param name of the stage
     * @param version of the pipeline that asks
     * @param found entries of the checkpoint stream, oldest first
     */
    CheckpointHistory(String name, int version, List<EventRecord<CheckpointEntry>> found) {
        this.name = name;
        this.ownVersion = version;
        this.found = List.copyOf(found);
        this.version = version;
        this.found.forEach(this::take);
    }

    private void take(EventRecord<CheckpointEntry> record) {
        CheckpointEntry entry = record.event();
        if (entry instanceof RunStarted run) {
            origin = run.origin();
            version = run.version();
            switched = null; // to a version that was dropped in the same moment
            Long reentry = run.reentry();
            left = reentry == null
                    ? List.of()
                    : manifests.stream()
                            .filter(stored -> stored.manifest().number() > reentry)
                            .toList();
        } else if (entry instanceof Pinned pinned) {
            pins.put(pinned.name(), find(pinned.number(), pinned.epoch()));
            if (pinned.isDrained()) {
                drained.add(pinned.name());
            }
        } else if (entry instanceof Unpinned none) {
            pins.remove(none.name());
            drained.remove(none.name());
        } else if (entry instanceof Seeded begun) {
            seeded = begun;
        } else if (entry instanceof ManifestPart part) {
            if (parts.isEmpty() || !parts.get(0).taken().equals(part.taken())) {
                parts.clear();
                firstPart = record.offset();
            }
            parts.add(part);
        } else if (entry instanceof Manifest manifest) {
            origin = manifest.origin();
            version = manifest.taken().version();
            take(record.offset(), record.stamp(), manifest);
        } else if (entry instanceof Decided decided) {
            decisions.add(record.offset(), decided.decision());
        } else if (entry instanceof Deleted) {
            deleted = true;
        } else if (entry instanceof Switched next) {
            switched = next;
        } else if (entry instanceof Unreadable torn) {
            passOver(record.offset(), torn.defect());
        }
    }

    private void take(long offset, long stamp, Manifest last) {
        if (last.parts() == 0) {
            take(new StoredManifest(offset, stamp, last));
        } else if (last.isEndOf(parts)) {
            take(new StoredManifest(firstPart, stamp, last.with(parts)));
        } else {
            passOver(offset, "checkpoint " + last.number() + " has not all of its " + last.parts() + " parts");
        }
        parts.clear();
    }

    private void take(StoredManifest whole) {
        manifests.removeAll(left);
        left = List.of();
        manifests.add(whole);
        seen.add(whole);
    }

    private @Nullable StoredManifest find(long number, long epoch) {
        for (StoredManifest stored : seen) {
            if (stored.manifest().number() == number
                    && stored.manifest().taken().epoch() == epoch) {
                return stored;
            }
        }
        return null;
    }

    /** Name → checkpoint, of those that are pinned and whole. */
    SortedMap<String, StoredManifest> pinned() {
        SortedMap<String, StoredManifest> whole = new TreeMap<>();
        pins.forEach((name, stored) -> {
            if (stored != null) {
                whole.put(name, stored);
            }
        });
        return whole;
    }

    /** Highest number of a checkpoint, 0 for none. */
    long newestNumber() {
        return seen.stream()
                .mapToLong(stored -> stored.manifest().number())
                .max()
                .orElse(0);
    }

    private void passOver(long offset, String defect) {
        unreadable++;
        LOG.warn(
                "{}: passing over entry {} of {}: {}",
                PipelineNames.titleOf(name, ownVersion),
                offset,
                CheckpointStream.nameOf(name),
                defect);
    }

    /** Whether no run has left anything. What says with which checkpoint a version is to begin is of no run. */
    public boolean isEmpty() {
        return found.stream().allMatch(entry -> entry.event() instanceof Seeded);
    }

    /** With which checkpoint of another version this one began, or null if nothing says it. */
    public @Nullable Seeded seeded() {
        return seeded;
    }

    /** Whether all stages stood still at the checkpoint that has this name, and nothing was between them. */
    boolean isDrained(String name) {
        return drained.contains(name);
    }

    /** Number of entries. */
    int size() {
        return found.size();
    }

    /** Number of entries that are none, and of manifests that are not complete. */
    int unreadable() {
        return unreadable;
    }

    /** Whether somebody has begun to delete the pipeline. */
    public boolean isDeleted() {
        return deleted;
    }

    /** What the pipeline was switched to, or null. Nothing goes on from here then. */
    @Nullable
    Switched switched() {
        return switched;
    }

    /**
     * The checkpoint that has a name or a number.
     *
     * @throws StrandlineException.NotFound if there is none, with those that there are
     */
    StoredManifest named(String wanted) {
        StoredManifest chosen = pinned().get(wanted);
        for (StoredManifest stored : manifests) {
            if (Long.toString(stored.manifest().number()).equals(wanted)) {
                chosen = stored;
            }
        }
        if (chosen == null) {
            String title = PipelineNames.titleOf(name, version);
            throw new StrandlineException.NotFound(title + " has no checkpoint " + wanted + ", it has "
                    + manifests.stream()
                            .map(stored -> stored.manifest().number())
                            .toList()
                    + " and with names " + pinned().keySet());
        }
        return chosen;
    }

    /** The manifests, oldest first. */
    public List<StoredManifest> manifests() {
        return List.copyOf(manifests);
    }

    /** The decisions about steps. */
    public KnownDecisions decisions() {
        return decisions;
    }

    /** Where the pipeline began, or null if no readable entry says it. */
    @Nullable
    public SortedMap<Long, Long> origin() {
        return origin;
    }

    /** Version of the newest run, or the pipeline's own version if no entry says it. */
    public int version() {
        return version;
    }

    /** Whether all that ran after an offset of the stream is known, and was of the pipeline's version. */
    boolean isOwnAfter(long from) {
        if (!found.isEmpty() && found.get(0).offset() > from) {
            return false;
        }
        return found.stream()
                .filter(entry -> entry.offset() >= from)
                .allMatch(entry -> isOfVersion(entry.event(), ownVersion));
    }

    /** False if the entry tells of another version, or may. */
    public static boolean isOfVersion(CheckpointEntry entry, int version) {
        return entry instanceof Decided
                || entry instanceof Pinned
                || entry instanceof Unpinned
                || entry instanceof Seeded
                || (entry instanceof Switched switched && switched.from() == version)
                || (entry instanceof RunStarted run && run.version() == version)
                || (entry instanceof Manifest manifest && manifest.taken().version() == version)
                || (entry instanceof ManifestPart part && part.taken().version() == version)
                || (entry instanceof Tick tick && tick.version() == version);
    }
}
