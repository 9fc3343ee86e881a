/** Shared state under optimistic revisions. */
@NullMarked
package io.strandline.sync;

import org.jspecify.annotations.NullMarked;
