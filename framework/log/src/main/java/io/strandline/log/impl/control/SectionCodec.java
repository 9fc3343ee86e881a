package io.strandline.log.impl.control;

import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;

/**
 * Bytes of a {@link ChunkSection} in control frames and journal checkpoints, after its partition and base offset: epoch
 * and number of the chunk, event count, last stamp, then position and length of data and index, all varlongs.
 */
final class SectionCodec {

    private SectionCodec() {}

    static void write(RecordOutput out, ChunkSection section) {
        out.writeVarlong(section.chunk().epoch());
        out.writeVarlong(section.chunk().number());
        out.writeVarlong(section.endOffset() - section.baseOffset());
        out.writeVarlong(section.lastStamp());
        out.writeVarlong(section.dataPosition());
        out.writeVarlong(section.dataBytes());
        out.writeVarlong(section.indexPosition());
        out.writeVarlong(section.indexBytes());
    }

    static ChunkSection read(RecordInput in, long partition, long baseOffset) {
        ChunkId chunk = new ChunkId(in.readVarint(), in.readVarlong());
        long count = in.readVarlong();
        return new ChunkSection(
                chunk,
                partition,
                baseOffset,
                baseOffset + count,
                in.readVarlong(),
                in.readVarlong(),
                in.readVarlong(),
                in.readVarlong(),
                in.readVarint());
    }
}
