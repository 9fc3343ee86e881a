/** The log measured: appending, acknowledging, reading and recovering, embedded in the application's JVM. */
@NullMarked
package io.strandline.benchmarks.log;

import org.jspecify.annotations.NullMarked;
