/**
 * What moves the state of a shard out of memory and keeps what is stored small: the flush to chunks, compaction, and
 * journal checkpoints. It sees the shard as {@code FlushedShard}. It may use {@code control}, {@code state} and
 * {@code chunk}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.flush;

import org.jspecify.annotations.NullMarked;
