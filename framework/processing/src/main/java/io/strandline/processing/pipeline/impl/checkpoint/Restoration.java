package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.ShuffleStore;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a run begins, found from the data that earlier runs left in the checkpoint stream and the checkpoint store.
 *
 * <p>It begins where the pipeline was, in partitions that may be sealed by now. The unread events of those partitions
 * come first, and their successors follow as in a run that goes on.
 *
 * @param source the stream that is read
 * @param origin partition → offset of the event that is step 0, for the partitions in which the pipeline began first
 * @param manifest the newest whole checkpoint, that of another version if the run is seeded, or null to start at the origin
 * @param usable whole as far as known, oldest first, up to and including {@code manifest}, none if the run is seeded
 * @param newest highest number of any checkpoint seen, 0 for none
 * @param damaged number of checkpoints that were passed over
 * @param replaysOutputs true if every output after the checkpoint was made by this version of the pipeline, so that the
 *     replay must give the same ones
 * @param sharedUpTo see {@link Manifest#sharedUpTo}, {@link Manifest#NOTHING} if there is no such partition
 * @param states partition → state of its task
 * @param decisions about steps, of earlier runs
 * @param pins name → checkpoint
 */
public record Restoration(
        StreamDescription source,
        SortedMap<Long, Long> origin,
        @Nullable Manifest manifest,
        List<StoredManifest> usable,
        long newest,
        int damaged,
        boolean replaysOutputs,
        long sharedUpTo,
        Map<Long, TaskState> states,
        KnownDecisions decisions,
        SortedMap<String, StoredManifest> pins) {

    private static final Logger LOG = Logger.of(Restoration.class);

    /**
     * What earlier runs left, and the stream that they read.
     *
     * @param entries of the checkpoint stream, oldest first
     * @param source the stream that is read, as it was when every earlier run was fenced, or later
     * @param sourceStart where it begins
     */
    public record Traces(
            List<EventRecord<CheckpointEntry>> entries,
            PipelineSnapshots snapshots,
            StreamDescription source,
            StreamCut sourceStart) {}

    /**
     * Looks for the newest whole checkpoint, or for the one that is wanted. Fails with Unavailable if the store cannot be reached, or has no snapshot of any
     * checkpoint: an older one, or the origin, is taken only for those that are damaged.
     *
     * @param terms on which states are read
     * @param start where the run is to begin. A checkpoint that is named here and damaged is Corrupt
     * @throws StrandlineException.NotFound if there is no such checkpoint
     * @throws StrandlineException.Conflict if the deletion of the pipeline was begun
     * @throws StrandlineException.Invalid if the pipeline was of another version, which is not allowed
     */
    public static Future<Restoration> find(Pipeline pipeline, Traces left, RestoreTerms terms, Start start) {
        CheckpointHistory history = new CheckpointHistory(pipeline, left.entries());
        if (history.isDeleted()) {
            throw new StrandlineException.Conflict(
                    "the deletion of " + pipeline + " was begun and not finished; delete it again first");
        }
        Switched switched = history.switched();
        if (switched != null) {
            throw new StrandlineException.Conflict(pipeline + " was switched from version " + switched.from()
                    + " to version " + switched.to() + ": deploy that");
        }
        if (history.version() != pipeline.version() && !terms.isVersionChangeAllowed()) {
            throw new StrandlineException.Invalid(pipeline + " finds the state of its version " + history.version()
                    + "; set versionChangeAllowed to go on from it, or give the pipeline another name");
        }
        SortedMap<Long, Long> known = history.origin();
        SortedMap<Long, Long> origin = known == null ? firstOrigin(pipeline, history, left) : known;
        Search search = new Search(
                pipeline, history, left.snapshots(), left.source(), origin, terms, !start.equals(Start.NEWEST));
        if (start.isReset()) {
            return Future.succeededFuture(search.fromOrigin());
        }
        String wanted = start.checkpoint();
        return wanted == null ? search.newestWhole(history.manifests()) : search.at(wanted);
    }

    /** Looks through the manifests of one history. */
    private record Search(
            Pipeline pipeline,
            CheckpointHistory history,
            PipelineSnapshots snapshots,
            StreamDescription source,
            SortedMap<Long, Long> origin,
            RestoreTerms terms,
            boolean isWanted) {

        /** From one checkpoint and no other. */
        Future<Restoration> at(String wanted) {
            StoredManifest from = history.named(wanted);
            List<StoredManifest> usable = new ArrayList<>(history.manifests());
            usable.removeIf(stored -> stored.offset() >= from.offset());
            usable.add(from);
            return snapshots
                    .read(from.manifest().snapshots(), pipeline.topology(), terms)
                    .map(states -> from(usable, states));
        }

        /** Takes manifests away from the end until it meets one whose snapshots are whole. */
        Future<Restoration> newestWhole(List<StoredManifest> manifests) {
            if (manifests.isEmpty()) {
                return noneWhole();
            }
            Manifest newest = manifests.get(manifests.size() - 1).manifest();
            return snapshots
                    .read(newest.snapshots(), pipeline.topology(), terms)
                    .map(states -> from(manifests, states))
                    .recover(cause -> {
                        if (!(cause instanceof StrandlineException.Corrupt)) {
                            return Future.failedFuture(cause);
                        }
                        LOG.warn(
                                "{}: passing over checkpoint {} of epoch {}: {}",
                                pipeline,
                                newest.number(),
                                newest.taken().epoch(),
                                cause.getMessage());
                        return newestWhole(manifests.subList(0, manifests.size() - 1));
                    });
        }

        /** Damage costs the work since the origin. A place where nothing is left is not damaged, but is probably another one. */
        private Future<Restoration> noneWhole() {
            if (stored() == 0) {
                return Future.succeededFuture(fromOrigin());
            }
            return snapshots
                    .hasAny(history.manifests())
                    .compose(isThere -> isThere
                            ? Future.succeededFuture(fromOrigin())
                            : Future.failedFuture(new StrandlineException.Unavailable(pipeline + " has " + stored()
                                    + " checkpoints, and " + snapshots
                                    + " has no snapshot of any of them; set"
                                    + " checkpointDirectory to where they are, or delete the"
                                    + " pipeline to begin again")));
        }

        private Restoration from(List<StoredManifest> manifests, Map<Long, TaskState> states) {
            StoredManifest last = manifests.get(manifests.size() - 1);
            Manifest manifest = last.manifest();
            requireWhole(pipeline, source, manifest.offsets().keySet());
            boolean isOwn = history.isOwnAfter(last.offset());
            return new Restoration(
                    source,
                    origin,
                    manifest,
                    List.copyOf(manifests),
                    history.newestNumber(),
                    history.unreadable() + Math.max(0, newerThan(last)),
                    isOwn,
                    Math.min(newestId(source), isOwn ? manifest.sharedUpTo() : Manifest.ANYTHING),
                    states,
                    history.decisions(),
                    history.pinned());
        }

        private Restoration fromOrigin() {
            if (origin.isEmpty()) {
                throw noOrigin();
            }
            if (stored() > 0 && !isWanted) {
                LOG.warn("{}: none of {} checkpoints is whole, starting from offsets {}", pipeline, stored(), origin);
            }
            requireWhole(pipeline, source, origin.keySet());
            boolean isOwn = history.isOwnAfter(0);
            return new Restoration(
                    source,
                    origin,
                    null,
                    List.of(),
                    history.newestNumber(),
                    history.unreadable() + (isWanted ? 0 : stored()),
                    isOwn,
                    isOwn ? Manifest.NOTHING : newestId(source),
                    Map.of(),
                    history.decisions(),
                    history.pinned());
        }

        private StrandlineException noOrigin() {
            String began = pipeline
                    + " began with the state of another version, so it cannot begin again without any checkpoint";
            return isWanted
                    ? new StrandlineException.Invalid(began)
                    : new StrandlineException.Corrupt(began + ", and none of " + stored()
                            + " is whole: drop it, and begin beside the other again");
        }

        /** Number of checkpoints that were passed over because they are damaged. Those after a wanted one are not. */
        private int newerThan(StoredManifest from) {
            return isWanted
                    ? 0
                    : (int) history.manifests().stream()
                            .filter(stored -> stored.offset() > from.offset())
                            .count();
        }

        private int stored() {
            return history.manifests().size();
        }
    }

    /**
     * Where a run begins that takes the state of another version and has none of its own.
     *
     * @param own what it has left itself
     * @param seed the checkpoint of the other version
     * @param states partition → state of its task
     */
    static Restoration seeded(Pipeline pipeline, Traces own, Manifest seed, Map<Long, TaskState> states) {
        requireWhole(pipeline, own.source(), seed.offsets().keySet());
        Map<Long, OperatorStates> begun = new TreeMap<>();
        states.forEach((partition, state) -> begun.put(partition, state.states()));
        return begun(own, seed, begun);
    }

    /**
     * As {@link #seeded}, where the stage reads an internal stream of its own, in which nothing is yet.
     *
     * @param states partition of that stream → state of its task
     */
    static Restoration seededAtStart(Pipeline pipeline, Traces own, Manifest seed, Map<Long, OperatorStates> states) {
        SortedMap<Long, Long> start = own.sourceStart().offsets();
        requireWhole(pipeline, own.source(), start.keySet());
        List<Snapshot> beginnings = new ArrayList<>();
        start.forEach((partition, offset) ->
                beginnings.add(new Snapshot(seed.taken(), partition, offset, 0, 0, "of another version", 0, 0)));
        return begun(own, new Manifest(seed.taken(), new TreeMap<>(), Manifest.NOTHING, beginnings), states);
    }

    /** Its outputs are others, and so are its files. */
    private static Restoration begun(Traces own, Manifest from, Map<Long, OperatorStates> states) {
        Map<Long, TaskState> begun = new TreeMap<>();
        states.forEach((partition, state) -> {
            ShuffleStore neighbours = state.shuffles();
            if (neighbours != null) {
                neighbours.forgetNeighbours();
            }
            begun.put(partition, new TaskState(Map.of(), state, new SnapshotChain()));
        });
        return new Restoration(
                own.source(),
                new TreeMap<>(),
                from,
                List.of(),
                0,
                0,
                true,
                Manifest.NOTHING,
                begun,
                new KnownDecisions(),
                new TreeMap<>());
    }

    /** Whether it begins with the state of another version, of which no checkpoint of its own holds anything yet. */
    public boolean isSeeded() {
        return manifest != null && usable.isEmpty();
    }

    /** Gives up what it has read: no run begins with it. */
    public void discard() {
        states.values().forEach(state -> state.states().close());
    }

    /** Later partitions have higher ids. */
    private static long newestId(StreamDescription source) {
        return Collections.max(source.byId().keySet());
    }

    /**
     * Whether all outputs in a partition that is to begin were made by this version of the pipeline, so that they must come
     * again. Earlier runs may have begun the partitions that the source had when they were fenced, and those that took over
     * directly: for more they would have had to append another manifest.
     */
    public boolean isOwn(StreamDescription now, long partition) {
        return partition > sharedUpTo
                && now.predecessors(partition).stream()
                        .allMatch(predecessor -> predecessor.partition().id() > sharedUpTo);
    }

    /** Step 0 when nothing readable says where it is: the first event, unless earlier ones may have been removed. */
    private static SortedMap<Long, Long> firstOrigin(Pipeline pipeline, CheckpointHistory history, Traces left) {
        boolean truncated = left.sourceStart().offsets().entrySet().stream()
                .anyMatch(start -> start.getValue() > 0
                        || !left.source().predecessors(start.getKey()).isEmpty());
        if (!history.isEmpty() && truncated) {
            throw new StrandlineException.Corrupt(pipeline + ": none of the " + history.size() + " entries of "
                    + CheckpointStream.nameOf(pipeline.name())
                    + " is readable, and the source was truncated since, so its steps cannot be numbered as before");
        }
        return new TreeMap<>(left.sourceStart().offsets());
    }

    /** Checks that the partitions where a run is to begin are the source's, and lead to all that are open now. */
    private static void requireWhole(Pipeline pipeline, StreamDescription source, Set<Long> standing) {
        Set<Long> now = new TreeSet<>();
        source.partitions().forEach(partition -> now.add(partition.id()));
        Set<Long> reached = source.descendants(standing);
        reached.addAll(standing);
        if (!source.byId().keySet().containsAll(standing) || !reached.containsAll(now)) {
            throw new StrandlineException.Invalid(pipeline + " has checkpoints of partitions " + standing + " of "
                    + pipeline.source() + ", which now has " + now + " and does not know how all of these came from"
                    + " those; was the stream deleted and created again, or its scalings forgotten when it was truncated? Give the"
                    + " pipeline another name then");
        }
    }

    /** Where the oldest checkpoint is that a later run may go back to. */
    public SortedMap<Long, Long> oldest() {
        Manifest from = usable.isEmpty() ? manifest : usable.get(0).manifest();
        return from == null ? origin : from.offsets();
    }

    /** Ids of the partitions in which the run begins. */
    public Set<Long> standing() {
        return manifest == null ? origin.keySet() : manifest.offsets().keySet();
    }

    /** Where the tasks begin, those included whose partitions have no event left: they end at once. */
    public List<TaskStart> starts(Topology topology, StateBudget budget) {
        Map<Long, PartitionDescription> partitions = source.byId();
        Manifest from = manifest;
        if (from == null) {
            return origin.entrySet().stream()
                    .map(first -> new TaskStart(
                            Objects.requireNonNull(partitions.get(first.getKey())),
                            first.getValue(),
                            0,
                            new OperatorStates(topology, EventTime.START, budget),
                            new SnapshotChain(),
                            replaysOutputs ? Map.of() : null))
                    .toList();
        }
        return from.snapshots().stream()
                .map(snapshot -> {
                    TaskState state = Objects.requireNonNull(states.get(snapshot.partition()));
                    return new TaskStart(
                            Objects.requireNonNull(partitions.get(snapshot.partition())),
                            snapshot.offset(),
                            snapshot.step(),
                            state.states(),
                            state.chain(),
                            replaysOutputs ? state.marks() : null);
                })
                .toList();
    }
}
