package io.strandline.log.impl.control;

import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.Inheritance;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.WriterTable;
import io.strandline.log.spi.FrameBody;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a journal checkpoint: the applied state of a shard as of frame m. They are cut into parts, each a frame of
 * its own; a checkpoint counts only when all parts are there.
 *
 * <pre>
 * frame   8  m
 *         4  index of this part, from 0
 *         4  number of parts
 *            bytes of the part
 *
 * state   1        version, 4
 *         varlong  a frame up to which all batches are in chunks, 0 if none is known; not in versions 1 and 2
 *         varlong  number of partitions, then for each
 *           8, 8, 8   id, lowest and highest key hash
 *           1         flags: 1 = sealed, 2 = has not inherited all of its ranges
 *           varlong   start offset, end offset, last stamp, flushed offset
 *           varlong   number of ranges, then for each
 *             1         1, or 0 if it is not inherited yet and nothing follows
 *             8, 8      lowest and highest key hash
 *             8         newest anonymous writer that was forgotten
 *             varlong   number of writers, then for each
 *               8         writer
 *               varlong   epoch, last sequence (major + 1, minor + 1), the partition that holds it, its offset, stamp
 *               8         digest
 *           varlong   number of sections, then for each its base offset and what {@link SectionCodec} draws
 *         varlong  number of raised writers, then for each: 8 writer, varlong epoch
 *         8, 8     next partition id, next writer number
 *         rest     the catalog, the transactions and the claims of partitions, as control records
 *
 * Versions 1 to 3 are still read. Their claims have no generation, and each began one.
 *
 * partition in version 1
 *           8, 8, 8   id, lowest and highest key hash
 *           varlong   start offset, end offset, last stamp, flushed offset
 *           8         newest anonymous writer that was forgotten
 *           varlong   number of writers, then for each
 *             8         writer
 *             varlong   epoch, last sequence (major + 1, minor + 1), its offset + 1, stamp
 *             8         digest
 *           varlong   number of sections, as above
 * </pre>
 */
public final class CheckpointCodec {

    private static final int VERSION = 4;
    private static final int VERSION_WITHOUT_FLUSHED = 2;
    private static final int VERSION_OF_ONE_RANGE = 1;
    private static final int FLAG_SEALED = 1;
    private static final int FLAG_OPENING = 2;
    private static final int PART_HEADER_BYTES = 16;

    private CheckpointCodec() {}

    static void writeBeginning(RecordOutput out, long flushedUpToFrame, int partitions) {
        out.writeByte(VERSION);
        out.writeVarlong(flushedUpToFrame);
        out.writeVarlong(partitions);
    }

    static void writePartition(RecordOutput out, Partition partition, boolean isOpening) {
        out.writeLong(partition.id());
        out.writeLong(partition.keys().from());
        out.writeLong(partition.keys().to());
        out.writeByte(isOpening ? FLAG_OPENING : partition.sealed() ? FLAG_SEALED : 0);
        out.writeVarlong(partition.startOffset());
        out.writeVarlong(partition.endOffset());
        out.writeVarlong(partition.lastStamp());
        out.writeVarlong(partition.flushedOffset());
        out.writeVarlong(partition.tables().length);
        for (WriterTable table : partition.tables()) {
            out.writeByte(table == null ? 0 : 1);
            if (table != null) {
                // An entry whose first batch is still queued is not part of the applied state, and so left out.
                ScalingRecord.writeRange(out, Inheritance.Range.of(table));
            }
        }
        out.writeVarlong(partition.sections().size());
        for (ChunkSection section : partition.sections()) {
            out.writeVarlong(section.baseOffset());
            SectionCodec.write(out, section);
        }
    }

    static void writeEnd(
            RecordOutput out,
            List<ControlRecord.WriterRaised> raised,
            CatalogState catalog,
            List<ControlRecord> transactions,
            List<ControlRecord> claims) {
        out.writeVarlong(raised.size());
        for (ControlRecord.WriterRaised writer : raised) {
            out.writeLong(writer.writer());
            out.writeVarlong(writer.epoch());
        }
        out.writeLong(catalog.nextPartition());
        out.writeLong(catalog.nextWriter());
        out.writeBytes(ControlRecord.encode(CatalogRecord.of(catalog)));
        out.writeBytes(ControlRecord.encode(transactions));
        out.writeBytes(ControlRecord.encode(claims));
    }

    /** Reads a state; returns a frame up to which all batches are in chunks, 0 if none is known. */
    static long decode(byte[] bytes, ShardState state) {
        RecordInput in = new RecordInput(bytes);
        int version = in.readByte();
        if (version < VERSION_OF_ONE_RANGE || version > VERSION) {
            throw new StrandlineException.Invalid("journal checkpoint has format version " + version
                    + ", this release reads " + VERSION_OF_ONE_RANGE + " to " + VERSION);
        }
        long flushedUpToFrame = readFlushedUpToFrame(in, version);
        int partitions = in.readVarint();
        for (int i = 0; i < partitions; i++) {
            if (version == VERSION_OF_ONE_RANGE) {
                readPartitionOfOneRange(in, state);
            } else {
                readPartition(in, state);
            }
        }
        int raised = in.readVarint();
        for (int i = 0; i < raised; i++) {
            state.raise(in.readLong(), in.readVarint());
        }
        state.catalog().restoreNumbers(in.readLong(), in.readLong());
        ControlCodec.decodeAll(in).forEach(controlRecord -> controlRecord.applyTo(state));
        return flushedUpToFrame;
    }

    private static long readFlushedUpToFrame(RecordInput in, int version) {
        return version > VERSION_WITHOUT_FLUSHED ? in.readVarlong() : 0;
    }

    private static void readPartition(RecordInput in, ShardState state) {
        long id = in.readLong();
        KeyRange keys = new KeyRange(in.readLong(), in.readLong());
        int flags = in.readByte();
        Offsets offsets = Offsets.readFrom(in);
        int count = in.readVarint();
        if (count > Partition.MAX_RANGES) {
            throw new StrandlineException.Corrupt(
                    "journal checkpoint has partition " + id + " of " + count + " ranges");
        }
        WriterTable[] tables = new WriterTable[count];
        for (int i = 0; i < tables.length; i++) {
            if (in.readByte() != 0) {
                tables[i] = ScalingRecord.readRange(in).toTable();
            }
        }
        Partition partition = state.restore(id, keys, tables, (flags & FLAG_OPENING) != 0);
        offsets.copyTo(partition, (flags & FLAG_SEALED) != 0);
        readSections(in, state, partition);
    }

    private static void readPartitionOfOneRange(RecordInput in, ShardState state) {
        long id = in.readLong();
        KeyRange keys = new KeyRange(in.readLong(), in.readLong());
        Offsets offsets = Offsets.readFrom(in);
        long forgottenUpTo = in.readLong();
        int count = in.readVarint();
        List<Inheritance.Writer> writers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writers.add(readWriterOfOneRange(in, id));
        }
        WriterTable table = new Inheritance.Range(keys, forgottenUpTo, writers).toTable();
        Partition partition = state.restore(id, keys, new WriterTable[] {table}, false);
        offsets.copyTo(partition, false);
        readSections(in, state, partition);
    }

    private static Inheritance.Writer readWriterOfOneRange(RecordInput in, long partition) {
        long number = in.readLong();
        int epoch = in.readVarint();
        long major = in.readVarlong() + Sequence.NONE.major();
        long minor = in.readVarlong() + Sequence.NONE.minor();
        long offset = in.readVarlong() - 1;
        long stamp = in.readVarlong();
        return new Inheritance.Writer(number, epoch, major, minor, partition, offset, stamp, in.readLong());
    }

    private record Offsets(long start, long end, long lastStamp, long flushed) {

        static Offsets readFrom(RecordInput in) {
            return new Offsets(in.readVarlong(), in.readVarlong(), in.readVarlong(), in.readVarlong());
        }

        void copyTo(Partition partition, boolean isSealed) {
            partition.restore(isSealed, start, end, lastStamp, flushed);
        }
    }

    private static void readSections(RecordInput in, ShardState state, Partition partition) {
        int sections = in.readVarint();
        for (int i = 0; i < sections; i++) {
            state.restoreSection(partition, SectionCodec.read(in, partition.id(), in.readVarlong()));
        }
    }

    /** Cuts a checkpoint into the bodies of its frames. */
    public static List<FrameBody> split(long asOfFrame, byte[] bytes, int partBytes) {
        int parts = Math.max(1, (bytes.length + partBytes - 1) / partBytes);
        List<FrameBody> bodies = new ArrayList<>(parts);
        for (int part = 0; part < parts; part++) {
            byte[] header = new byte[PART_HEADER_BYTES];
            LittleEndian.putLong(header, 0, asOfFrame);
            LittleEndian.putInt(header, 8, part);
            LittleEndian.putInt(header, 12, parts);
            int from = part * partBytes;
            bodies.add(new FrameBody()
                    .add(header, 0, header.length)
                    .add(bytes, from, Math.min(partBytes, bytes.length - from)));
        }
        return bodies;
    }

    /** Finds the newest complete checkpoint among the parts that a replay visits in order. */
    static final class Finder {

        private long candidate = -1;
        private int parts;
        private final List<byte[]> collected = new ArrayList<>();
        private long newest = -1;
        private byte @Nullable [] newestBytes;

        void part(byte[] body) {
            long asOfFrame = LittleEndian.getLong(body, 0);
            int index = LittleEndian.getInt(body, 8);
            if (index == 0) {
                candidate = asOfFrame;
                parts = LittleEndian.getInt(body, 12);
                collected.clear();
            }
            if (asOfFrame != candidate || index != collected.size()) {
                // The first parts were in a file that was retired. A newer checkpoint follows.
                candidate = -1;
                collected.clear();
                return;
            }
            collected.add(body);
            if (collected.size() == parts) {
                newest = asOfFrame;
                newestBytes = join();
            }
        }

        private byte[] join() {
            RecordOutput out = new RecordOutput();
            for (byte[] part : collected) {
                out.writeBytes(java.util.Arrays.copyOfRange(part, PART_HEADER_BYTES, part.length));
            }
            return out.toBytes();
        }

        /** The frame whose applied state the newest checkpoint holds, -1 if there is none. */
        long asOfFrame() {
            return newest;
        }

        /** A frame up to which all batches are in chunks, as the newest checkpoint says. 0 if none is known. */
        long flushedUpToFrame() {
            if (newestBytes == null) {
                return 0;
            }
            RecordInput in = new RecordInput(newestBytes);
            return readFlushedUpToFrame(in, in.readByte());
        }

        byte @Nullable [] bytes() {
            return newestBytes;
        }
    }
}
