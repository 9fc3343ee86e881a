/**
 * What a right log may and may not answer: models of streams, partitions, retention and transactions that know everything the
 * simulated clients sent, and the invariants that are checked against them.
 */
@NullMarked
package io.strandline.testkit.simulation.model;

import org.jspecify.annotations.NullMarked;
