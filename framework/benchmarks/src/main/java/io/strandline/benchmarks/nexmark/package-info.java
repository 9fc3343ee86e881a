/**
 * Queries of the Nexmark benchmark for systems of streams, about an auction house: generator and queries are written after its
 * description.
 */
@NullMarked
package io.strandline.benchmarks.nexmark;

import org.jspecify.annotations.NullMarked;
