/**
 * Transactions: what they write, and their calls, which are repeated until the log has confirmed them. Hidden.
 *
 * <p>It uses the public packages and {@code spi}.
 */
@NullMarked
package io.strandline.impl.transaction;

import org.jspecify.annotations.NullMarked;
