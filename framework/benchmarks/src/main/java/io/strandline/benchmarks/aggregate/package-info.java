/** Benchmarks of event-sourced aggregates. */
@NullMarked
package io.strandline.benchmarks.aggregate;

import org.jspecify.annotations.NullMarked;
