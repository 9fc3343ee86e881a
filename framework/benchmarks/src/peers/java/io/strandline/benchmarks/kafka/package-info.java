/** Apache Kafka as a peer: a broker of its own JVM in KRaft mode, durable as by default (no fsync). */
@NullMarked
package io.strandline.benchmarks.kafka;

import org.jspecify.annotations.NullMarked;
