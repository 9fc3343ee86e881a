/** Side-by-side runs of Strandline and its peers. */
@NullMarked
package io.strandline.benchmarks;

import org.jspecify.annotations.NullMarked;
