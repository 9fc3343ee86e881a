/** A shop: transactions, a reader group, and a stream that scales under both. */
@NullMarked
package io.strandline.samples.orders;

import org.jspecify.annotations.NullMarked;
