/** Benchmarks of the state synchronizer. */
@NullMarked
package io.strandline.benchmarks.sync;

import org.jspecify.annotations.NullMarked;
