/**
 * Readers: of a stream by demand, and of the history of a key. Hidden.
 *
 * <p>It uses the public packages and {@code spi}, and no writer.
 */
@NullMarked
package io.strandline.impl.reader;

import org.jspecify.annotations.NullMarked;
