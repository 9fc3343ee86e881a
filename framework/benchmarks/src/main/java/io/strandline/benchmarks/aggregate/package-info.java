/** Benchmarks of event-sourced aggregates and of the processes between them. */
@NullMarked
package io.strandline.benchmarks.aggregate;

import org.jspecify.annotations.NullMarked;
