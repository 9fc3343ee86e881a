package io.strandline.log.impl.chunk;

import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.file.PrefixChecksums;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.spi.Batch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes a chunk in the format of {@link ChunkFormat} and returns its sections. Batches are written from the arrays that
 * hold them. These arrays must not change until the put that receives this content completes.
 */
public final class ChunkWriter implements ChunkStorage.Content<List<ChunkSection>> {

    /** Length from which on it is cheaper to join the checksum of a batch than to compute it again, in bytes. */
    static final int JOINED_BYTES = 8 << 10;

    private final ChunkId chunk;
    private final List<? extends SectionSource> sources;
    private final CRC32C crc = new CRC32C();
    private final byte[] blockHeader = new byte[ChunkFormat.BLOCK_HEADER_BYTES];
    private final KeyIndexBuilder keyIndex;

    /**
     * What becomes one section, from memory.
     *
     * @param partition id of the partition
     * @param batches one or more, consecutive, numbered and stamped
     */
    public record Draft(long partition, BatchRun batches) implements SectionSource {

        public Draft {
            if (batches.isEmpty()) {
                throw new IllegalArgumentException("section without a batch of partition " + partition);
            }
        }

        @Override
        public void forEachRun(RunVisitor visitor) throws IOException {
            visitor.run(batches);
        }
    }

    /**
     * A chunk of one section or more.
     *
     * @throws IllegalArgumentException if there is no section
     */
    public ChunkWriter(ChunkId chunk, List<? extends SectionSource> sources) {
        this(chunk, sources, new KeyIndexBuilder(KeyHash::of));
    }

    /** As {@link #ChunkWriter(ChunkId, List)}, with a builder that no other writer uses until this one is done. */
    public ChunkWriter(ChunkId chunk, List<? extends SectionSource> sources, KeyIndexBuilder keyIndex) {
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("chunk " + chunk.objectName() + " without a section");
        }
        this.chunk = chunk;
        this.sources = List.copyOf(sources);
        this.keyIndex = keyIndex;
    }

    /**
     * Writes the chunk.
     *
     * @throws IllegalStateException if batches of a section do not follow each other. The chunk must not be used then
     */
    @Override
    public List<ChunkSection> writeTo(ChunkStorage.Output output) throws IOException {
        write(output, ChunkFormat.header(chunk, sources.size()));
        List<ChunkFooter.Entry> entries = new ArrayList<>(sources.size());
        for (SectionSource source : sources) {
            Section section = new Section(output, source.partition());
            source.forEachRun(section::add);
            entries.add(section.finish());
        }
        ChunkFooter footer = new ChunkFooter(chunk, output.position(), entries);
        byte[] footerBytes = footer.encode();
        write(output, footerBytes);
        write(output, footer.trailer(footerBytes));
        return footer.sections();
    }

    /** One section on its way out: blocks as batches come, then the key index, then the index. */
    private final class Section {

        private final ChunkStorage.Output output;
        private final long partition;
        private final long dataPosition;
        private byte[] index = new byte[SectionIndex.HEADER_BYTES + 8 * SectionIndex.ENTRY_BYTES];
        private int entryAt = SectionIndex.HEADER_BYTES;
        private long baseOffset;
        private long nextOffset;
        private long lastStamp;
        private int batchCount;

        Section(ChunkStorage.Output output, long partition) {
            this.output = output;
            this.partition = partition;
            this.dataPosition = output.position();
        }

        void add(BatchRun batches) throws IOException {
            if (batchCount == 0 && !batches.isEmpty()) {
                baseOffset = batches.baseOffset(0);
                nextOffset = baseOffset;
                keyIndex.begin(partition, baseOffset, dataPosition);
            }
            int first = 0;
            while (first < batches.size()) {
                int end = endOfBlock(batches, first);
                lastStamp = batches.stamp(end - 1);
                if (entryAt == index.length) {
                    index = Arrays.copyOf(index, index.length * 2);
                }
                LittleEndian.putLong(index, entryAt + SectionIndex.ENTRY_OFFSET, nextOffset);
                LittleEndian.putLong(index, entryAt + SectionIndex.ENTRY_STAMP, lastStamp);
                LittleEndian.putLong(index, entryAt + SectionIndex.ENTRY_POSITION, output.position());
                nextOffset = writeBlock(output, partition, batches, first, end, nextOffset);
                LittleEndian.putInt(
                        index,
                        entryAt + SectionIndex.ENTRY_LENGTH,
                        LittleEndian.getInt(blockHeader, ChunkFormat.BLOCK_LENGTH));
                entryAt += SectionIndex.ENTRY_BYTES;
                batchCount += end - first;
                first = end;
            }
        }

        ChunkFooter.Entry finish() throws IOException {
            if (batchCount == 0) {
                throw new IllegalStateException(
                        "chunk " + chunk.objectName() + " without a batch of partition " + partition);
            }
            long dataEnd = output.position();
            byte[] keyDirectory = keyIndex.finish();
            write(output, keyDirectory);
            output.write(keyIndex.leaves(), 0, keyIndex.leavesLength());
            long indexPosition = output.position();
            index = Arrays.copyOf(index, entryAt);
            LittleEndian.putInt(
                    index, SectionIndex.BLOCKS, (entryAt - SectionIndex.HEADER_BYTES) / SectionIndex.ENTRY_BYTES);
            LittleEndian.putLong(index, SectionIndex.PARTITION, partition);
            LittleEndian.putLong(index, SectionIndex.BASE_OFFSET, baseOffset);
            LittleEndian.putLong(index, SectionIndex.END_OFFSET, nextOffset);
            LittleEndian.putLong(index, SectionIndex.KEY_DIRECTORY_POSITION, dataEnd);
            LittleEndian.putInt(index, SectionIndex.KEY_DIRECTORY_BYTES, keyDirectory.length);
            write(output, ChunkFormat.seal(index, ChunkFormat.INDEX_MAGIC));
            ChunkSection section = new ChunkSection(
                    chunk,
                    partition,
                    baseOffset,
                    nextOffset,
                    lastStamp,
                    dataPosition,
                    dataEnd - dataPosition,
                    indexPosition,
                    index.length);
            return new ChunkFooter.Entry(section, batchCount, nextOffset - baseOffset);
        }
    }

    /** Index after the last batch of the block that begins with batch {@code first}. */
    private static int endOfBlock(BatchRun batches, int first) {
        int bytes = 0;
        int end = first;
        while (end < batches.size() && bytes < ChunkFormat.TARGET_BLOCK_BYTES) {
            bytes += batches.lengthOf(end);
            end++;
        }
        return end;
    }

    /** Returns the offset after the block's last event. */
    private long writeBlock(
            ChunkStorage.Output output, long partition, BatchRun batches, int first, int end, long baseOffset)
            throws IOException {
        long nextOffset = baseOffset;
        int length = ChunkFormat.BLOCK_HEADER_BYTES;
        for (int i = first; i < end; i++) {
            requireNext(partition, batches, i, nextOffset);
            nextOffset += Batch.count(batches.array(i), batches.at(i));
            length = Math.addExact(length, batches.lengthOf(i));
        }
        LittleEndian.putInt(blockHeader, ChunkFormat.BLOCK_LENGTH, length);
        LittleEndian.putLong(blockHeader, ChunkFormat.BLOCK_OFFSET, baseOffset);
        LittleEndian.putInt(blockHeader, ChunkFormat.BLOCK_EVENTS, Math.toIntExact(nextOffset - baseOffset));
        LittleEndian.putInt(blockHeader, ChunkFormat.BLOCK_BATCHES, end - first);
        LittleEndian.putInt(blockHeader, ChunkFormat.CRC, blockChecksum(batches, first, end));
        write(output, blockHeader);
        keyIndex.blockHeader(blockHeader, 0);
        for (int i = first; i < end; i++) {
            output.write(batches.array(i), batches.at(i), batches.lengthOf(i));
            keyIndex.batch(batches.array(i), batches.at(i));
        }
        return nextOffset;
    }

    /**
     * Checksum of a block whose header is complete. A large batch already holds a checksum of most of its bytes, so these
     * bytes are read one time less. If they are damaged in memory, the damage is detected when the block is read.
     */
    private int blockChecksum(BatchRun batches, int first, int end) {
        int sum = 0;
        crc.reset();
        crc.update(blockHeader, ChunkFormat.CHECKED_FROM, blockHeader.length - ChunkFormat.CHECKED_FROM);
        int summed = blockHeader.length - ChunkFormat.CHECKED_FROM;
        for (int i = first; i < end; i++) {
            byte[] array = batches.array(i);
            int at = batches.at(i);
            int length = batches.lengthOf(i);
            if (length < JOINED_BYTES) {
                crc.update(array, at, length);
                summed += length;
            } else {
                crc.update(array, at, Batch.CHECKED_FROM);
                sum = PrefixChecksums.join(sum, (int) crc.getValue(), (long) summed + Batch.CHECKED_FROM);
                sum = PrefixChecksums.join(
                        sum, LittleEndian.getInt(array, at + Batch.CRC), length - Batch.CHECKED_FROM);
                crc.reset();
                summed = 0;
            }
        }
        return PrefixChecksums.join(sum, (int) crc.getValue(), summed);
    }

    private void requireNext(long partition, BatchRun batches, int index, long offset) {
        byte[] array = batches.array(index);
        int at = batches.at(index);
        if (Batch.partition(array, at) != partition || Batch.offset(array, at) != offset) {
            throw new IllegalStateException("chunk " + chunk.objectName() + ": batch " + index + " is of partition "
                    + Batch.partition(array, at) + ", offset " + Batch.offset(array, at) + ", expected partition "
                    + partition + ", offset " + offset);
        }
    }

    private static void write(ChunkStorage.Output output, byte[] bytes) throws IOException {
        output.write(bytes, 0, bytes.length);
    }
}
