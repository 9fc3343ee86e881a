package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An event of a pipeline's checkpoint stream. */
public sealed interface CheckpointEntry {

    EventCodec<CheckpointEntry> CODEC = new CheckpointEntryCodec();

    /**
     * Most files that the snapshots of one event name, unless it has one snapshot alone. At 230 bytes for a snapshot and 60 for a file
     * before it an event is a quarter of what a batch may be.
     */
    int FILES_PER_EVENT = 1_000;

    /**
     * A run of the pipeline began. The place of this event gives the epoch of the run ({@link CheckpointStream#epochOf}).
     * Every run that appends such an event has its own epoch, and later runs have higher epochs, including runs of a
     * pipeline that was deleted and created again.
     *
     * @param version version of the pipeline
     * @param origin partition → offset of the event that is step 0, for the partitions in which the pipeline began. In
     *     their successors the first event is step 0. Empty if it began with the state of another version ({@link Seed}): then no
     *     event is where it could begin again without any checkpoint
     * @param reentry number of the earlier checkpoint from which the run begins, because that was asked for or newer ones are damaged, 0
     *     for the origin, or null for the newest. The checkpoints between that one and this event do not count once there is another
     *     one after it
     */
    record RunStarted(
            int version,
            SortedMap<Long, Long> origin,
            @Nullable Long reentry) implements CheckpointEntry {

        /** A run that goes on from where the pipeline was. */
        public RunStarted(int version, SortedMap<Long, Long> origin) {
            this(version, origin, null);
        }
    }

    /**
     * A checkpoint has a name, and is kept until it has none.
     *
     * @param isDrained whether all stages stood still, and the internal streams held nothing that was not processed. So another version
     *     may begin with it
     */
    record Pinned(String name, long number, long epoch, boolean isDrained) implements CheckpointEntry {}

    /**
     * A version of several stages begins beside another one. The first entry of its first stage. All of its stages begin with the same
     * checkpoint, also if the process ends in between.
     *
     * @param checkpoint name of a checkpoint of the other version, or null if it begins without state
     * @param number that of the other version's first stage, 0 for none
     * @param epoch of that, 0 for none
     */
    record Seeded(@Nullable String checkpoint, long number, long epoch) implements CheckpointEntry {}

    /** A checkpoint has a name no longer. */
    record Unpinned(String name) implements CheckpointEntry {}

    /**
     * What tells one checkpoint of a pipeline from every other.
     *
     * @param number from 1
     * @param epoch generation of the run
     * @param version version of the pipeline
     */
    record Taken(long number, long epoch, int version) {}

    /**
     * The manifest of a checkpoint. The checkpoint exists once its manifest is durable.
     *
     * <p>It names every partition in which a task reads. It also names the partitions that were read to their ends and
     * whose successors have not all begun.
     *
     * @param taken which checkpoint
     * @param origin as in {@link RunStarted}
     * @param sharedUpTo highest id of a partition in which another version may have made outputs that no mark records
     * @param parts number of events before this one that hold snapshots of it
     * @param snapshots one for each partition, in ascending order, without the snapshots in the parts
     */
    record Manifest(Taken taken, SortedMap<Long, Long> origin, long sharedUpTo, int parts, List<Snapshot> snapshots)
            implements CheckpointEntry {

        /** Nothing is shared: every output is known to be of the version itself. */
        static final long NOTHING = -1;

        /** Everything may be. */
        static final long ANYTHING = Long.MAX_VALUE;

        public Manifest {
            snapshots = List.copyOf(snapshots);
        }

        /** A manifest that is whole. */
        public Manifest(Taken taken, SortedMap<Long, Long> origin, long sharedUpTo, List<Snapshot> snapshots) {
            this(taken, origin, sharedUpTo, 0, snapshots);
        }

        /** The events that hold it, this one without the snapshots of the others as the last. */
        List<CheckpointEntry> inParts() {
            List<CheckpointEntry> events = new ArrayList<>();
            int from = 0;
            int files = 0;
            for (int i = 0; i < snapshots.size(); i++) {
                int more = 1 + snapshots.get(i).before().size();
                if (files > 0 && files + more > FILES_PER_EVENT) {
                    events.add(new ManifestPart(taken, snapshots.subList(from, i)));
                    from = i;
                    files = 0;
                }
                files += more;
            }
            events.add(
                    new Manifest(taken, origin, sharedUpTo, events.size(), snapshots.subList(from, snapshots.size())));
            return events;
        }

        /** Whether these are the parts in front of it, all of them. */
        boolean isEndOf(List<ManifestPart> before) {
            return before.size() == parts && before.get(0).taken().equals(taken);
        }

        /** The whole manifest. */
        Manifest with(List<ManifestPart> before) {
            List<Snapshot> all = new ArrayList<>();
            before.forEach(part -> all.addAll(part.snapshots()));
            all.addAll(snapshots);
            return new Manifest(taken, origin, sharedUpTo, all);
        }

        public long number() {
            return taken.number();
        }

        /** Partition → offset of the first event that is not part of the state. */
        public SortedMap<Long, Long> offsets() {
            SortedMap<Long, Long> offsets = new TreeMap<>();
            snapshots.forEach(snapshot -> offsets.put(snapshot.partition(), snapshot.offset()));
            return offsets;
        }

        /** Partition → number of the first step that is not part of the state. */
        public SortedMap<Long, Long> steps() {
            SortedMap<Long, Long> steps = new TreeMap<>();
            snapshots.forEach(snapshot -> steps.put(snapshot.partition(), snapshot.step()));
            return steps;
        }

        /** The snapshot of a partition, or null if it names none. */
        @Nullable
        public Snapshot snapshot(long partition) {
            for (Snapshot snapshot : snapshots) {
                if (snapshot.partition() == partition) {
                    return snapshot;
                }
            }
            return null;
        }
    }

    /**
     * A part of a manifest that is too large for one event. The manifest follows, or the run has ended before it.
     *
     * @param taken which checkpoint
     * @param snapshots some of its snapshots
     */
    record ManifestPart(Taken taken, List<Snapshot> snapshots) implements CheckpointEntry {

        public ManifestPart {
            snapshots = List.copyOf(snapshots);
        }
    }

    /**
     * A file with the state of one task, or with what has changed of it since the files before.
     *
     * @param taken the checkpoint for which it was written. Later checkpoints also name it while its partition waits at
     *     its end
     * @param partition of the source
     * @param offset of the first event that is not part of the state
     * @param step number of that event in the task
     * @param keys number of keys in the state
     * @param file its name, without a directory
     * @param length in bytes
     * @param crc CRC32C, as at the end of the file
     * @param before the files that belong to the state too, oldest first
     */
    record Snapshot(
            Taken taken,
            long partition,
            long offset,
            long step,
            long keys,
            String file,
            long length,
            int crc,
            List<Link> before) {

        public Snapshot {
            before = List.copyOf(before);
        }

        /** A file with all of a state. */
        public Snapshot(
                Taken taken, long partition, long offset, long step, long keys, String file, long length, int crc) {
            this(taken, partition, offset, step, keys, file, length, crc, List.of());
        }

        /** Names of the files of the state, oldest first. */
        public List<String> files() {
            List<String> files = new ArrayList<>();
            before.forEach(link -> files.add(SnapshotFormat.name(link.epoch(), link.number(), partition)));
            files.add(file);
            return files;
        }

        /** Bytes of these files. */
        public long bytes() {
            return length + before.stream().mapToLong(Link::length).sum();
        }
    }

    /**
     * An earlier snapshot of the same partition. Its name follows from epoch and number.
     *
     * @param epoch of the run that wrote it
     * @param number of its checkpoint
     * @param length in bytes
     * @param crc CRC32C, as at the end of the file
     */
    record Link(long epoch, long number, long length, int crc) {}

    /**
     * A manifest that is durable.
     *
     * @param offset place of its first event in the checkpoint stream
     * @param takenMillis about when it was appended, in milliseconds since 1970
     */
    record StoredManifest(long offset, long takenMillis, Manifest manifest) {

        /** The clock of who appended it and the stamp of the log differ a little, and neither makes it another one. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof StoredManifest that && offset == that.offset && manifest.equals(that.manifest);
        }

        @Override
        public int hashCode() {
            return Objects.hash(offset, manifest);
        }

        public Checkpoint toCheckpoint(StreamName source) {
            long keys = 0;
            long bytes = 0;
            for (Snapshot snapshot : manifest.snapshots()) {
                keys += snapshot.keys();
                bytes += snapshot.bytes();
            }
            return new Checkpoint(
                    manifest.taken().number(),
                    manifest.taken().epoch(),
                    manifest.taken().version(),
                    new StreamCut(source, manifest.offsets()),
                    keys,
                    bytes,
                    takenMillis);
        }
    }

    /**
     * The clock has come to a time, in some tasks. For each it is the step with the number that the entry gives, in every replay
     * too: a task takes no event under that number.
     *
     * @param version version of the pipeline
     * @param time in milliseconds since the epoch
     * @param tasks partition → what it is there
     */
    record Tick(int version, long time, SortedMap<Long, TaskTick> tasks) implements CheckpointEntry {

        /** An entry that says nothing. That it could be appended proves that no newer run had begun. */
        public static Tick ofNoTask(int version) {
            return new Tick(version, 0, Collections.emptySortedMap());
        }

        /**
         * A tick in one task.
         *
         * @param step its number
         * @param isSilent whether the partition has had no event for long, and none waited
         * @param tells whether the tasks of the next stage are told at once how far event time has come
         */
        public record TaskTick(long step, boolean isSilent, boolean tells) {}
    }

    /** A decision about a step of a task. */
    record Decided(StepDecision decision) implements CheckpointEntry {}

    /**
     * The pipeline goes on as another version, which has run beside this one under a name of its own. It is the last entry that a
     * run appends, after its final checkpoint.
     *
     * @param from version of the run that has ended
     * @param to the version that goes on
     */
    record Switched(int from, int to) implements CheckpointEntry {}

    /** The deletion of the pipeline has begun: nothing goes on from here. */
    record Deleted() implements CheckpointEntry {}

    /** Bytes that are no entry, or one that only a newer Strandline can read. */
    record Unreadable(String defect) implements CheckpointEntry {}
}
