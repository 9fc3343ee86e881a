package io.strandline.log.impl.chunk;

import io.strandline.internal.LittleEndian;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The directory of the key index of one section, read from its bytes in place. It tells which hashes may have events in
 * the section, in which leaf their lists are, and where in the file an event begins. Immutable once made. {@link
 * ChunkFormat} defines the bytes.
 */
public final class KeyDirectory {

    static final int LEAVES = 12;
    static final int HASHES = 16;
    static final int BLOOM_WORDS = 20;
    static final int PAGES = 24;
    static final int KEYED_EVENTS = 28;
    static final int PARTITION = 32;
    static final int BASE_OFFSET = 40;
    public static final int HEADER_BYTES = 48;

    static final int LEAF_ENTRY_BYTES = 8;
    static final int LEAF_HASH_BYTES = 4;

    /** Unit of the distances in a list. */
    static final int UNIT_BYTES = 2;

    /** Distances below it take one unit, others two. */
    static final int ONE_UNIT = 1 << 15;

    private static final VarHandle UNIT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int WORD_BYTES = 8;
    private static final int BLOOM_BITS_PER_HASH = 10;
    private static final int BLOOM_PROBES = 7;

    private final ChunkSection section;
    private final SectionIndex index;
    private final byte[] bytes;
    private final int leaves;
    private final int bloomWords;
    private final int pages;

    private KeyDirectory(ChunkSection section, SectionIndex index, byte[] bytes) {
        this.section = section;
        this.index = index;
        this.bytes = bytes;
        this.leaves = LittleEndian.getInt(bytes, LEAVES);
        this.bloomWords = LittleEndian.getInt(bytes, BLOOM_WORDS);
        this.pages = LittleEndian.getInt(bytes, PAGES);
    }

    /**
     * The directory in these bytes, which belong to it from now on.
     *
     * @throws io.strandline.StrandlineException.Corrupt if the bytes are damaged or describe another section
     */
    static KeyDirectory of(ChunkSection section, SectionIndex index, byte[] bytes) {
        String defect = ChunkFormat.defect(bytes, HEADER_BYTES, ChunkFormat.KEY_DIRECTORY_MAGIC, "key directory");
        KeyDirectory directory = null;
        if (defect == null) {
            directory = new KeyDirectory(section, index, bytes);
            defect = directory.disagreement();
        }
        if (directory == null || defect != null) {
            throw ChunkFormat.corrupt(
                    section, index.keyDirectoryPosition(), section.baseOffset(), String.valueOf(defect));
        }
        return directory;
    }

    private @Nullable String disagreement() {
        if (LittleEndian.getLong(bytes, PARTITION) != section.partition()
                || LittleEndian.getLong(bytes, BASE_OFFSET) != section.baseOffset()) {
            return "key directory is of partition " + LittleEndian.getLong(bytes, PARTITION) + ", offset "
                    + LittleEndian.getLong(bytes, BASE_OFFSET);
        }
        if (leaves < 0
                || bloomWords < 0
                || pages < 0
                || Integer.bitCount(leaves) > 1
                || HEADER_BYTES
                                + (long) bloomWords * WORD_BYTES
                                + (long) leaves * LEAF_ENTRY_BYTES
                                + (long) pages * PageTable.ENTRY_BYTES
                        != bytes.length) {
            return "key directory of " + bytes.length + " bytes counts " + bloomWords + " words, " + leaves
                    + " leaves and " + pages + " pages";
        }
        int leafEnd = 0;
        for (int leaf = 0; leaf < leaves; leaf++) {
            if (leafEnd(leaf) < leafEnd) {
                return "leaf " + leaf + " ends at " + leafEnd(leaf) + ", the one before at " + leafEnd;
            }
            leafEnd = leafEnd(leaf);
        }
        if (index.keyDirectoryPosition() + bytes.length + leafEnd != section.indexPosition()) {
            return "leaves of " + leafEnd + " bytes do not end at the index";
        }
        // The pages are not walked here: that would cost more than the lookup. A verifier compares them with the
        // blocks.
        long end = section.dataPosition() + section.dataBytes();
        long expected = leaves == 0 ? 0 : ((end - 1) >>> PageTable.PAGE_BITS) - firstPage() + 1;
        return pages == expected
                ? null
                : "key directory counts " + pages + " pages for " + section.dataBytes() + " bytes of blocks";
    }

    // ---- hashes

    static int bloomWords(int hashes) {
        return (int) (((long) hashes * BLOOM_BITS_PER_HASH + Long.SIZE - 1) / Long.SIZE);
    }

    static void addToBloom(byte[] directory, int words, long hash) {
        long mixed = mix(hash);
        for (int probe = 0; probe < BLOOM_PROBES; probe++) {
            long bit = bit(mixed, probe, words);
            directory[HEADER_BYTES + (int) (bit >>> 3)] |= (byte) (1 << (bit & 7));
        }
    }

    /**
     * False if no event of the section has a key of this hash. True if an event has one, and in rare cases if none has.
     */
    boolean mayHold(long hash) {
        if (leaves == 0) {
            return false;
        }
        long mixed = mix(hash);
        for (int probe = 0; probe < BLOOM_PROBES; probe++) {
            long bit = bit(mixed, probe, bloomWords);
            if ((bytes[HEADER_BYTES + (int) (bit >>> 3)] & (1 << (bit & 7))) == 0) {
                return false;
            }
        }
        return true;
    }

    /** The hashes of a partition begin alike. This spreads the remaining bits over all bits. */
    private static long mix(long hash) {
        return hash * 0x9E3779B97F4A7C15L;
    }

    /** Double hashing with the halves of a hash, and the upper bits of the product for a bit out of all. */
    private static long bit(long mixed, int probe, int words) {
        int point = (int) mixed + probe * ((int) (mixed >>> 32) | 1);
        return ((point & 0xffffffffL) * ((long) words * Long.SIZE)) >>> 32;
    }

    // ---- leaves

    /** The leaf of a hash, out of a power of two: the upper bits of the half that is stored. */
    static int leafOf(long hash, int leaves) {
        return leaves == 1 ? 0 : (int) hash >>> (1 + Integer.numberOfLeadingZeros(leaves));
    }

    int leafOf(long hash) {
        return leafOf(hash, leaves);
    }

    int leaves() {
        return leaves;
    }

    long leafPosition(int leaf) {
        return index.keyDirectoryPosition() + bytes.length + leafBegin(leaf);
    }

    int leafLength(int leaf) {
        return leafEnd(leaf) - leafBegin(leaf);
    }

    /** Index after the leaves that one read of up to {@code mostBytes} fetches from {@code leaf} on: one or more. */
    int endOfLeaves(int leaf, int mostBytes) {
        int end = leaf + 1;
        while (end < leaves && leafEnd(end) - leafBegin(leaf) <= mostBytes) {
            end++;
        }
        return end;
    }

    /**
     * Checks the checksum of a leaf.
     *
     * @param from where it begins in the array
     * @return null, or what is wrong with it
     */
    @Nullable
    String leafDefect(int leaf, byte[] leafBytes, int from, CRC32C crc) {
        int stored = LittleEndian.getInt(bytes, leafEntry(bloomWords, leaf) + 4);
        int actual = ChunkFormat.checksum(leafBytes, from, from + leafLength(leaf), crc);
        return stored == actual
                ? null
                : "leaf checksum " + Integer.toHexString(actual) + " is not " + Integer.toHexString(stored);
    }

    /** Writes a distance between two events of a list and returns the index after it. */
    static int putDistance(byte[] leaf, int at, int distance) {
        if (distance < ONE_UNIT) {
            UNIT.set(leaf, at, (short) distance);
            return at + UNIT_BYTES;
        }
        UNIT.set(leaf, at, (short) (distance | ONE_UNIT));
        UNIT.set(leaf, at + UNIT_BYTES, (short) (distance >>> 15));
        return at + 2 * UNIT_BYTES;
    }

    /**
     * The events of a hash, by their distance from the first of the section, ascending, from {@code from} to before
     * {@code to}. Other hashes that share the stored half are among them.
     *
     * @throws IndexOutOfBoundsException if the leaf is malformed
     */
    static int[] list(byte[] leaf, long hash, int from, int to) {
        int[] events = new int[0];
        int at = 0;
        while (at < leaf.length) {
            int stored = LittleEndian.getInt(leaf, at);
            at += LEAF_HASH_BYTES;
            int units = 0;
            int shift = 0;
            byte next;
            do {
                next = leaf[at++];
                units |= (next & 0x7f) << shift;
                shift += 7;
            } while (next < 0);
            int length = Math.multiplyExact(units, UNIT_BYTES);
            Objects.checkFromIndexSize(at, length, leaf.length);
            if (stored == (int) hash) {
                events = joined(events, between(leaf, at, at + length, from, to));
            }
            at += length;
        }
        return events;
    }

    private static int[] joined(int[] some, int[] more) {
        if (some.length == 0) {
            return more;
        }
        int[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        Arrays.sort(all);
        return all;
    }

    private static int[] between(byte[] leaf, int listAt, int end, int from, int to) {
        int[] events = new int[(end - listAt) / UNIT_BYTES];
        int count = 0;
        int event = 0;
        int at = listAt;
        while (at < end) {
            int distance = (short) UNIT.get(leaf, at) & 0xffff;
            at += UNIT_BYTES;
            if (distance >= ONE_UNIT) {
                distance = (distance & (ONE_UNIT - 1)) | ((short) UNIT.get(leaf, at) & 0xffff) << 15;
                at += UNIT_BYTES;
            }
            event += distance;
            if (event >= to) {
                break;
            }
            if (event >= from) {
                events[count++] = event;
            }
        }
        return Arrays.copyOf(events, count);
    }

    private int leafBegin(int leaf) {
        return leaf == 0 ? 0 : leafEnd(leaf - 1);
    }

    private int leafEnd(int leaf) {
        return LittleEndian.getInt(bytes, leafEntry(bloomWords, leaf));
    }

    static int leafEntry(int bloomWords, int leaf) {
        return HEADER_BYTES + bloomWords * WORD_BYTES + leaf * LEAF_ENTRY_BYTES;
    }

    static int bytes(int bloomWords, int leaves, int pages) {
        return Math.addExact(leafEntry(bloomWords, leaves), Math.multiplyExact(pages, PageTable.ENTRY_BYTES));
    }

    // ---- pages

    int pages() {
        return pages;
    }

    /** The page in which an event begins: a guess, because pages hold about as many events each, then a search nearby. */
    int pageOf(int event) {
        int low = (int) ((long) event * pages / (section.endOffset() - section.baseOffset()));
        int high = low + 1;
        for (int step = 1; low > 0 && firstEvent(low) > event; step *= 2) {
            high = low;
            low = Math.max(0, low - step);
        }
        for (int step = 1; high < pages && firstEvent(high) <= event; step *= 2) {
            low = high;
            high = Math.min(pages, high + step);
        }
        // Page low begins with the event or before, page high with a later one.
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (firstEvent(middle) <= event) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * The last page that an event, which begins in {@code page}, can reach into. One in a compressed batch reaches as far as
     * the batch, so up to where the next event begins.
     */
    int lastPageOf(int event, int page) {
        int last = page + 1;
        int next = event + 1;
        if ((place(page) & PageTable.COMPRESSED_BATCH) != 0) {
            while (last < pages && firstEvent(last) <= event) {
                last++;
            }
            next = last < pages ? firstEvent(last) : next;
        }
        while (last < pages && firstEvent(last) <= next) {
            last++;
        }
        return last - 1;
    }

    /** The first event that begins in a page or later. */
    int firstEvent(int page) {
        return LittleEndian.getInt(bytes, pageEntry(page) + PageTable.ENTRY_EVENT);
    }

    /** Position in file where the first event of a page begins. */
    long firstEventPosition(int page) {
        return ((firstPage() + page) << PageTable.PAGE_BITS) + (place(page) & (PageTable.PAGE_BYTES - 1));
    }

    /** True if what begins at the first event of a page is not its record, but the compressed batch that holds it. */
    boolean beginsCompressed(int page) {
        return (place(page) & PageTable.COMPRESSED_FIRST) != 0;
    }

    private int place(int page) {
        return LittleEndian.getInt(bytes, pageEntry(page) + PageTable.ENTRY_PLACE);
    }

    /** Bytes from the first event of a page to the end of its batch. */
    int batchRest(int page) {
        return LittleEndian.getInt(bytes, pageEntry(page) + PageTable.ENTRY_BATCH_REST);
    }

    /** Stamp of the first event of a page. */
    long stamp(int page) {
        return LittleEndian.getLong(bytes, pageEntry(page) + PageTable.ENTRY_STAMP);
    }

    int pageChecksum(int page) {
        return LittleEndian.getInt(bytes, pageEntry(page) + PageTable.ENTRY_CRC);
    }

    /** Position in file of the section's first byte of a page. */
    long pagePosition(int page) {
        return Math.max(section.dataPosition(), (firstPage() + page) << PageTable.PAGE_BITS);
    }

    /** Position in the file after the section's last byte of a page. */
    long pageEnd(int page) {
        return Math.min(section.dataPosition() + section.dataBytes(), (firstPage() + page + 1) << PageTable.PAGE_BITS);
    }

    private long firstPage() {
        return section.dataPosition() >>> PageTable.PAGE_BITS;
    }

    private int pageEntry(int page) {
        return leafEntry(bloomWords, leaves) + page * PageTable.ENTRY_BYTES;
    }
}
