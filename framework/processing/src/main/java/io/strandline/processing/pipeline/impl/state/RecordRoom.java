package io.strandline.processing.pipeline.impl.state;

/**
 * The room of a record in the pages of a {@link RecordTable}.
 *
 * <pre>
 *   record            page                    unit
 *   up to 8 KiB       shared, up to 64 KiB    4 bytes
 *   up to 128 KiB     shared, up to 1 MiB     64 bytes
 *   larger            its own                 64 bytes
 * </pre>
 *
 * A record begins at a multiple of the unit, and takes a multiple of it. So an address of few bits reaches all of a page. A record is
 * an eighth of a shared page at most, so that little is left over at the end of one.
 */
final class RecordRoom {

    static final int PAGE_BYTES = 64 << 10;
    static final int LARGE_PAGE_BYTES = 1 << 20;

    static final int SMALL_RECORD_BYTES = PAGE_BYTES / 8;
    static final int LARGE_RECORD_BYTES = LARGE_PAGE_BYTES / 8;

    static final int UNIT_BITS = 2;
    static final int LARGE_UNIT_BITS = 6;

    /** A page, as a number of shares. A byte of a large page is eight of them, because an eighth of the page may be left over. */
    static final long PAGE_SHARES = 7L * LARGE_PAGE_BYTES;

    private RecordRoom() {}

    /** Bytes that a record takes. Records of different units never take the same. */
    static int of(int length) {
        int room = aligned(length, UNIT_BITS);
        return room <= SMALL_RECORD_BYTES ? room : aligned(length, LARGE_UNIT_BITS);
    }

    private static int aligned(int length, int unitBits) {
        int unit = 1 << unitBits;
        return (length + unit - 1) & -unit;
    }

    /** What a record takes of a page at most, in {@link #PAGE_SHARES}. */
    static long shares(int length) {
        int room = of(length);
        if (room > LARGE_RECORD_BYTES) {
            return PAGE_SHARES;
        }
        return room > SMALL_RECORD_BYTES ? 8L * room : 8L * (LARGE_PAGE_BYTES / PAGE_BYTES) * room;
    }
}
