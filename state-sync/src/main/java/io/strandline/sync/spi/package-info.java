/**
 * What a store of a synchronizer implements, and {@link io.strandline.sync.spi.RevisionHistory}, which decides for stores
 * that keep a name as one value.
 */
@NullMarked
package io.strandline.sync.spi;

import org.jspecify.annotations.NullMarked;
