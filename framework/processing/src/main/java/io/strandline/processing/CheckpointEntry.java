package io.strandline.processing;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** An event of a pipeline's checkpoint stream. */
sealed interface CheckpointEntry {

    EventCodec<CheckpointEntry> CODEC = new Codec();

    /**
     * A run of the pipeline began. The offset of this event, plus one, is the epoch of the run: of all runs that come to
     * append one each has its own, and later runs have higher ones.
     *
     * @param version version of the pipeline
     * @param origin partition → offset of the event that is step 0
     */
    record RunStarted(int version, SortedMap<Long, Long> origin) implements CheckpointEntry {}

    /**
     * The manifest of a checkpoint: once it is durable the checkpoint is one.
     *
     * @param number from 1
     * @param epoch generation of the run
     * @param version version of the pipeline
     * @param snapshots one for each partition of the source, in ascending order
     */
    record Manifest(long number, long epoch, int version, List<Snapshot> snapshots) implements CheckpointEntry {

        public Manifest {
            snapshots = List.copyOf(snapshots);
        }
    }

    /**
     * A file with the state of one task.
     *
     * @param partition of the source
     * @param offset of the first event that is not part of the state
     * @param step number of that event in the task
     * @param keys number of keys in the file
     * @param file its name, without a directory
     * @param length in bytes
     * @param crc CRC32C, as at the end of the file
     */
    record Snapshot(long partition, long offset, long step, long keys, String file, long length, int crc) {}

    /**
     * A manifest that is durable.
     *
     * @param offset its place in the checkpoint stream
     */
    record StoredManifest(long offset, Manifest manifest) {

        Checkpoint toCheckpoint(StreamName source) {
            SortedMap<Long, Long> offsets = new TreeMap<>();
            long keys = 0;
            long bytes = 0;
            for (Snapshot snapshot : manifest.snapshots()) {
                offsets.put(snapshot.partition(), snapshot.offset());
                keys += snapshot.keys();
                bytes += snapshot.length();
            }
            return new Checkpoint(
                    manifest.number(),
                    manifest.epoch(),
                    manifest.version(),
                    new StreamCut(source, offsets),
                    keys,
                    bytes);
        }
    }

    /** Bytes that are no entry, or one that only a newer Strandline can read. */
    record Unreadable(String defect) implements CheckpointEntry {}

    /** JSON, because a person may have to read it after an accident. */
    final class Codec implements EventCodec<CheckpointEntry> {

        private static final EventType RUN_STARTED = new EventType("strandline.run-started", 1);
        private static final EventType MANIFEST = new EventType("strandline.checkpoint", 1);

        private Codec() {}

        @Override
        public EventType typeOf(CheckpointEntry entry) {
            return entry instanceof RunStarted ? RUN_STARTED : MANIFEST;
        }

        @Override
        public void encode(CheckpointEntry entry, PayloadOutput out) {
            if (entry instanceof RunStarted run) {
                JsonObject origin = new JsonObject();
                run.origin().forEach((partition, offset) -> origin.put(Long.toString(partition), offset));
                out.write(new JsonObject()
                        .put("version", run.version())
                        .put("origin", origin)
                        .toBuffer());
            } else if (entry instanceof Manifest manifest) {
                JsonArray snapshots = new JsonArray();
                manifest.snapshots().forEach(snapshot -> snapshots.add(toJson(snapshot)));
                out.write(new JsonObject()
                        .put("number", manifest.number())
                        .put("epoch", manifest.epoch())
                        .put("version", manifest.version())
                        .put("snapshots", snapshots)
                        .toBuffer());
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
                    SortedMap<Long, Long> origin = new TreeMap<>();
                    json.getJsonObject("origin")
                            .forEach(entry -> origin.put(
                                    Long.parseLong(entry.getKey()), ((Number) entry.getValue()).longValue()));
                    return new RunStarted(json.getInteger("version"), origin);
                }
                if (type.equals(MANIFEST)) {
                    List<Snapshot> snapshots = new ArrayList<>();
                    for (Object snapshot : json.getJsonArray("snapshots")) {
                        snapshots.add(fromJson((JsonObject) snapshot));
                    }
                    return new Manifest(
                            json.getLong("number"), json.getLong("epoch"), json.getInteger("version"), snapshots);
                }
                return new Unreadable("unknown type " + type);
            } catch (RuntimeException e) {
                return new Unreadable("malformed " + type + " of " + length + " bytes: " + e.getMessage());
            }
        }

        private static JsonObject toJson(Snapshot snapshot) {
            return new JsonObject()
                    .put("partition", snapshot.partition())
                    .put("offset", snapshot.offset())
                    .put("step", snapshot.step())
                    .put("keys", snapshot.keys())
                    .put("file", snapshot.file())
                    .put("length", snapshot.length())
                    .put("crc32c", Integer.toHexString(snapshot.crc()));
        }

        private static Snapshot fromJson(JsonObject json) {
            return new Snapshot(
                    json.getLong("partition"),
                    json.getLong("offset"),
                    json.getLong("step"),
                    json.getLong("keys"),
                    json.getString("file"),
                    json.getLong("length"),
                    Integer.parseUnsignedInt(json.getString("crc32c"), 16));
        }
    }
}
