package io.strandline.log.impl.control;

import io.strandline.KeyRange;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.Replacement;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.Numbering;
import io.strandline.log.impl.state.ShardState;
import java.util.ArrayList;
import java.util.List;

/**
 * A change of a shard's state other than by events. A control frame holds one or more changes. Each is its kind in one
 * byte, followed by the fields that its {@code writeTo} writes in order, with the number encodings of {@link
 * RecordOutput}. {@link ControlCodec} reads them.
 *
 * <p>Applying a record a second time changes nothing, so that a saga may repeat a step after a crash.
 */
public interface ControlRecord {

    // Kinds are numbered across ScalingRecord, CatalogRecord and TransactionRecord too. ControlCodec lists them all.

    byte PARTITION_OPENED = 1;
    byte PARTITION_DROPPED = 2;
    byte TRUNCATED = 3;
    byte CHUNKS_ADDED = 4;
    byte WRITER_RAISED = 5;
    byte WRITER_FORGOTTEN = 6;
    /** As earlier releases wrote it. */
    byte PARTITION_CLAIMED_WITHOUT_GENERATION = 14;

    byte SECTIONS_REPLACED = 31;
    byte PARTITION_CLAIMED = 34;

    byte kind();

    void writeTo(RecordOutput out);

    void applyTo(ShardState state);

    /** Makes later decisions see it already while it is queued; it is applied when it is durable. */
    default void bind(Numbering numbering) {}

    /**
     * Whether it leads to more room on the disk, so that it may use what is kept for a full one.
     *
     * @param state the applied state of the shard
     */
    default boolean freesSpace(ShardState state) {
        return false;
    }

    /** Whether many of it may come before one frees space. They leave half of what is kept to others. */
    default boolean freesSpaceInTime() {
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
        public void bind(Numbering numbering) {
            numbering.drop(partition);
        }

        @Override
        public boolean freesSpace(ShardState state) {
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
        public boolean freesSpace(ShardState state) {
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
        public boolean freesSpace(ShardState state) {
            return true;
        }
    }

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

    /** A named writer has a new epoch. Lower epochs are fenced in every partition of the shard. */
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

        @Override
        public void bind(Numbering numbering) {
            numbering.raise(writer, epoch);
        }
    }

    /** A named writer was retired. Its number is never used again. */
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
        public void bind(Numbering numbering) {
            numbering.forget(writer);
        }

        @Override
        public boolean freesSpace(ShardState state) {
            return true;
        }
    }

    /**
     * A partition takes events of one writer alone. If this is logged before the partition is opened, the partition takes
     * no events.
     */
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
            out.writeVarlong(claim.generation());
        }

        static PartitionClaimed readFrom(RecordInput in) {
            return new PartitionClaimed(in.readLong(), new Claim(in.readLong(), in.readVarint(), in.readVarlong()));
        }

        /** Every claim began a generation. */
        static PartitionClaimed readWithoutGeneration(RecordInput in) {
            return new PartitionClaimed(in.readLong(), Claim.first(in.readLong(), in.readVarint()));
        }

        @Override
        public void applyTo(ShardState state) {
            state.claim(partition, claim);
        }

        @Override
        public void bind(Numbering numbering) {
            numbering.claim(partition, claim);
        }
    }
}
