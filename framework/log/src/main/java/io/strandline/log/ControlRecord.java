package io.strandline.log;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A change of a shard's state other than by events. A control frame holds one or more; each is its kind in one byte,
 * then the fields that its {@code writeTo} draws in order, with the numbers of {@link RecordOutput}.
 *
 * <p>Applying a record a second time changes nothing, so that a saga may repeat a step after a crash.
 */
interface ControlRecord {

    byte PARTITION_OPENED = 1;
    byte PARTITION_DROPPED = 2;
    byte TRUNCATED = 3;
    byte CHUNKS_ADDED = 4;
    byte WRITER_RAISED = 5;
    byte WRITER_FORGOTTEN = 6;
    byte PARTITION_SEALED = 7;
    byte RANGE_INHERITED = 8;
    // 9 to 13 are of TransactionRecord.
    byte PARTITION_CLAIMED = 14;
    byte SCOPE_CREATED = 16;
    byte SCOPE_DELETED = 17;
    byte STREAM_CREATING = 18;
    byte STREAM_CREATED = 19;
    byte STREAM_DELETING = 20;
    byte STREAM_DELETED = 21;
    byte WRITER_ADMITTED = 22;
    byte WRITER_RETIRED = 23;
    byte STREAM_SCALING_SET = 25;
    byte STREAM_SCALING = 26;
    byte STREAM_SCALED = 27;
    byte RETENTION_SET = 24;
    byte CONSUMED = 28;
    byte SUBSCRIBER_FORGOTTEN = 29;
    byte EXCLUSIVE_STREAM_CREATING = 30;
    byte SECTIONS_REPLACED = 31;

    byte kind();

    void writeTo(RecordOutput out);

    void applyTo(ShardState state);

    /** Whether it leads to more room on the disk, so that it may use what is kept for a full one. */
    default boolean freesSpace() {
        return false;
    }

    /** The bytes of a control frame. */
    static byte[] encode(List<? extends ControlRecord> records) {
        RecordOutput out = new RecordOutput();
        for (ControlRecord controlRecord : records) {
            out.writeByte(controlRecord.kind());
            controlRecord.writeTo(out);
        }
        return out.toBytes();
    }

    /** Reads a control frame. */
    static List<ControlRecord> decode(byte[] body) {
        return decodeAll(new RecordInput(body));
    }

    /** Reads all records up to the end of the input. */
    static List<ControlRecord> decodeAll(RecordInput in) {
        List<ControlRecord> records = new ArrayList<>();
        while (in.hasMore()) {
            records.add(decode(in));
        }
        return records;
    }

    private static ControlRecord decode(RecordInput in) {
        int kind = in.readByte();
        return switch (kind) {
            case PARTITION_OPENED -> new PartitionOpened(in.readLong(), new KeyRange(in.readLong(), in.readLong()));
            case PARTITION_DROPPED -> new PartitionDropped(in.readLong());
            case TRUNCATED -> new Truncated(in.readLong(), in.readVarlong());
            case CHUNKS_ADDED -> ChunksAdded.readFrom(in);
            case SECTIONS_REPLACED -> SectionsReplaced.readFrom(in);
            case WRITER_RAISED -> new WriterRaised(in.readLong(), in.readVarint());
            case WRITER_FORGOTTEN -> new WriterForgotten(in.readLong());
            case PARTITION_SEALED -> new ScalingRecord.PartitionSealed(in.readLong());
            case RANGE_INHERITED -> ScalingRecord.RangeInherited.readFrom(in);
            case PARTITION_CLAIMED -> new PartitionClaimed(in.readLong(), new Claim(in.readLong(), in.readVarint()));
            case SCOPE_CREATED -> new ScopeCreated(in.readString());
            case SCOPE_DELETED -> new ScopeDeleted(in.readString());
            case STREAM_CREATING -> StreamCreating.readFrom(in, false);
            case EXCLUSIVE_STREAM_CREATING -> StreamCreating.readFrom(in, true);
            case STREAM_CREATED -> new StreamCreated(StreamName.parse(in.readString()));
            case STREAM_DELETING -> new StreamDeleting(StreamName.parse(in.readString()));
            case STREAM_DELETED -> new StreamDeleted(in.readLong());
            case WRITER_ADMITTED -> new WriterAdmitted(in.readString(), in.readLong(), in.readVarint());
            case WRITER_RETIRED -> new WriterRetired(in.readString());
            case STREAM_SCALING_SET -> ScalingRecord.StreamScalingSet.readFrom(in);
            case STREAM_SCALING -> ScalingRecord.StreamScaling.readFrom(in);
            case STREAM_SCALED -> ScalingRecord.StreamScaled.readFrom(in);
            case TransactionRecord.BEGUN,
                    TransactionRecord.WRITTEN,
                    TransactionRecord.DECIDED,
                    TransactionRecord.FINISHED,
                    TransactionRecord.DECISIONS_COUNTED,
                    TransactionRecord.SET_ASIDE -> TransactionRecord.decode(kind, in);
            case RETENTION_SET ->
                new RetentionSet(
                        StreamName.parse(in.readString()), Retention.fromJson(new JsonObject(in.readString())));
            case CONSUMED -> Consumed.readFrom(in);
            case SUBSCRIBER_FORGOTTEN -> new SubscriberForgotten(StreamName.parse(in.readString()), in.readString());
            default -> throw new StrandlineException.Corrupt("control record of unknown kind " + kind);
        };
    }

    /** A partition takes events from now on. */
    record PartitionOpened(long partition, KeyRange keys) implements ControlRecord {
        @Override
        public byte kind() {
            return PARTITION_OPENED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(partition);
            out.writeLong(keys.from());
            out.writeLong(keys.to());
        }

        @Override
        public void applyTo(ShardState state) {
            state.open(partition, keys);
        }
    }

    /** A partition is gone, with its events. */
    record PartitionDropped(long partition) implements ControlRecord {
        @Override
        public byte kind() {
            return PARTITION_DROPPED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(partition);
        }

        @Override
        public void applyTo(ShardState state) {
            state.drop(partition);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /** Events before an offset are gone. */
    record Truncated(long partition, long startOffset) implements ControlRecord {
        @Override
        public byte kind() {
            return TRUNCATED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(partition);
            out.writeVarlong(startOffset);
        }

        @Override
        public void applyTo(ShardState state) {
            state.truncate(partition, startOffset);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /** A chunk is durable, and holds these sections. */
    record ChunksAdded(List<ChunkSection> sections) implements ControlRecord {
        @Override
        public byte kind() {
            return CHUNKS_ADDED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeVarlong(sections.size());
            for (ChunkSection section : sections) {
                out.writeLong(section.partition());
                out.writeVarlong(section.baseOffset());
                SectionCodec.write(out, section);
            }
        }

        static ChunksAdded readFrom(RecordInput in) {
            int count = in.readVarint();
            List<ChunkSection> sections = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sections.add(SectionCodec.read(in, in.readLong(), in.readVarlong()));
            }
            return new ChunksAdded(sections);
        }

        @Override
        public void applyTo(ShardState state) {
            state.addSections(sections);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /**
     * A section that holds what others held.
     *
     * @param fromOffset where the first of those began; the section may begin later, if what is before was truncated
     * @param section the section that takes their place
     */
    record Replacement(long fromOffset, ChunkSection section) {}

    /** A chunk is durable, and its sections take the places of older ones. */
    record SectionsReplaced(List<Replacement> replacements) implements ControlRecord {
        @Override
        public byte kind() {
            return SECTIONS_REPLACED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeVarlong(replacements.size());
            for (Replacement replacement : replacements) {
                ChunkSection section = replacement.section();
                out.writeLong(section.partition());
                out.writeVarlong(replacement.fromOffset());
                out.writeVarlong(section.baseOffset());
                SectionCodec.write(out, section);
            }
        }

        static SectionsReplaced readFrom(RecordInput in) {
            int count = in.readVarint();
            List<Replacement> replacements = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long partition = in.readLong();
                long fromOffset = in.readVarlong();
                replacements.add(new Replacement(fromOffset, SectionCodec.read(in, partition, in.readVarlong())));
            }
            return new SectionsReplaced(replacements);
        }

        @Override
        public void applyTo(ShardState state) {
            state.replaceSections(replacements);
        }
    }

    /** A named writer has a new epoch; lower ones are fenced in every partition of the shard. */
    record WriterRaised(long writer, int epoch) implements ControlRecord {
        @Override
        public byte kind() {
            return WRITER_RAISED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(writer);
            out.writeVarlong(epoch);
        }

        @Override
        public void applyTo(ShardState state) {
            state.raise(writer, epoch);
        }
    }

    /** A named writer was retired; its number is never used again. */
    record WriterForgotten(long writer) implements ControlRecord {
        @Override
        public byte kind() {
            return WRITER_FORGOTTEN;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(writer);
        }

        @Override
        public void applyTo(ShardState state) {
            state.forget(writer);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /** A partition takes events of one writer alone; logged before the partition is opened, it takes none. */
    record PartitionClaimed(long partition, Claim claim) implements ControlRecord {
        @Override
        public byte kind() {
            return PARTITION_CLAIMED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(partition);
            out.writeLong(claim.writer());
            out.writeVarlong(claim.epoch());
        }

        @Override
        public void applyTo(ShardState state) {
            state.claim(partition, claim);
        }
    }

    /** A scope exists. */
    record ScopeCreated(String scope) implements ControlRecord {
        @Override
        public byte kind() {
            return SCOPE_CREATED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(scope);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.scopes.add(scope);
        }
    }

    /** A scope is gone. */
    record ScopeDeleted(String scope) implements ControlRecord {
        @Override
        public byte kind() {
            return SCOPE_DELETED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(scope);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.scopes.remove(scope);
        }
    }

    /** Intent: a stream with these partitions is to be; its partitions are opened next. */
    record StreamCreating(StreamDescription stream) implements ControlRecord {
        @Override
        public byte kind() {
            return stream.exclusive() ? EXCLUSIVE_STREAM_CREATING : STREAM_CREATING;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.name().toString());
            out.writeVarlong(stream.partitions().size());
            for (PartitionDescription partition : stream.partitions()) {
                out.writeLong(partition.id());
                out.writeVarlong(partition.shard());
                out.writeLong(partition.keys().from());
                out.writeLong(partition.keys().to());
            }
        }

        static StreamCreating readFrom(RecordInput in, boolean exclusive) {
            StreamName name = StreamName.parse(in.readString());
            int count = in.readVarint();
            List<PartitionDescription> partitions = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                partitions.add(new PartitionDescription(
                        in.readLong(), in.readVarint(), new KeyRange(in.readLong(), in.readLong())));
            }
            return new StreamCreating(new StreamDescription(name, partitions, List.of(), exclusive));
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.creating(stream);
        }
    }

    /** All partitions are open: the stream is visible. */
    record StreamCreated(StreamName stream) implements ControlRecord {
        @Override
        public byte kind() {
            return STREAM_CREATED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.created(stream);
        }
    }

    /** Intent: a stream is invisible from now on; its partitions are dropped next. */
    record StreamDeleting(StreamName stream) implements ControlRecord {
        @Override
        public byte kind() {
            return STREAM_DELETING;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.deleting(stream);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /** All partitions of a deleted stream are gone; the first of them names it. */
    record StreamDeleted(long firstPartition) implements ControlRecord {
        @Override
        public byte kind() {
            return STREAM_DELETED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(firstPartition);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.deleted(firstPartition);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /** A writer id has this number and epoch; raising it in the shards comes next. */
    record WriterAdmitted(String key, long writer, int epoch) implements ControlRecord {
        @Override
        public byte kind() {
            return WRITER_ADMITTED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(key);
            out.writeLong(writer);
            out.writeVarlong(epoch);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.admitted(key, writer, epoch);
        }
    }

    /** A writer id is no longer known. */
    record WriterRetired(String key) implements ControlRecord {
        @Override
        public byte kind() {
            return WRITER_RETIRED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(key);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.writers.remove(key);
        }
    }

    /** What is kept of a stream, as JSON text. */
    record RetentionSet(StreamName stream, Retention retention) implements ControlRecord {
        @Override
        public byte kind() {
            return RETENTION_SET;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeString(retention.toJson().encode());
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.retain(stream, retention);
        }

        @Override
        public boolean freesSpace() {
            return true;
        }
    }

    /** A subscriber has consumed partitions of a stream up to these offsets, or further. */
    record Consumed(StreamName stream, String subscriber, SortedMap<Long, Long> offsets) implements ControlRecord {
        @Override
        public byte kind() {
            return CONSUMED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeString(subscriber);
            out.writeVarlong(offsets.size());
            offsets.forEach((partition, offset) -> {
                out.writeLong(partition);
                out.writeVarlong(offset);
            });
        }

        static Consumed readFrom(RecordInput in) {
            StreamName stream = StreamName.parse(in.readString());
            String subscriber = in.readString();
            int count = in.readVarint();
            SortedMap<Long, Long> offsets = new TreeMap<>();
            for (int i = 0; i < count; i++) {
                offsets.put(in.readLong(), in.readVarlong());
            }
            return new Consumed(stream, subscriber, offsets);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.consumed(stream, subscriber, offsets);
        }
    }

    /** Retention no longer waits for a subscriber. */
    record SubscriberForgotten(StreamName stream, String subscriber) implements ControlRecord {
        @Override
        public byte kind() {
            return SUBSCRIBER_FORGOTTEN;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeString(subscriber);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog.forgetSubscriber(stream, subscriber);
        }
    }
}
