package io.strandline.spi.backup;

/**
 * A copy of a whole log as of one moment. A directory of backups holds one or more of one log.
 *
 * @param name its name in the directory of backups: the time of the moment. Names sort by time
 * @param stampMillis the moment, in milliseconds since 1970 by the clock of the log's machine
 * @param files number of files
 * @param bytes length of all its files in bytes, those included that it shares with other points
 * @param copiedBytes bytes that had to be copied when it was made
 */
public record BackupPoint(String name, long stampMillis, int files, long bytes, long copiedBytes) {}
