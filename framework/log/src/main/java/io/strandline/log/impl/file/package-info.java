/**
 * Where a log lives: its disk, in files or in memory, the lock of its data directory, and what the log was created with. It
 * uses nothing but {@code log.spi}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.file;

import org.jspecify.annotations.NullMarked;
