package io.strandline.log.impl.control;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.log.impl.state.Inheritance.Range;
import io.strandline.log.impl.state.Inheritance.Writer;
import io.strandline.log.impl.state.Numbering;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ScalingIntent;
import io.strandline.log.impl.state.ScalingSettings;
import io.strandline.log.impl.state.ShardState;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** A step of a scaling, in the shards of its partitions and in the catalog. */
public sealed interface ScalingRecord extends ControlRecord {

    byte PARTITION_SEALED = 7;
    byte RANGE_INHERITED = 8;
    /** Of earlier releases. */
    byte STREAM_SCALING_SET_AS_JSON = 25;

    byte STREAM_SCALING = 26;
    byte STREAM_SCALED = 27;
    byte STREAM_SCALING_SET = 32;
    byte STREAM_SEALING = 37;

    /** A partition takes no more events. */
    record PartitionSealed(long partition) implements ScalingRecord {
        @Override
        public byte kind() {
            return PARTITION_SEALED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(partition);
        }

        @Override
        public void applyTo(ShardState state) {
            state.seal(partition);
        }

        @Override
        public void bind(Numbering numbering) {
            numbering.seal(partition);
        }
    }

    /**
     * A partition that takes over keys of sealed ones has inherited one of its ranges. With the last range, it takes
     * events.
     *
     * @param partition its id
     * @param keys hashes that it takes
     * @param lastStamp newest stamp of the sealed ones. It gives no stamp below that
     * @param index which of its ranges, from 0
     * @param count number of its ranges
     * @param range what it inherits there
     */
    record RangeInherited(long partition, KeyRange keys, long lastStamp, int index, int count, Range range)
            implements ScalingRecord {
        @Override
        public byte kind() {
            return RANGE_INHERITED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(partition);
            out.writeLong(keys.from());
            out.writeLong(keys.to());
            out.writeVarlong(lastStamp);
            out.writeVarlong(index);
            out.writeVarlong(count);
            writeRange(out, range);
        }

        static RangeInherited readFrom(RecordInput in) {
            return new RangeInherited(
                    in.readLong(),
                    new KeyRange(in.readLong(), in.readLong()),
                    in.readVarlong(),
                    in.readVarint(),
                    in.readVarint(),
                    readRange(in));
        }

        @Override
        public void applyTo(ShardState state) {
            if (count < 1 || count > Partition.MAX_RANGES || index >= count) {
                throw new StrandlineException.Corrupt(
                        "partition " + partition + " inherits range " + index + " of " + count);
            }
            state.inherit(partition, keys, lastStamp, index, count, range);
        }
    }

    /** Writes a range and its writers, as records and journal checkpoints have them. */
    static void writeRange(RecordOutput out, Range range) {
        out.writeLong(range.keys().from());
        out.writeLong(range.keys().to());
        out.writeLong(range.forgottenUpTo());
        out.writeVarlong(range.writers().size());
        for (Writer writer : range.writers()) {
            out.writeLong(writer.number());
            out.writeVarlong(writer.epoch());
            out.writeVarlong(writer.major() + 1);
            out.writeVarlong(writer.minor() + 1);
            out.writeVarlong(writer.partition());
            out.writeVarlong(writer.offset());
            out.writeVarlong(writer.stamp());
            out.writeLong(writer.digest());
        }
    }

    static Range readRange(RecordInput in) {
        KeyRange keys = new KeyRange(in.readLong(), in.readLong());
        long forgottenUpTo = in.readLong();
        int count = in.readVarint();
        List<Writer> writers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writers.add(new Writer(
                    in.readLong(),
                    in.readVarint(),
                    in.readVarlong() - 1,
                    in.readVarlong() - 1,
                    in.readVarlong(),
                    in.readVarlong(),
                    in.readVarlong(),
                    in.readLong()));
        }
        return new Range(keys, forgottenUpTo, writers);
    }

    /** How a stream was created and scales. Follows the record of its creation, or changes it later. */
    record StreamScalingSet(ScalingSettings settings) implements ScalingRecord {

        /** A kind is written as its place here. */
        private static final List<ScalingPolicy.Kind> KINDS =
                List.of(ScalingPolicy.Kind.FIXED, ScalingPolicy.Kind.EVENT_RATE, ScalingPolicy.Kind.BYTE_RATE);

        @Override
        public byte kind() {
            return STREAM_SCALING_SET;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(settings.stream().toString());
            out.writeVarlong(settings.partitions());
            ScalingPolicy policy = settings.policy();
            out.writeByte(KINDS.indexOf(policy.kind()));
            out.writeVarlong(policy.target());
            out.writeVarlong(policy.minPartitions());
            out.writeVarlong(policy.maxPartitions());
            out.writeVarlong(policy.coolDownMillis());
        }

        static StreamScalingSet readFrom(RecordInput in) {
            return new StreamScalingSet(
                    new ScalingSettings(StreamName.parse(in.readString()), in.readVarint(), readPolicy(in)));
        }

        private static ScalingPolicy readPolicy(RecordInput in) {
            int kind = in.readByte();
            if (kind < 0 || kind >= KINDS.size()) {
                throw new StrandlineException.Corrupt("scaling policy of unknown kind " + kind);
            }
            return new ScalingPolicy(
                    KINDS.get(kind), in.readVarlong(), in.readVarint(), in.readVarint(), in.readVarlong());
        }

        static StreamScalingSet readJsonFrom(RecordInput in) {
            return new StreamScalingSet(new ScalingSettings(
                    StreamName.parse(in.readString()),
                    in.readVarint(),
                    ScalingPolicy.fromJson(renamed(new JsonObject(in.readString())))));
        }

        /** The bounds had other names when policies were stored as JSON. */
        private static JsonObject renamed(JsonObject policy) {
            Object least = policy.remove("leastPartitions");
            Object most = policy.remove("mostPartitions");
            if (least != null) {
                policy.put("minPartitions", least);
            }
            if (most != null) {
                policy.put("maxPartitions", most);
            }
            return policy;
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().scalingSet(settings);
        }
    }

    /** Intent: partitions of a stream are sealed next, and others opened. */
    record StreamScaling(ScalingIntent intent) implements ScalingRecord {
        @Override
        public byte kind() {
            return STREAM_SCALING;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(intent.stream().toString());
            writeLongs(out, intent.sealed());
            writePartitions(out, intent.opened());
            writeLongs(out, intent.forgotten());
        }

        static StreamScaling readFrom(RecordInput in) {
            return new StreamScaling(new ScalingIntent(
                    StreamName.parse(in.readString()), readLongs(in), readPartitions(in), readLongs(in)));
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().scaling(intent);
        }
    }

    /**
     * All partitions of a scaling are open: it is visible.
     *
     * @param stream the stream
     * @param stamp when it was done
     * @param endOffsets end offsets of the sealed partitions, in the order of the intent
     */
    record StreamScaled(StreamName stream, long stamp, List<Long> endOffsets) implements ScalingRecord {
        @Override
        public byte kind() {
            return STREAM_SCALED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeVarlong(stamp);
            writeLongs(out, endOffsets);
        }

        static StreamScaled readFrom(RecordInput in) {
            return new StreamScaled(StreamName.parse(in.readString()), in.readVarlong(), readLongs(in));
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().scaled(stream, stamp, endOffsets);
        }
    }

    /**
     * Intent: a stream is sealed as soon as no transaction that was decided has events on the way to it. From then on no writer is
     * admitted, and no transaction is decided that has events for it. The scaling that seals its partitions opens none.
     */
    record StreamSealing(StreamName stream) implements ScalingRecord {
        @Override
        public byte kind() {
            return STREAM_SEALING;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().sealing(stream);
        }
    }

    private static void writeLongs(RecordOutput out, List<Long> values) {
        out.writeVarlong(values.size());
        values.forEach(out::writeVarlong);
    }

    private static List<Long> readLongs(RecordInput in) {
        int count = in.readVarint();
        List<Long> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(in.readVarlong());
        }
        return values;
    }

    private static void writePartitions(RecordOutput out, List<PartitionDescription> partitions) {
        out.writeVarlong(partitions.size());
        for (PartitionDescription partition : partitions) {
            out.writeLong(partition.id());
            out.writeVarlong(partition.shard());
            out.writeLong(partition.keys().from());
            out.writeLong(partition.keys().to());
        }
    }

    private static List<PartitionDescription> readPartitions(RecordInput in) {
        int count = in.readVarint();
        List<PartitionDescription> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionDescription(
                    in.readLong(), in.readVarint(), new KeyRange(in.readLong(), in.readLong())));
        }
        return partitions;
    }
}
