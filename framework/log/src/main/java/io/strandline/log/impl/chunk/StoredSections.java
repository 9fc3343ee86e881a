package io.strandline.log.impl.chunk;

import io.strandline.spi.Batch;
import io.strandline.spi.BatchCompressor;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The batches of neighbouring sections, read from their chunks for a merge. Everything that is handed out was checked:
 * the index of each section, its key index with all leaves, the checksum of each block and batch, and that offsets follow
 * each other. Damage fails as Corrupt and is never copied. A compressed batch whose library is missing fails as Invalid.
 */
public final class StoredSections implements SectionSource {

    /** Bytes of blocks that one read fetches, and bytes of a run with their headers. More if one block has more. */
    static final int RUN_BYTES = 1024 * 1024;

    private final List<ChunkSection> sections;
    private final long startOffset;
    private final CheckedChunks chunks;
    private final BooleanSupplier stopped;
    private final CRC32C crc = new CRC32C();

    private BatchRun run = new BatchRun();
    private byte[] runArray = new byte[0];

    /** Bytes of the array that the run takes. */
    private int runBytes;

    private long nextOffset;

    /**
     * The batches of some sections.
     *
     * @param sections of one partition, each beginning where the one before ends
     * @param startOffset batches that end at or before it are left out
     * @param stopped true when the work is no longer wanted
     */
    public StoredSections(
            List<ChunkSection> sections, long startOffset, CheckedChunks chunks, BooleanSupplier stopped) {
        this.sections = List.copyOf(sections);
        this.startOffset = startOffset;
        this.chunks = chunks;
        this.stopped = stopped;
    }

    @Override
    public long partition() {
        return sections.get(0).partition();
    }

    @Override
    public void forEachRun(RunVisitor visitor) throws IOException {
        nextOffset = sections.get(0).baseOffset();
        for (ChunkSection section : sections) {
            if (section.endOffset() > startOffset) {
                read(section, visitor);
            } else {
                nextOffset = section.endOffset();
            }
        }
        endRun(visitor);
    }

    /** Hands the run out. The next run takes its place in the array. */
    private void endRun(RunVisitor visitor) throws IOException {
        if (!run.isEmpty()) {
            visitor.run(run);
            run = new BatchRun();
        }
        runBytes = 0;
    }

    private void read(ChunkSection section, RunVisitor visitor) throws IOException {
        chunks.requireWhole(section);
        ChunkId chunk = section.chunk();
        SectionIndex index =
                SectionIndex.of(section, chunks.read(chunk, section.indexPosition(), section.indexBytes()));
        requireKeyIndex(section, index);
        int block = startOffset <= section.baseOffset() ? 0 : index.blockOf(startOffset);
        nextOffset = index.baseOffset(block);
        while (block < index.blocks()) {
            if (stopped.getAsBoolean()) {
                throw new IOException("the merge of " + section + " is no longer wanted");
            }
            int end = index.endOfRun(block, RUN_BYTES);
            int length = Math.toIntExact(index.bytesOfRun(block, end));
            if (runBytes > runArray.length - length) {
                endRun(visitor);
                runArray = chunks.runArray(length);
            }
            chunks.read(chunk, index.position(block), length, runArray, runBytes);
            for (; block < end; block++) {
                addBlock(section, index, block, runArray, runBytes);
                runBytes += index.length(block);
            }
        }
    }

    /** The merged section gets a new one, but damage is a sign of more, and is named. */
    private void requireKeyIndex(ChunkSection section, SectionIndex index) throws IOException {
        if (!index.hasKeyIndex()) {
            return;
        }
        byte[] bytes = chunks.read(section.chunk(), index.keyDirectoryPosition(), index.keyDirectoryBytes());
        KeyDirectory directory = KeyDirectory.of(section, index, bytes);
        int leaf = 0;
        while (leaf < directory.leaves()) {
            int end = directory.endOfLeaves(leaf, CheckedChunks.WINDOW_BYTES);
            requireLeaves(section, directory, leaf, end);
            leaf = end;
        }
    }

    /** Checks the leaves from {@code first} to before {@code end}, which one read fetches. */
    private void requireLeaves(ChunkSection section, KeyDirectory directory, int first, int end) throws IOException {
        long position = directory.leafPosition(first);
        int length = (int) (directory.leafPosition(end - 1) + directory.leafLength(end - 1) - position);
        byte[] leaves = chunks.read(section.chunk(), position, length);
        for (int leaf = first; leaf < end; leaf++) {
            String defect = directory.leafDefect(leaf, leaves, (int) (directory.leafPosition(leaf) - position), crc);
            if (defect != null) {
                throw ChunkFormat.corrupt(section, directory.leafPosition(leaf), section.baseOffset(), defect);
            }
        }
    }

    private void addBlock(ChunkSection section, SectionIndex index, int block, byte[] bytes, int blockAt) {
        String defect = index.blockDefect(block, bytes, blockAt, crc);
        int to = blockAt + index.length(block);
        int at = blockAt + ChunkFormat.BLOCK_HEADER_BYTES;
        while (defect == null && at < to) {
            defect = batchDefect(section, bytes, at, to);
            if (defect == null) {
                if (Batch.isCompressed(bytes, at)) {
                    // The key index of the merged section is made from the plain records.
                    BatchCompressor.ofBatch(bytes, at);
                }
                if (nextOffset + Batch.count(bytes, at) > startOffset) {
                    run.add(bytes, at);
                }
                nextOffset += Batch.count(bytes, at);
                at += Batch.length(bytes, at);
            }
        }
        if (defect == null && nextOffset != index.endOffset(block)) {
            defect = "block ends at offset " + nextOffset + ", the index says " + index.endOffset(block);
        }
        if (defect != null) {
            throw ChunkFormat.corrupt(section, index.position(block) + (at - blockAt), nextOffset, defect);
        }
    }

    private @Nullable String batchDefect(ChunkSection section, byte[] bytes, int at, int to) {
        String defect = Batch.defect(bytes, at, to, crc);
        if (defect == null
                && (Batch.partition(bytes, at) != section.partition() || Batch.offset(bytes, at) != nextOffset)) {
            defect = "batch is of partition " + Batch.partition(bytes, at) + ", offset " + Batch.offset(bytes, at);
        }
        return defect;
    }
}
