/** Benchmarks of what a log goes through: months of events, restarts, crashes, retention. */
@NullMarked
package io.strandline.benchmarks.log.life;

import org.jspecify.annotations.NullMarked;
