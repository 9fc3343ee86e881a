package io.strandline.log.impl.chunk;

import io.strandline.internal.LittleEndian;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The pages of one section as they are written. Each has the checksum of its bytes, and the place of the first event that
 * begins in it. So one event can be read and checked without the rest of its block. {@link ChunkFormat} defines the
 * bytes.
 *
 * <p>Pages begin where the file's position is a multiple of their size, so that one page here is one page of the storage.
 * The first and the last page of a section are shorter, unless the section happens to fit.
 */
final class PageTable {

    static final int PAGE_BITS = 12;
    static final int PAGE_BYTES = 1 << PAGE_BITS;

    static final int ENTRY_CRC = 0;
    static final int ENTRY_EVENT = 4;
    static final int ENTRY_PLACE = 8;
    static final int ENTRY_BATCH_REST = 12;
    static final int ENTRY_STAMP = 16;
    static final int ENTRY_BYTES = 24;

    /** Place of a page in which no event begins. */
    static final int NO_PLACE = -1;

    /** Added to the place of a page in which a compressed batch begins. */
    static final int COMPRESSED_BATCH = 1 << 16;

    /** Added to a place where a compressed batch begins, and not a record. */
    static final int COMPRESSED_FIRST = 1 << 17;

    private final CRC32C crc = new CRC32C();
    private byte[] entries = new byte[64 * ENTRY_BYTES];
    private long position;
    private long pageEnd;

    /** Pages whose checksum is complete. */
    private int summed;

    /** Pages whose first event is known. */
    private int placed;

    private long firstPagePosition;

    /** An event that begins here or later is the first of a page. */
    private long nextPlace;

    /** Begins a section whose first block is at this position in the file. */
    void begin(long dataPosition) {
        position = dataPosition;
        firstPagePosition = dataPosition & -PAGE_BYTES;
        pageEnd = firstPagePosition + PAGE_BYTES;
        summed = 0;
        placed = 0;
        nextPlace = firstPagePosition;
        crc.reset();
    }

    /** True if an event that begins at this position has to be told to {@link #place}. */
    boolean isFirstOfPage(long at) {
        return at >= nextPlace;
    }

    /**
     * Says where an event begins that is the first of its page.
     *
     * @param event its distance from the first event of the section
     * @param batchRest bytes from there to the end of its batch
     * @param stamp stamp of its batch
     */
    void place(long at, int event, int batchRest, long stamp) {
        int page = (int) ((at - firstPagePosition) >>> PAGE_BITS);
        placeNone(page, event);
        int entry = page * ENTRY_BYTES;
        LittleEndian.putInt(entries, entry + ENTRY_EVENT, event);
        LittleEndian.putInt(entries, entry + ENTRY_PLACE, (int) (at & (PAGE_BYTES - 1)));
        LittleEndian.putInt(entries, entry + ENTRY_BATCH_REST, batchRest);
        LittleEndian.putLong(entries, entry + ENTRY_STAMP, stamp);
        placed = page + 1;
        nextPlace = firstPagePosition + ((long) placed << PAGE_BITS);
    }

    /**
     * Says where a compressed batch begins. Its events stand nowhere by themselves: they begin and end with it.
     *
     * @param event the first of them, by its distance from the first of the section
     * @param length bytes of the batch
     * @param stamp its stamp
     */
    void placeCompressed(long at, int event, int length, long stamp) {
        int page = (int) ((at - firstPagePosition) >>> PAGE_BITS);
        int flags = COMPRESSED_BATCH;
        if (isFirstOfPage(at)) {
            place(at, event, length, stamp);
            flags |= COMPRESSED_FIRST;
        }
        int place = page * ENTRY_BYTES + ENTRY_PLACE;
        LittleEndian.putInt(entries, place, LittleEndian.getInt(entries, place) | flags);
    }

    /** No event begins in the pages before this one that have none yet. The next event is {@code event}. */
    private void placeNone(int page, int event) {
        ensure(page + 1);
        for (; placed < page; placed++) {
            int entry = placed * ENTRY_BYTES;
            LittleEndian.putInt(entries, entry + ENTRY_EVENT, event);
            LittleEndian.putInt(entries, entry + ENTRY_PLACE, NO_PLACE);
            LittleEndian.putInt(entries, entry + ENTRY_BATCH_REST, 0);
            LittleEndian.putLong(entries, entry + ENTRY_STAMP, 0);
        }
    }

    /** Takes the next bytes of the section. */
    void written(byte[] bytes, int from, int length) {
        int at = from;
        int end = from + length;
        while (at < end) {
            int piece = (int) Math.min(end - at, pageEnd - position);
            crc.update(bytes, at, piece);
            at += piece;
            position += piece;
            if (position == pageEnd) {
                sum();
            }
        }
    }

    private void sum() {
        ensure(summed + 1);
        LittleEndian.putInt(entries, summed * ENTRY_BYTES + ENTRY_CRC, (int) crc.getValue());
        crc.reset();
        summed++;
        pageEnd += PAGE_BYTES;
    }

    /** Ends the section, which has so many events, and returns the number of its pages. */
    int finish(int events) {
        if (position > pageEnd - PAGE_BYTES) {
            sum();
        }
        placeNone(summed, events);
        return summed;
    }

    /** Copies the entries of a finished section. */
    void copyTo(byte[] to, int at) {
        System.arraycopy(entries, 0, to, at, summed * ENTRY_BYTES);
    }

    private void ensure(int pages) {
        if (pages * ENTRY_BYTES > entries.length) {
            entries = Arrays.copyOf(entries, Math.max(entries.length * 2, Math.multiplyExact(pages, ENTRY_BYTES)));
        }
    }
}
