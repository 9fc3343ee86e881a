/**
 * Processes: they react to events of one or several streams, keep a state by key, send commands to aggregates, and set timers.
 *
 * <p>{@link io.strandline.processing.process.Process} defines one, {@link io.strandline.processing.process.Processes} runs it on a
 * log. What does so is hidden in {@code impl} and found by {@link io.strandline.processing.process.ProcessProvider}.
 */
@NullMarked
package io.strandline.processing.process;

import org.jspecify.annotations.NullMarked;
