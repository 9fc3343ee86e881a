/**
 * Pravega as a peer, durable as its deployments are: a bookie that acknowledges after fsync below its segment store. Its JVMs run on a
 * class path of their own, see {@link io.strandline.benchmarks.pravega.PravegaJvm}.
 */
@NullMarked
package io.strandline.benchmarks.pravega;

import org.jspecify.annotations.NullMarked;
