/** Copies of a log: which log it is, what belongs to a copy, and how far one is. */
@NullMarked
package io.strandline.spi.backup;

import org.jspecify.annotations.NullMarked;
