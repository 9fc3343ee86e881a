/**
 * The way of one partition to its handler: the reader of the log, positions, failing and parked events, and what
 * members share to do so. Hidden.
 *
 * <p>It uses {@code state} and the public package.
 */
@NullMarked
package io.strandline.processing.group.impl.feed;

import org.jspecify.annotations.NullMarked;
