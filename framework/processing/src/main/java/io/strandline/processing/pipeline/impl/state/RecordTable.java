package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Records by key on the heap, without an object for any of them: pages of bytes, and tables of addresses in them. The table of a run that
 * was given no other.
 *
 * <pre>
 *   hash of a key ──▶ segment ──▶ slot ──▶ address ──▶ page: record, record, …
 *                     by ranges   open     page number and
 *                     of hashes   addressing  offset / unit
 * </pre>
 *
 * Pages and units are as {@link RecordRoom} says. So as many pages as addresses can name hold 14 GiB at least, whatever the sizes of the
 * records.
 *
 * <p>A segment that is full is split at the middle of its hashes, so growing never touches more than one segment. The
 * slots of a segment are halved when an eighth of them is used, and segments are never joined. A record is
 * overwritten in its place if the new one has its length. Otherwise the old one is garbage: a page of which a third is garbage
 * is emptied while records are put, three bytes for each that becomes garbage.
 *
 * <p>Owned by the task's context. While a capture needs it nothing is put, and any thread may read.
 */
final class RecordTable implements StateTable {

    /** Most pages. */
    static final int MAX_PAGES = 1 << 18;

    private static final int FIRST_PAGE_BYTES = 256;

    private static final int OFFSET_BITS = 14;

    /** Pages that may hold less than seven eighths, because they are among the first or not full yet. */
    private static final int SLACK_PAGES = 32;

    private static final int MIN_SLOTS = 8;
    /** A segment with more is split: below a millisecond. */
    private static final int MAX_SLOTS = 4_096;

    private static final int[] NO_SLOTS = {};

    private final int maxPages;

    /** By number. There is no page 0, so that no address is 0. */
    private Page[] pages = new Page[2];

    private int pageCount = 1;
    private final Deque<Integer> freeNumbers = new ArrayDeque<>(0);
    /** Numbers of the pages that records are appended to. */
    private int current;

    private int currentLarge;
    /** Numbers of the pages that are to be emptied. */
    private final Deque<Integer> sparse = new ArrayDeque<>(0);
    /** Offset in the first of them up to which its records have moved. */
    private int emptied;

    /** Lowest hash of each segment, ascending as unsigned numbers. The first is 0. */
    private long[] lows = {0};

    private int[][] segments = {NO_SLOTS};
    private int[] counts = {0};
    private int segmentCount = 1;

    private int size;
    private long pageBytes;
    /** Bytes of the pages of large records. */
    private long largeBytes;

    private long garbage;
    private long bytes;

    /** Records, the used part of which is written once. */
    private static final class Page {

        private final byte[] bytes;
        /** Records begin at multiples of the unit. */
        private final int unitBits;

        private int used;
        private int dead;
        private boolean isSparse;

        Page(int size, int unitBits) {
            this.bytes = new byte[size];
            this.unitBits = unitBits;
        }
    }

    RecordTable() {
        this(MAX_PAGES);
    }

    RecordTable(int maxPages) {
        this.maxPages = maxPages;
    }

    @Override
    public long size() {
        return size;
    }

    /** Bytes of pages and tables. */
    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public long recordBytes() {
        return pageBytes - garbage;
    }

    /** Bytes of the pages, and what of them holds no record. */
    long pageBytes() {
        return pageBytes;
    }

    long garbage() {
        return garbage;
    }

    // ---- read

    @Override
    public @Nullable StateRecord get(long hash, byte[] key, int from, int length) {
        int address = find(hash, key, from, length);
        return address == 0 ? null : record(address);
    }

    @Override
    public long slice(long hash, Consumer<StateRecord> each) {
        return forEachInSegment(hash, address -> each.accept(record(address)));
    }

    private StateRecord record(int address) {
        return new StateRecord(page(address), offset(address));
    }

    /** Address of the record of a key, 0 if there is none. */
    int find(long hash, byte[] key, int from, int length) {
        int segment = segment(hash);
        int[] slots = segments[segment];
        return slots.length == 0 ? 0 : slots[slot(slots, hash, key, from, length)];
    }

    byte[] page(int address) {
        return pages[address >>> OFFSET_BITS].bytes;
    }

    int offset(int address) {
        return (address & ((1 << OFFSET_BITS) - 1)) << pages[address >>> OFFSET_BITS].unitBits;
    }

    /** Hash of the key of a record. */
    long hashAt(int address) {
        byte[] page = page(address);
        int from = offset(address);
        int length = StateRecords.number(page, from) - 1;
        return KeyHash.of(page, from + StateRecords.size(length + 1), length);
    }

    /** Length of a record. */
    static int length(byte[] bytes, int from) {
        int key = StateRecords.number(bytes, from);
        int pieces = from + StateRecords.size(key) + key - 1;
        int length = StateRecords.number(bytes, pieces);
        return pieces + StateRecords.size(length) + length - from;
    }

    /**
     * Hands over the addresses of the segment that has a hash, in no order. A walk from hash 0 on meets each record that is there all
     * the time once, because a segment may be split between two calls and its beginning stays one.
     *
     * @return lowest hash of the next segment, or 0 after the last one
     */
    long forEachInSegment(long hash, IntConsumer each) {
        int segment = segment(hash);
        for (int address : segments[segment]) {
            if (address != 0) {
                each.accept(address);
            }
        }
        return segment + 1 == segmentCount ? 0 : lows[segment + 1];
    }

    private int segment(long hash) {
        int low = 0;
        int high = segmentCount - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (Long.compareUnsigned(lows[middle], hash) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Slots are chosen by other bits than segments. */
    private static int home(int[] slots, long hash) {
        return (int) ((hash * 0x9E3779B97F4A7C15L) >>> 40) & (slots.length - 1);
    }

    /** Slot of a key: the one with its record, or the empty one where it belongs. */
    private int slot(int[] slots, long hash, byte[] key, int from, int length) {
        int mask = slots.length - 1;
        int slot = home(slots, hash);
        for (int address = slots[slot]; address != 0; address = slots[slot]) {
            byte[] page = page(address);
            int at = offset(address);
            if (StateRecords.number(page, at) == length + 1) {
                int there = at + StateRecords.size(length + 1);
                if (Arrays.equals(page, there, there + length, key, from, from + length)) {
                    return slot;
                }
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    // ---- change

    @Override
    public void put(long hash, StateRecord record) {
        put(hash, record.bytes(), record.from());
    }

    /** Puts a record in the place of that of its key, or removes that if the record has no pieces. */
    void put(long hash, byte[] record, int from) {
        int key = StateRecords.number(record, from) - 1;
        int keyFrom = from + StateRecords.size(key + 1);
        int length = length(record, from);
        boolean removes = StateRecords.number(record, keyFrom + key) == 0;
        int segment = segment(hash);
        int[] slots = segments[segment];
        int slot = slots.length == 0 ? 0 : slot(slots, hash, record, keyFrom, key);
        int address = slots.length == 0 ? 0 : slots[slot];
        if (address == 0) {
            if (!removes) {
                insert(segment, hash, append(record, from, length));
            }
            return;
        }
        byte[] page = page(address);
        int before = length(page, offset(address));
        if (removes) {
            removeSlot(segment, slot);
        } else if (RecordRoom.of(before) == RecordRoom.of(length)) {
            System.arraycopy(record, from, page, offset(address), length);
            return;
        } else {
            slots[slot] = append(record, from, length);
        }
        free(address, RecordRoom.of(before));
        empty(3L * RecordRoom.of(before));
    }

    private void insert(int segment, long hash, int address) {
        int at = segment;
        while (counts[at] >= segments[at].length / 4 * 3) {
            if (segments[at].length < MAX_SLOTS || !split(at)) {
                resize(at, Math.max(MIN_SLOTS, 2 * segments[at].length));
            }
            at = segment(hash);
        }
        place(segments[at], hash, address);
        counts[at]++;
        size++;
    }

    private static void place(int[] slots, long hash, int address) {
        int mask = slots.length - 1;
        int slot = home(slots, hash);
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = address;
    }

    private void resize(int segment, int room) {
        int[] before = segments[segment];
        int[] slots = new int[room];
        for (int address : before) {
            if (address != 0) {
                place(slots, hashAt(address), address);
            }
        }
        segments[segment] = slots;
        add(4L * (room - before.length));
    }

    /** Splits a segment in two. False if all its keys have one hash. */
    private boolean split(int segment) {
        int[] before = segments[segment];
        long[] hashes = new long[before.length];
        long lowest = -1;
        long highest = 0;
        for (int i = 0; i < before.length; i++) {
            if (before[i] != 0) {
                long hash = hashAt(before[i]);
                hashes[i] = hash;
                lowest = Long.compareUnsigned(hash, lowest) < 0 ? hash : lowest;
                highest = Long.compareUnsigned(hash, highest) > 0 ? hash : highest;
            }
        }
        if (lowest == highest) {
            return false;
        }
        long middle = lowest + ((highest - lowest) >>> 1) + 1;
        int[] lower = new int[before.length];
        int[] upper = new int[before.length];
        int moved = 0;
        for (int i = 0; i < before.length; i++) {
            if (before[i] != 0) {
                boolean isUpper = Long.compareUnsigned(hashes[i], middle) >= 0;
                place(isUpper ? upper : lower, hashes[i], before[i]);
                moved += isUpper ? 1 : 0;
            }
        }
        addSegment(segment + 1, middle, upper, moved);
        segments[segment] = lower;
        counts[segment] -= moved;
        return true;
    }

    private void addSegment(int at, long low, int[] slots, int count) {
        if (segmentCount == lows.length) {
            int room = 2 * segmentCount;
            lows = Arrays.copyOf(lows, room);
            segments = Arrays.copyOf(segments, room);
            counts = Arrays.copyOf(counts, room);
        }
        System.arraycopy(lows, at, lows, at + 1, segmentCount - at);
        System.arraycopy(segments, at, segments, at + 1, segmentCount - at);
        System.arraycopy(counts, at, counts, at + 1, segmentCount - at);
        lows[at] = low;
        segments[at] = slots;
        counts[at] = count;
        segmentCount++;
        add(4L * slots.length + 16);
    }

    /** Empties a slot, and moves those after it that would not be found any more. */
    private void removeSlot(int segment, int at) {
        int[] slots = segments[segment];
        int mask = slots.length - 1;
        int hole = at;
        for (int next = (hole + 1) & mask; slots[next] != 0; next = (next + 1) & mask) {
            int home = home(slots, hashAt(slots[next]));
            if (((next - home) & mask) >= ((next - hole) & mask)) {
                slots[hole] = slots[next];
                hole = next;
            }
        }
        slots[hole] = 0;
        counts[segment]--;
        size--;
        if (slots.length > MIN_SLOTS && counts[segment] < slots.length / 8) {
            resize(segment, slots.length / 2);
        }
    }

    // ---- pages

    private int append(byte[] record, int from, int length) {
        int room = RecordRoom.of(length);
        if (room > RecordRoom.LARGE_RECORD_BYTES) {
            return write(newPage(room, RecordRoom.LARGE_UNIT_BITS), record, from, length);
        }
        if (room > RecordRoom.SMALL_RECORD_BYTES) {
            int before = currentLarge;
            if (isFull(before, room)) {
                int size = pageSize(room, largeBytes, RecordRoom.LARGE_PAGE_BYTES);
                currentLarge = newPage(size, RecordRoom.LARGE_UNIT_BITS);
                leave(before);
            }
            return write(currentLarge, record, from, length);
        }
        int before = current;
        if (isFull(before, room)) {
            current = newPage(pageSize(room, pageBytes, RecordRoom.PAGE_BYTES), RecordRoom.UNIT_BITS);
            leave(before);
        }
        return write(current, record, from, length);
    }

    private boolean isFull(int number, int room) {
        Page page = pages[number];
        return page == null || page.bytes.length - page.used < room;
    }

    /** The first pages are small. */
    private static int pageSize(int room, long before, int most) {
        return (int) Math.max(room, Math.min(most, Math.max(FIRST_PAGE_BYTES, before)));
    }

    /** A page that was current is full. What is left over is garbage. */
    private void leave(int number) {
        Page page = pages[number];
        if (page != null) {
            garbage += page.bytes.length - page.used;
            page.dead += page.bytes.length - page.used;
            requireDense(number);
        }
    }

    private int write(int number, byte[] record, int from, int length) {
        Page page = pages[number];
        int offset = page.used;
        System.arraycopy(record, from, page.bytes, offset, length);
        page.used += RecordRoom.of(length);
        return (number << OFFSET_BITS) | (offset >>> page.unitBits);
    }

    private int newPage(int size, int unitBits) {
        Integer free = freeNumbers.poll();
        int number = free == null ? pageCount++ : free;
        if (number == maxPages) {
            pageCount--;
            throw new StrandlineException.Overloaded("the state of an operator has " + pageBytes + " bytes in "
                    + maxPages + " pages, which is as many as there may be in a task");
        }
        if (number == pages.length) {
            pages = Arrays.copyOf(pages, 2 * number);
        }
        pages[number] = new Page(size, unitBits);
        resized(size, unitBits);
        return number;
    }

    /** Number of pages. */
    int pageCount() {
        return pageCount - 1 - freeNumbers.size();
    }

    @Override
    public long share(int length) {
        return RecordRoom.shares(length);
    }

    /** Whether there are numbers for the pages of more records. */
    @Override
    public boolean hasRoom(long shares) {
        return pageCount() + shares / RecordRoom.PAGE_SHARES + SLACK_PAGES < maxPages;
    }

    private void free(int address, int room) {
        int number = address >>> OFFSET_BITS;
        pages[number].dead += room;
        garbage += room;
        requireDense(number);
    }

    /** A page that holds little is emptied, or let go of at once if it holds nothing. A current one is not full yet. */
    private void requireDense(int number) {
        Page page = pages[number];
        if (page.isSparse) {
            return;
        }
        if (number == current || number == currentLarge) {
            if (page.dead == page.used) {
                current = number == current ? 0 : current;
                currentLarge = number == currentLarge ? 0 : currentLarge;
                release(number);
            }
            return;
        }
        if (page.dead == page.bytes.length) {
            release(number);
        } else if (3 * page.dead >= page.bytes.length) {
            page.isSparse = true;
            sparse.add(number);
        }
    }

    /** Moves records out of sparse pages. */
    private void empty(long most) {
        long walked = 0;
        while (walked < most && !sparse.isEmpty()) {
            int number = sparse.peek();
            Page page = pages[number];
            while (walked < most && emptied < page.used) {
                int length = length(page.bytes, emptied);
                move(number, page.bytes, emptied, length);
                emptied += RecordRoom.of(length);
                walked += RecordRoom.of(length);
            }
            if (emptied == page.used) {
                sparse.remove();
                emptied = 0;
                release(number);
            }
        }
    }

    private void move(int number, byte[] page, int from, int length) {
        int key = StateRecords.number(page, from) - 1;
        int keyFrom = from + StateRecords.size(key + 1);
        long hash = KeyHash.of(page, keyFrom, key);
        int[] slots = segments[segment(hash)];
        int slot = slots.length == 0 ? 0 : slot(slots, hash, page, keyFrom, key);
        Page before = pages[number];
        if (slots.length > 0 && slots[slot] == ((number << OFFSET_BITS) | (from >>> before.unitBits))) {
            slots[slot] = append(page, from, length);
            before.dead += RecordRoom.of(length);
            garbage += RecordRoom.of(length);
        }
    }

    private void release(int number) {
        Page page = pages[number];
        garbage -= page.dead;
        resized(-page.bytes.length, page.unitBits);
        pages[number] = null;
        freeNumbers.add(number);
    }

    private void resized(int more, int unitBits) {
        pageBytes += more;
        largeBytes += unitBits == RecordRoom.UNIT_BITS ? 0 : more;
        add(more);
    }

    private void add(long more) {
        bytes += more;
    }

    /** The heap gives back what nobody refers to. */
    @Override
    public void close() {
        pages = new Page[0];
        segments = new int[0][];
    }
}
