/** Benchmarks of projections into a database. */
@NullMarked
package io.strandline.benchmarks.projection;

import org.jspecify.annotations.NullMarked;
