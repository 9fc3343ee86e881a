package io.strandline.log.impl.backup;

/**
 * What a file holds.
 *
 * @param bytes its length
 * @param crc32c checksum of all its bytes
 */
record Content(long bytes, int crc32c) {}
