/** The sides of Apache Flink, compiled with the Maven profile {@code peers} only. */
@NullMarked
package io.strandline.benchmarks.flink;

import org.jspecify.annotations.NullMarked;
