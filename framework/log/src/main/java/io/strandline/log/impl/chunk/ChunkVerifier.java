package io.strandline.log.impl.chunk;

import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchStructure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one whole chunk and checks every byte of it. It checks all checksums, every batch and record, that offsets are
 * dense, and that stamps never decrease. It also checks that index, footer and header agree with the contents, and that
 * each key index is, byte for byte, the one that follows from the blocks. A verification reads at most {@link
 * #READ_BYTES} at a time, or one block or directory if that is larger, in addition to one index and the key index that it
 * builds.
 */
public final class ChunkVerifier {

    /** Bytes of blocks fetched by one read. */
    static final int READ_BYTES = 1024 * 1024;

    private final ChunkStorage storage;
    private final ChunkFooter footer;
    private final Promise<Report> done = Promise.promise();
    private final CRC32C crc = new CRC32C();
    private final BatchStructure structure = new BatchStructure();
    private final KeyIndexBuilder keyIndex;

    /** Pieces that are still to be started. More than 0 while a thread starts one. */
    private final AtomicInteger due = new AtomicInteger();

    private int sectionNumber = -1;
    private long position = ChunkFormat.HEADER_BYTES;
    private @Nullable SectionWalk walk;
    private long blocks;
    private long batches;
    private long events;

    /**
     * Contents of a chunk without damage.
     *
     * @param chunk the chunk
     * @param bytes length of the chunk
     * @param sections number of sections
     * @param blocks number of blocks
     * @param batches number of batches
     * @param events number of events
     */
    public record Report(ChunkId chunk, long bytes, int sections, long blocks, long batches, long events) {}

    private ChunkVerifier(ChunkStorage storage, ChunkFooter footer, HashFunction hashes) {
        this.storage = storage;
        this.footer = footer;
        this.keyIndex = new KeyIndexBuilder(hashes);
    }

    /**
     * Verifies a chunk. The future completes on a thread of the storage.
     *
     * <p>Fails with Corrupt at the first difference, naming chunk, position, partition and offset, and as the storage does
     * if that cannot read.
     */
    public static Future<Report> verify(ChunkStorage storage, ChunkId chunk) {
        return verify(storage, chunk, KeyHash::of);
    }

    /** As {@link #verify(ChunkStorage, ChunkId)}, for a chunk that was written with these hashes of keys. */
    static Future<Report> verify(ChunkStorage storage, ChunkId chunk, HashFunction hashes) {
        String name = chunk.objectName();
        return ChunkFooter.read(storage, chunk).compose(footer -> storage.read(name, 0, ChunkFormat.HEADER_BYTES)
                .compose(header -> {
                    String defect = ChunkFormat.headerDefect(
                            header, chunk, footer.entries().size());
                    if (defect != null) {
                        throw ChunkFormat.corrupt(name, 0, defect);
                    }
                    ChunkVerifier verifier = new ChunkVerifier(storage, footer, hashes);
                    verifier.next();
                    return verifier.done.future();
                }));
    }

    /**
     * Goes on with the next piece. Each piece calls this again, so no chain of futures grows with the chunk. A piece whose
     * read is complete at once is taken by the loop that began it, so neither does the stack.
     */
    private void next() {
        if (due.getAndIncrement() == 0) {
            do {
                nextPiece();
            } while (due.decrementAndGet() != 0);
        }
    }

    private void nextPiece() {
        SectionWalk current = walk;
        if (current != null && current.hasNext()) {
            then(current.readNext(), current::check);
        } else if (sectionNumber + 1 < footer.entries().size()) {
            if (current != null) {
                current.finish();
            }
            sectionNumber++;
            beginSection(footer.entries().get(sectionNumber));
        } else {
            if (current != null) {
                current.finish();
            }
            finish();
        }
    }

    private <T> void then(Future<T> piece, Consumer<T> check) {
        piece.onComplete(
                read -> {
                    try {
                        check.accept(read);
                        next();
                    } catch (RuntimeException e) {
                        done.tryFail(e);
                    }
                },
                done::tryFail);
    }

    private void beginSection(ChunkFooter.Entry entry) {
        ChunkSection section = entry.section();
        if (section.dataPosition() != position
                || section.dataBytes() <= 0
                || section.indexPosition() < position + section.dataBytes()
                || section.indexBytes() <= 0
                || section.indexPosition() + section.indexBytes() > footer.position()) {
            throw ChunkFormat.corrupt(
                    section, position, section.baseOffset(), "footer places a section elsewhere: " + section);
        }
        position = section.indexPosition() + section.indexBytes();
        then(
                ChunkReader.readPart(
                        storage, section, section.indexPosition(), section.indexBytes(), section.baseOffset()),
                bytes -> walk = new SectionWalk(entry, SectionIndex.of(section, bytes)));
    }

    private void finish() {
        if (position != footer.position()) {
            throw ChunkFormat.corrupt(
                    footer.chunk().objectName(),
                    position,
                    "sections end here, the footer begins at " + footer.position());
        }
        long bytes = footer.position() + footer.encode().length + ChunkFooter.TRAILER_BYTES;
        done.complete(new Report(footer.chunk(), bytes, footer.entries().size(), blocks, batches, events));
    }

    /** Walks the blocks of one section, then its key index. */
    private final class SectionWalk {

        private final ChunkFooter.Entry entry;
        private final ChunkSection section;
        private final SectionIndex index;
        private int block;
        private int endOfRead;
        private long offset;
        private long stamp = Long.MIN_VALUE;
        private long batchesHere;
        private byte @Nullable [] keyDirectory;

        /** Bytes of leaves that were compared. */
        private int leavesChecked;

        SectionWalk(ChunkFooter.Entry entry, SectionIndex index) {
            this.entry = entry;
            this.section = entry.section();
            this.index = index;
            this.offset = section.baseOffset();
            keyIndex.begin(section.partition(), section.baseOffset(), section.dataPosition());
        }

        boolean hasNext() {
            return block < index.blocks()
                    || (index.hasKeyIndex() && (keyDirectory == null || leavesChecked < keyIndex.leavesLength()));
        }

        Future<byte[]> readNext() {
            if (block == index.blocks()) {
                return readKeyIndex();
            }
            endOfRead = index.endOfRun(block, READ_BYTES);
            int length = Math.toIntExact(index.bytesOfRun(block, endOfRead));
            return ChunkReader.readPart(storage, section, index.position(block), length, offset);
        }

        private Future<byte[]> readKeyIndex() {
            if (keyDirectory == null) {
                return ChunkReader.readPart(
                        storage, section, index.keyDirectoryPosition(), index.keyDirectoryBytes(), offset);
            }
            int length = Math.min(READ_BYTES, keyIndex.leavesLength() - leavesChecked);
            return ChunkReader.readPart(storage, section, leavesPosition() + leavesChecked, length, offset);
        }

        private long leavesPosition() {
            return index.keyDirectoryPosition() + index.keyDirectoryBytes();
        }

        void check(byte[] bytes) {
            if (block == index.blocks()) {
                checkKeyIndex(bytes);
            } else {
                checkBlocks(bytes);
            }
        }

        private void checkKeyIndex(byte[] bytes) {
            if (keyDirectory == null) {
                KeyDirectory.of(section, index, bytes);
                keyDirectory = keyIndex.finish();
                requireSame(index.keyDirectoryPosition(), bytes, Arrays.mismatch(bytes, keyDirectory));
            } else {
                int to = leavesChecked + bytes.length;
                int different = Arrays.mismatch(bytes, 0, bytes.length, keyIndex.leaves(), leavesChecked, to);
                requireSame(leavesPosition() + leavesChecked, bytes, different);
                leavesChecked = to;
            }
        }

        private void requireSame(long at, byte[] bytes, int different) {
            if (different >= 0) {
                throw ChunkFormat.corrupt(
                        section,
                        at + different,
                        offset,
                        "key index does not follow from the blocks; the first of its bytes to differ is "
                                + (different < bytes.length ? bytes[different] & 0xff : "missing"));
            }
        }

        private void checkBlocks(byte[] bytes) {
            int at = 0;
            while (block < endOfRead) {
                String defect = index.blockDefect(block, bytes, at, crc);
                if (defect != null) {
                    throw corrupt(at, at, defect);
                }
                keyIndex.blockHeader(bytes, at);
                checkBatches(bytes, at);
                at += index.length(block);
                block++;
                blocks++;
            }
        }

        private void checkBatches(byte[] bytes, int blockAt) {
            int to = blockAt + index.length(block);
            int at = blockAt + ChunkFormat.BLOCK_HEADER_BYTES;
            int count = 0;
            while (at < to) {
                String defect = batchDefect(bytes, at, to);
                if (defect != null) {
                    throw corrupt(blockAt, at, defect);
                }
                keyIndex.batch(bytes, at);
                offset += Batch.count(bytes, at);
                stamp = Batch.stamp(bytes, at);
                at += Batch.length(bytes, at);
                count++;
            }
            if (count != LittleEndian.getInt(bytes, blockAt + ChunkFormat.BLOCK_BATCHES)
                    || offset != index.endOffset(block)
                    || stamp != index.lastStamp(block)) {
                throw corrupt(
                        blockAt,
                        blockAt,
                        "block has " + count + " batches up to offset " + offset + " and stamp " + stamp
                                + "; its header counts "
                                + LittleEndian.getInt(bytes, blockAt + ChunkFormat.BLOCK_BATCHES) + ", the index says "
                                + index.endOffset(block) + " and " + index.lastStamp(block));
            }
            batchesHere += count;
        }

        private @Nullable String batchDefect(byte[] bytes, int at, int to) {
            String defect = Batch.defect(bytes, at, to, crc);
            if (defect != null) {
                return defect;
            }
            if (Batch.partition(bytes, at) != section.partition() || Batch.offset(bytes, at) != offset) {
                return "batch is of partition " + Batch.partition(bytes, at) + ", offset " + Batch.offset(bytes, at);
            }
            if (Batch.stamp(bytes, at) < stamp) {
                return "stamp " + Batch.stamp(bytes, at) + " is below the one before, " + stamp;
            }
            return structure.defect(bytes, at);
        }

        void finish() {
            if (batchesHere != entry.batches() || offset - section.baseOffset() != entry.events()) {
                throw ChunkFormat.corrupt(
                        section,
                        footer.position(),
                        offset,
                        "section has " + batchesHere + " batches and " + (offset - section.baseOffset())
                                + " events, the footer counts " + entry.batches() + " and " + entry.events());
            }
            batches += batchesHere;
            events += entry.events();
        }

        private RuntimeException corrupt(int blockAt, int at, String defect) {
            return ChunkFormat.corrupt(section, index.position(block) + (at - blockAt), offset, defect);
        }
    }
}
