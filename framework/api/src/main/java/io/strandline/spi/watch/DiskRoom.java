package io.strandline.spi.watch;

/**
 * Room of the disk of a log, in bytes. Others may use it too.
 *
 * @param freeBytes what can still be written, or {@link #NOT_KNOWN}
 * @param totalBytes size of the disk, or {@link #NOT_KNOWN}
 */
public record DiskRoom(long freeBytes, long totalBytes) {

    public static final long NOT_KNOWN = -1;

    /** That of a log whose disk is elsewhere, or does not tell. */
    public static final DiskRoom UNKNOWN = new DiskRoom(NOT_KNOWN, NOT_KNOWN);
}
