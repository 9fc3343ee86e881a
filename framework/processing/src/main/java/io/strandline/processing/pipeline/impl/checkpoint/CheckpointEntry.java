package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.OptionsJson;
import io.strandline.PayloadOutput;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An event of a pipeline's checkpoint stream. */
public sealed interface CheckpointEntry {

    EventCodec<CheckpointEntry> CODEC = new Codec();

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
     *     their successors the first event is step 0
     * @param reentry number of the earlier checkpoint from which the run begins, 0 for the origin, or null for the newest. The
     *     checkpoints between that one and this event do not count once there is another one after it
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

    /** A checkpoint has a name, and is kept until it has none. */
    record Pinned(String name, long number, long epoch) implements CheckpointEntry {}

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
     */
    record StoredManifest(long offset, Manifest manifest) {

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
                    bytes);
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

        /**
         * A tick in one task.
         *
         * @param step its number
         * @param isSilent whether the partition has had no event for long, and none waited
         */
        public record TaskTick(long step, boolean isSilent) {}
    }

    /** A decision about a step of a task. */
    record Decided(StepDecision decision) implements CheckpointEntry {}

    /** The deletion of the pipeline has begun: nothing goes on from here. */
    record Deleted() implements CheckpointEntry {}

    /** Bytes that are no entry, or one that only a newer Strandline can read. */
    record Unreadable(String defect) implements CheckpointEntry {}

    /**
     * JSON, because a person may have to read it after an accident.
     *
     * <pre>
     * run-started 2       as 1, and reentry
     * run-started 1       version, origin: {partition: offset}
     * pinned 1            name, number, epoch
     * unpinned 1          name
     * checkpoint 4        number, epoch, version, origin: {partition: offset}, sharedUpTo, parts, snapshots: [
     *                       {partition, offset, step, keys, file, length, crc32c (hexadecimal), number, epoch, version,
     *                       before: [[epoch, number, length, crc32c]], missing for none}]
     * checkpoint 3        without before: each snapshot has all of its state
     * checkpoint 2        without sharedUpTo and parts: anything may be shared, and it is whole
     * checkpoint 1        without origin too, and without the last three: the source was never scaled, so the origin follows
     *                     from offset and step, and every file was written for this checkpoint
     * checkpoint-part 2   number, epoch, version, snapshots
     * checkpoint-part 1   without before
     * tick 1              version, time, tasks: {partition: [step, silent]}
     * step-decision 1     kind, partition, offset, step, attempts, key, cause
     * deleted 1           nothing
     * </pre>
     */
    final class Codec implements EventCodec<CheckpointEntry> {

        private static final EventType RUN_STARTED = new EventType("strandline.run-started", 1);
        private static final EventType RUN_STARTED_2 = new EventType("strandline.run-started", 2);
        private static final EventType PINNED = new EventType("strandline.checkpoint-pinned", 1);
        private static final EventType UNPINNED = new EventType("strandline.checkpoint-unpinned", 1);
        private static final EventType DELETED = new EventType("strandline.deleted", 1);
        private static final EventType DECIDED = new EventType("strandline.step-decision", 1);
        private static final EventType PART = new EventType("strandline.checkpoint-part", 2);
        private static final EventType PART_1 = new EventType("strandline.checkpoint-part", 1);
        private static final EventType MANIFEST = new EventType("strandline.checkpoint", 4);
        private static final EventType MANIFEST_3 = new EventType("strandline.checkpoint", 3);
        private static final EventType TICK = new EventType("strandline.tick", 1);
        private static final EventType MANIFEST_2 = new EventType("strandline.checkpoint", 2);
        private static final EventType MANIFEST_1 = new EventType("strandline.checkpoint", 1);

        private Codec() {}

        @Override
        public EventType typeOf(CheckpointEntry entry) {
            if (entry instanceof RunStarted run) {
                return run.reentry() == null ? RUN_STARTED : RUN_STARTED_2;
            }
            if (entry instanceof Pinned) {
                return PINNED;
            }
            if (entry instanceof Unpinned) {
                return UNPINNED;
            }
            if (entry instanceof Tick) {
                return TICK;
            }
            if (entry instanceof Decided) {
                return DECIDED;
            }
            return entry instanceof ManifestPart ? PART : entry instanceof Deleted ? DELETED : MANIFEST;
        }

        @Override
        public void encode(CheckpointEntry entry, PayloadOutput out) {
            if (entry instanceof RunStarted run) {
                JsonObject json = new JsonObject().put("version", run.version()).put("origin", toJson(run.origin()));
                out.write((run.reentry() == null ? json : json.put("reentry", run.reentry())).toBuffer());
            } else if (entry instanceof Pinned pinned) {
                out.write(new JsonObject()
                        .put("name", pinned.name())
                        .put("number", pinned.number())
                        .put("epoch", pinned.epoch())
                        .toBuffer());
            } else if (entry instanceof Unpinned unpinned) {
                out.write(new JsonObject().put("name", unpinned.name()).toBuffer());
            } else if (entry instanceof Manifest manifest) {
                out.write(put(manifest.taken(), new JsonObject())
                        .put("origin", toJson(manifest.origin()))
                        .put("sharedUpTo", manifest.sharedUpTo())
                        .put("parts", manifest.parts())
                        .put("snapshots", toJson(manifest.snapshots()))
                        .toBuffer());
            } else if (entry instanceof ManifestPart part) {
                out.write(put(part.taken(), new JsonObject())
                        .put("snapshots", toJson(part.snapshots()))
                        .toBuffer());
            } else if (entry instanceof Tick tick) {
                out.write(toJson(tick).toBuffer());
            } else if (entry instanceof Decided decided) {
                out.write(toJson(decided.decision()).toBuffer());
            } else if (entry instanceof Deleted) {
                out.write(new JsonObject().toBuffer());
            } else {
                throw new IllegalArgumentException("only read, never written: " + entry);
            }
        }

        /** Never fails, so that one damaged entry hides no other. */
        @Override
        public CheckpointEntry decode(EventType type, byte[] bytes, int from, int length) {
            try {
                JsonObject json = new JsonObject(Buffer.buffer(length).appendBytes(bytes, from, length));
                if (type.equals(RUN_STARTED)) {
                    return new RunStarted(json.getInteger("version"), offsets(json.getJsonObject("origin")));
                }
                if (type.equals(RUN_STARTED_2)) {
                    return new RunStarted(
                            json.getInteger("version"), offsets(json.getJsonObject("origin")), json.getLong("reentry"));
                }
                if (type.equals(PINNED)) {
                    return new Pinned(json.getString("name"), json.getLong("number"), json.getLong("epoch"));
                }
                if (type.equals(UNPINNED)) {
                    return new Unpinned(json.getString("name"));
                }
                if (type.equals(MANIFEST) || type.equals(MANIFEST_3)) {
                    return new Manifest(
                            taken(json),
                            offsets(json.getJsonObject("origin")),
                            json.getLong("sharedUpTo"),
                            json.getInteger("parts"),
                            snapshots(json));
                }
                if (type.equals(DELETED)) {
                    return new Deleted();
                }
                if (type.equals(TICK)) {
                    return tick(json);
                }
                if (type.equals(DECIDED)) {
                    return new Decided(decision(json));
                }
                if (type.equals(PART) || type.equals(PART_1)) {
                    return new ManifestPart(taken(json), snapshots(json));
                }
                if (type.equals(MANIFEST_2)) {
                    return new Manifest(
                            taken(json), offsets(json.getJsonObject("origin")), Manifest.ANYTHING, snapshots(json));
                }
                return type.equals(MANIFEST_1) ? manifest1(json) : new Unreadable("unknown type " + type);
            } catch (RuntimeException e) {
                return new Unreadable("malformed " + type + " of " + length + " bytes: " + e.getMessage());
            }
        }

        private static JsonObject toJson(Tick tick) {
            JsonObject tasks = new JsonObject();
            tick.tasks()
                    .forEach((partition, of) -> tasks.put(
                            Long.toString(partition),
                            new JsonArray().add(of.step()).add(of.isSilent())));
            return new JsonObject()
                    .put("version", tick.version())
                    .put("time", tick.time())
                    .put("tasks", tasks);
        }

        private static Tick tick(JsonObject json) {
            SortedMap<Long, Tick.TaskTick> tasks = new TreeMap<>();
            json.getJsonObject("tasks").forEach(entry -> {
                JsonArray of = (JsonArray) entry.getValue();
                tasks.put(Long.parseLong(entry.getKey()), new Tick.TaskTick(of.getLong(0), of.getBoolean(1)));
            });
            return new Tick(json.getInteger("version"), json.getLong("time"), tasks);
        }

        private static JsonObject toJson(StepDecision decision) {
            return new JsonObject()
                    .put("kind", OptionsJson.nameOf(decision.kind()))
                    .put("partition", decision.partition())
                    .put("offset", decision.offset())
                    .put("step", decision.step())
                    .put("attempts", decision.attempts())
                    .put("key", decision.key())
                    .put("cause", decision.cause());
        }

        private static StepDecision decision(JsonObject json) {
            return new StepDecision(
                    new OptionsJson("a decision", json).constant("kind", StepDecision.Kind.SKIP),
                    json.getLong("partition"),
                    json.getLong("offset"),
                    json.getLong("step"),
                    json.getInteger("attempts"),
                    json.getString("key"),
                    json.getString("cause"));
        }

        private static Manifest manifest1(JsonObject json) {
            Taken taken = taken(json);
            List<Snapshot> snapshots = new ArrayList<>();
            SortedMap<Long, Long> origin = new TreeMap<>();
            for (Object each : json.getJsonArray("snapshots")) {
                Snapshot snapshot = snapshot((JsonObject) each, taken);
                snapshots.add(snapshot);
                origin.put(snapshot.partition(), snapshot.offset() - snapshot.step());
            }
            return new Manifest(taken, origin, Manifest.ANYTHING, snapshots);
        }

        private static List<Snapshot> snapshots(JsonObject json) {
            List<Snapshot> snapshots = new ArrayList<>();
            for (Object each : json.getJsonArray("snapshots")) {
                JsonObject snapshot = (JsonObject) each;
                snapshots.add(snapshot(snapshot, taken(snapshot)));
            }
            return snapshots;
        }

        private static Taken taken(JsonObject json) {
            return new Taken(json.getLong("number"), json.getLong("epoch"), json.getInteger("version"));
        }

        private static JsonObject put(Taken taken, JsonObject json) {
            return json.put("number", taken.number())
                    .put("epoch", taken.epoch())
                    .put("version", taken.version());
        }

        private static JsonObject toJson(SortedMap<Long, Long> offsets) {
            JsonObject json = new JsonObject();
            offsets.forEach((partition, offset) -> json.put(Long.toString(partition), offset));
            return json;
        }

        private static SortedMap<Long, Long> offsets(JsonObject json) {
            SortedMap<Long, Long> offsets = new TreeMap<>();
            json.forEach(entry -> offsets.put(Long.parseLong(entry.getKey()), ((Number) entry.getValue()).longValue()));
            return offsets;
        }

        private static JsonArray toJson(List<Snapshot> snapshots) {
            JsonArray json = new JsonArray();
            snapshots.forEach(snapshot -> json.add(toJson(snapshot)));
            return json;
        }

        private static JsonObject toJson(Snapshot snapshot) {
            JsonObject json = put(
                    snapshot.taken(),
                    new JsonObject()
                            .put("partition", snapshot.partition())
                            .put("offset", snapshot.offset())
                            .put("step", snapshot.step())
                            .put("keys", snapshot.keys())
                            .put("file", snapshot.file())
                            .put("length", snapshot.length())
                            .put("crc32c", Integer.toHexString(snapshot.crc())));
            if (!snapshot.before().isEmpty()) {
                JsonArray before = new JsonArray();
                snapshot.before()
                        .forEach(link -> before.add(new JsonArray()
                                .add(link.epoch())
                                .add(link.number())
                                .add(link.length())
                                .add(Integer.toHexString(link.crc()))));
                json.put("before", before);
            }
            return json;
        }

        private static List<Link> before(JsonObject json) {
            List<Link> before = new ArrayList<>();
            for (Object each : json.getJsonArray("before", new JsonArray())) {
                JsonArray link = (JsonArray) each;
                before.add(new Link(
                        link.getLong(0),
                        link.getLong(1),
                        link.getLong(2),
                        Integer.parseUnsignedInt(link.getString(3), 16)));
            }
            return before;
        }

        private static Snapshot snapshot(JsonObject json, Taken taken) {
            return new Snapshot(
                    taken,
                    json.getLong("partition"),
                    json.getLong("offset"),
                    json.getLong("step"),
                    json.getLong("keys"),
                    json.getString("file"),
                    json.getLong("length"),
                    Integer.parseUnsignedInt(json.getString("crc32c"), 16),
                    before(json));
        }
    }
}
