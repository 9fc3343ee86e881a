package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.OptionsJson;
import io.strandline.PayloadOutput;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Decided;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Link;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.ManifestPart;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Pinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Seeded;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unpinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unreadable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.JacksonCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * JSON, because a person may have to read it after an accident.
 *
 * <pre>
 * run-started 2       as 1, and reentry
 * run-started 1       version, origin: {partition: offset}
 * pinned 2            as 1: all stages stood still, and nothing was between them
 * pinned 1            name, number, epoch
 * seeded 1            checkpoint, missing for none, number, epoch
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
 * tick 1              version, time, tasks: {partition: [step, silent]}, and true after them if the task tells how far it is
 * step-decision 1     kind, partition, offset, step, attempts, key, cause
 * switched 1          from, to: versions
 * deleted 1           nothing
 * </pre>
 */
final class CheckpointEntryCodec implements EventCodec<CheckpointEntry> {

    private static final EventType RUN_STARTED = new EventType("strandline.run-started", 1);
    private static final EventType RUN_STARTED_2 = new EventType("strandline.run-started", 2);
    private static final EventType PINNED = new EventType("strandline.checkpoint-pinned", 1);
    private static final EventType PINNED_2 = new EventType("strandline.checkpoint-pinned", 2);
    private static final EventType SEEDED = new EventType("strandline.seeded", 1);
    private static final EventType UNPINNED = new EventType("strandline.checkpoint-unpinned", 1);
    private static final EventType DELETED = new EventType("strandline.deleted", 1);
    private static final EventType SWITCHED = new EventType("strandline.switched", 1);
    private static final EventType DECIDED = new EventType("strandline.step-decision", 1);
    private static final EventType PART = new EventType("strandline.checkpoint-part", 2);
    private static final EventType PART_1 = new EventType("strandline.checkpoint-part", 1);
    private static final EventType MANIFEST = new EventType("strandline.checkpoint", 4);
    private static final EventType MANIFEST_3 = new EventType("strandline.checkpoint", 3);
    private static final EventType TICK = new EventType("strandline.tick", 1);
    private static final EventType MANIFEST_2 = new EventType("strandline.checkpoint", 2);
    private static final EventType MANIFEST_1 = new EventType("strandline.checkpoint", 1);

    /** The JSON of Vert.x without the data binding of Jackson, whose 450 classes each start of a pipeline would load. */
    private static final JacksonCodec JSON = new JacksonCodec();

    CheckpointEntryCodec() {}

    @Override
    public EventType typeOf(CheckpointEntry entry) {
        if (entry instanceof RunStarted run) {
            return run.reentry() == null ? RUN_STARTED : RUN_STARTED_2;
        }
        if (entry instanceof Pinned pinned) {
            return pinned.isDrained() ? PINNED_2 : PINNED;
        }
        if (entry instanceof Seeded) {
            return SEEDED;
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
        if (entry instanceof Switched) {
            return SWITCHED;
        }
        return entry instanceof ManifestPart ? PART : entry instanceof Deleted ? DELETED : MANIFEST;
    }

    @Override
    public void encode(CheckpointEntry entry, PayloadOutput out) {
        out.write(JSON.toBuffer(toJson(entry), false));
    }

    private static JsonObject toJson(CheckpointEntry entry) {
        if (entry instanceof RunStarted run) {
            JsonObject json = new JsonObject().put("version", run.version()).put("origin", toJson(run.origin()));
            return run.reentry() == null ? json : json.put("reentry", run.reentry());
        }
        if (entry instanceof Pinned pinned) {
            return new JsonObject()
                    .put("name", pinned.name())
                    .put("number", pinned.number())
                    .put("epoch", pinned.epoch());
        }
        if (entry instanceof Seeded seeded) {
            JsonObject json = new JsonObject().put("number", seeded.number()).put("epoch", seeded.epoch());
            return seeded.checkpoint() == null ? json : json.put("checkpoint", seeded.checkpoint());
        }
        if (entry instanceof Unpinned unpinned) {
            return new JsonObject().put("name", unpinned.name());
        }
        if (entry instanceof Manifest manifest) {
            return put(manifest.taken(), new JsonObject())
                    .put("origin", toJson(manifest.origin()))
                    .put("sharedUpTo", manifest.sharedUpTo())
                    .put("parts", manifest.parts())
                    .put("snapshots", toJson(manifest.snapshots()));
        }
        if (entry instanceof ManifestPart part) {
            return put(part.taken(), new JsonObject()).put("snapshots", toJson(part.snapshots()));
        }
        if (entry instanceof Tick tick) {
            return toJson(tick);
        }
        if (entry instanceof Decided decided) {
            return toJson(decided.decision());
        }
        if (entry instanceof Switched switched) {
            return new JsonObject().put("from", switched.from()).put("to", switched.to());
        }
        if (entry instanceof Deleted) {
            return new JsonObject();
        }
        throw new IllegalArgumentException("only read, never written: " + entry);
    }

    /** Never fails, so that one damaged entry hides no other. */
    @Override
    public CheckpointEntry decode(EventType type, byte[] bytes, int from, int length) {
        try {
            Object decoded = JSON.fromBuffer(Buffer.buffer(length).appendBytes(bytes, from, length), Object.class);
            JsonObject json = (JsonObject) decoded;
            if (type.equals(RUN_STARTED)) {
                return new RunStarted(json.getInteger("version"), offsets(json.getJsonObject("origin")));
            }
            if (type.equals(RUN_STARTED_2)) {
                return new RunStarted(
                        json.getInteger("version"), offsets(json.getJsonObject("origin")), json.getLong("reentry"));
            }
            if (type.equals(PINNED) || type.equals(PINNED_2)) {
                return new Pinned(
                        json.getString("name"), json.getLong("number"), json.getLong("epoch"), type.equals(PINNED_2));
            }
            if (type.equals(SEEDED)) {
                return new Seeded(json.getString("checkpoint"), json.getLong("number"), json.getLong("epoch"));
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
            if (type.equals(SWITCHED)) {
                return new Switched(json.getInteger("from"), json.getInteger("to"));
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
        tick.tasks().forEach((partition, of) -> tasks.put(Long.toString(partition), toJson(of)));
        return new JsonObject()
                .put("version", tick.version())
                .put("time", tick.time())
                .put("tasks", tasks);
    }

    private static JsonArray toJson(Tick.TaskTick of) {
        JsonArray json = new JsonArray().add(of.step()).add(of.isSilent());
        return of.tells() ? json.add(true) : json;
    }

    private static Tick tick(JsonObject json) {
        SortedMap<Long, Tick.TaskTick> tasks = new TreeMap<>();
        json.getJsonObject("tasks").forEach(entry -> {
            JsonArray of = (JsonArray) entry.getValue();
            tasks.put(
                    Long.parseLong(entry.getKey()),
                    new Tick.TaskTick(of.getLong(0), of.getBoolean(1), of.size() > 2 && of.getBoolean(2)));
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
        return json.put("number", taken.number()).put("epoch", taken.epoch()).put("version", taken.version());
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
