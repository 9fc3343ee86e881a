/**
 * Tier 1: the write-ahead log of one shard. Frames are queued, written in groups, forced, and found again after a crash.
 * The room knows frames and files, and neither batches nor partitions. It may use {@code file}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.journal;

import org.jspecify.annotations.NullMarked;
