package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.internal.Varint;
import io.strandline.spi.Batch;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Makes the key index of one section after the other in the format of {@link ChunkFormat}, from the blocks as they are
 * written: {@link #begin}, then header and batches of each block, then {@link #finish}. The bytes follow from the blocks
 * alone, so a verifier can make them again and compare.
 *
 * <p>An event costs one step of a record walk, one hash, one table lookup, and two passes over the number of its hash:
 * one to learn how long each list gets, one to write it. No object is created for an event. A section takes 4 bytes an
 * event and about 50 a hash while it is written. Arrays are kept for the next section unless they grew large.
 *
 * <p>For one thread.
 */
public final class KeyIndexBuilder {

    /** Bytes that a leaf has on average, at most. */
    static final int LEAF_BYTES = 4096;

    /** Larger arrays are not kept for the next section. */
    private static final int KEPT_ELEMENTS = 1 << 18;

    private static final int FIRST_ELEMENTS = 64;
    private static final int SLOTS_PER_HASH = 4;
    private static final int NO_KEY = -1;
    private static final long ONE_UPPER = 1L << Integer.SIZE;
    private static final long UPPER = -ONE_UPPER;

    private final HashFunction hashes;
    private final Batch.Records records = new Batch.Records();
    private final PageTable pages = new PageTable();

    private long partition;
    private long baseOffset;
    private long position;

    /** The number of each event's hash, by the event's distance from the first. */
    private int[] numbers = new int[FIRST_ELEMENTS];

    private int events;

    /** Open addressing: a hash's number + 1, or 0. */
    private int[] slots = new int[SLOTS_PER_HASH * FIRST_ELEMENTS];

    private int slotMask;

    /**
     * Two elements for the number of each hash, so that an event touches one line of the processor's cache. The first
     * element is the hash. The lower half of the second is the last event of the hash. Its upper half first holds how
     * many units the list takes, and later where the next one is written.
     */
    private long[] lists = new long[2 * FIRST_ELEMENTS];

    private int distinct;

    private byte[] leaves = new byte[LEAF_BYTES];
    private int leavesLength;

    public KeyIndexBuilder(HashFunction hashes) {
        this.hashes = hashes;
    }

    /**
     * Begins a section.
     *
     * @param dataPosition position in file of its first block
     */
    void begin(long ofPartition, long firstOffset, long dataPosition) {
        partition = ofPartition;
        baseOffset = firstOffset;
        position = dataPosition;
        events = 0;
        distinct = 0;
        leavesLength = 0;
        letGoOfLarge();
        slotMask = SLOTS_PER_HASH * FIRST_ELEMENTS - 1;
        Arrays.fill(slots, 0, slotMask + 1, 0);
        pages.begin(dataPosition);
    }

    private void letGoOfLarge() {
        if (numbers.length > KEPT_ELEMENTS) {
            numbers = new int[FIRST_ELEMENTS];
        }
        if (slots.length > KEPT_ELEMENTS) {
            slots = new int[SLOTS_PER_HASH * FIRST_ELEMENTS];
            lists = new long[2 * FIRST_ELEMENTS];
        }
        if (leaves.length > KEPT_ELEMENTS) {
            leaves = new byte[LEAF_BYTES];
        }
    }

    /** Takes the header of the next block. */
    void blockHeader(byte[] bytes, int at) {
        pages.written(bytes, at, ChunkFormat.BLOCK_HEADER_BYTES);
        position += ChunkFormat.BLOCK_HEADER_BYTES;
    }

    /** Takes the next batch of the block. */
    void batch(byte[] bytes, int at) {
        int length = Batch.length(bytes, at);
        int next = Math.addExact(events, Batch.count(bytes, at));
        if (next > numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.max(next, numbers.length * 2));
        }
        try {
            index(bytes, at, length);
        } catch (StrandlineException.Corrupt malformed) {
            // The log took the batch as it is, and so does the chunk. A verifier and the readers report the defect.
            Arrays.fill(numbers, events, next, NO_KEY);
        }
        events = next;
        pages.written(bytes, at, length);
        position += length;
    }

    private void index(byte[] bytes, int at, int length) {
        boolean compressed = Batch.isCompressed(bytes, at);
        if (compressed) {
            pages.placeCompressed(position, events, length, Batch.stamp(bytes, at));
        }
        records.reset(bytes, at);
        long toPosition = position - at;
        while (records.hasNext()) {
            records.next();
            int recordAt = records.recordFrom();
            if (!compressed && pages.isFirstOfPage(recordAt + toPosition)) {
                pages.place(recordAt + toPosition, events, at + length - recordAt, records.stamp());
            }
            int keyLength = records.keyLength();
            numbers[events] = keyLength < 0 ? NO_KEY : number(hashes.of(records.bytes(), records.keyFrom(), keyLength));
            events++;
        }
    }

    /** The number of a hash, whose list gets the present event. */
    private int number(long hash) {
        int slot = slotOf(hash);
        int number = slots[slot] - 1;
        if (number < 0) {
            number = addHash(hash, slot);
        }
        long list = lists[2 * number + 1];
        int units = events - (int) list < KeyDirectory.ONE_UNIT ? 1 : 2;
        lists[2 * number + 1] = (list & UPPER) + units * ONE_UPPER + events;
        return number;
    }

    private int slotOf(long hash) {
        int slot = (int) hash & slotMask;
        while (slots[slot] != 0 && lists[2 * slots[slot] - 2] != hash) {
            slot = (slot + 1) & slotMask;
        }
        return slot;
    }

    private int addHash(long hash, int slot) {
        int number = distinct++;
        if (2 * number == lists.length) {
            lists = Arrays.copyOf(lists, Math.multiplyExact(number, 4));
        }
        lists[2 * number] = hash;
        lists[2 * number + 1] = 0;
        slots[slot] = number + 1;
        if (SLOTS_PER_HASH / 2 * distinct > slotMask) {
            growSlots();
        }
        return number;
    }

    private void growSlots() {
        slotMask = 2 * slotMask + 1;
        if (slotMask < slots.length) {
            Arrays.fill(slots, 0, slotMask + 1, 0);
        } else {
            slots = new int[slotMask + 1];
        }
        for (int number = 0; number < distinct; number++) {
            slots[slotOf(lists[2 * number])] = number + 1;
        }
    }

    /**
     * Ends the section: {@link #leaves} stand then, and are kept until the next begins.
     *
     * @return the directory
     */
    byte[] finish() {
        int pageCount = pages.finish(events);
        if (distinct == 0) {
            // Nobody will look for an event here.
            return directory(new int[0], 0, 0);
        }
        int[] ends = layOut();
        int keyed = writeLists();
        return directory(ends, pageCount, keyed);
    }

    /** Gives each list its place, and writes the bytes before it. Returns where each leaf ends. */
    private int[] layOut() {
        long total = 0;
        for (int number = 0; number < distinct; number++) {
            total += entryBytes(number);
        }
        leavesLength = Math.toIntExact(total);
        if (leavesLength > leaves.length) {
            leaves = new byte[(int) Math.max(leavesLength, Math.min(2L * leaves.length, KEPT_ELEMENTS))];
        }
        int count = leafCount(leavesLength);
        int[] ends = new int[count];
        for (int number = 0; number < distinct; number++) {
            int leaf = KeyDirectory.leafOf(lists[2 * number], count);
            ends[leaf] = Math.toIntExact(ends[leaf] + entryBytes(number));
        }
        int[] next = new int[count];
        for (int leaf = 1; leaf < count; leaf++) {
            next[leaf] = ends[leaf - 1];
            ends[leaf] += ends[leaf - 1];
        }
        for (int number = 0; number < distinct; number++) {
            long hash = lists[2 * number];
            int leaf = KeyDirectory.leafOf(hash, count);
            LittleEndian.putInt(leaves, next[leaf], (int) hash);
            int listAt = Varint.put(leaves, next[leaf] + KeyDirectory.LEAF_HASH_BYTES, units(number));
            next[leaf] = listAt + units(number) * KeyDirectory.UNIT_BYTES;
            lists[2 * number + 1] = listAt * ONE_UPPER;
        }
        return ends;
    }

    private int units(int number) {
        return (int) (lists[2 * number + 1] >>> Integer.SIZE);
    }

    private int entryBytes(int number) {
        int units = units(number);
        return KeyDirectory.LEAF_HASH_BYTES + Varint.bytes(units) + units * KeyDirectory.UNIT_BYTES;
    }

    private int leafCount(int bytes) {
        int count = 1;
        while (bytes / count > LEAF_BYTES && count < distinct) {
            count *= 2;
        }
        return count;
    }

    /** Returns how many events have a key. */
    private int writeLists() {
        int keyed = 0;
        for (int event = 0; event < events; event++) {
            int number = numbers[event];
            if (number != NO_KEY) {
                long list = lists[2 * number + 1];
                int at = (int) (list >>> Integer.SIZE);
                int next = KeyDirectory.putDistance(leaves, at, event - (int) list);
                lists[2 * number + 1] = next * ONE_UPPER + event;
                keyed++;
            }
        }
        return keyed;
    }

    private byte[] directory(int[] ends, int pageCount, int keyed) {
        int words = KeyDirectory.bloomWords(distinct);
        byte[] bytes = new byte[KeyDirectory.bytes(words, ends.length, pageCount)];
        LittleEndian.putInt(bytes, KeyDirectory.LEAVES, ends.length);
        LittleEndian.putInt(bytes, KeyDirectory.HASHES, distinct);
        LittleEndian.putInt(bytes, KeyDirectory.BLOOM_WORDS, words);
        LittleEndian.putInt(bytes, KeyDirectory.PAGES, pageCount);
        LittleEndian.putInt(bytes, KeyDirectory.KEYED_EVENTS, keyed);
        LittleEndian.putLong(bytes, KeyDirectory.PARTITION, partition);
        LittleEndian.putLong(bytes, KeyDirectory.BASE_OFFSET, baseOffset);
        for (int number = 0; number < distinct; number++) {
            KeyDirectory.addToBloom(bytes, words, lists[2 * number]);
        }
        int at = KeyDirectory.leafEntry(words, 0);
        CRC32C crc = new CRC32C();
        for (int leaf = 0; leaf < ends.length; leaf++) {
            int from = leaf == 0 ? 0 : ends[leaf - 1];
            LittleEndian.putInt(bytes, at, ends[leaf]);
            LittleEndian.putInt(bytes, at + 4, ChunkFormat.checksum(leaves, from, ends[leaf], crc));
            at += KeyDirectory.LEAF_ENTRY_BYTES;
        }
        if (pageCount > 0) {
            pages.copyTo(bytes, at);
        }
        return ChunkFormat.seal(bytes, ChunkFormat.KEY_DIRECTORY_MAGIC);
    }

    /** The leaves of the section that was ended last, one after the other, up to {@link #leavesLength}. */
    byte[] leaves() {
        return leaves;
    }

    int leavesLength() {
        return leavesLength;
    }
}
