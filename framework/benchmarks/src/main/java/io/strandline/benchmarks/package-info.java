/**
 * Side-by-side measurements: every figure that the project publishes comes from a run of this module.
 *
 * <p>{@code Main} runs one {@code Benchmark} by name. A benchmark measures each {@link io.strandline.benchmarks.Side} in a
 * JVM of its own, in an empty directory, in turn with the others, and compares the medians of the rounds with its bars.
 * Each side generates the same events, is measured by the same {@link io.strandline.benchmarks.Window}, and is charged
 * with the CPU of all its processes.
 */
@NullMarked
package io.strandline.benchmarks;

import org.jspecify.annotations.NullMarked;
