/** Benchmarks of reader groups. */
@NullMarked
package io.strandline.benchmarks.group;

import org.jspecify.annotations.NullMarked;
