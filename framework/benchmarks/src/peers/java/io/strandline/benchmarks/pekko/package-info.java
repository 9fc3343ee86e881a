/** The sides of Apache Pekko, compiled with the Maven profile {@code peers} only. */
@NullMarked
package io.strandline.benchmarks.pekko;

import org.jspecify.annotations.NullMarked;
