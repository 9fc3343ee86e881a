package io.strandline.processing.process.impl;

/**
 * A partition of a source.
 *
 * @param stream full name of the source
 * @param partition id of the partition
 */
record Place(String stream, long partition) {}
