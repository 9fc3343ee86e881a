/**
 * Tier 2: chunks and their sections, how they are written, read, checked and kept, and the index of keys in each. It also
 * has the batches of a partition that are still in memory, from which chunks are made. It may use {@code file}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.chunk;

import org.jspecify.annotations.NullMarked;
