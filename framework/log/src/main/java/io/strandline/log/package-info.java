/**
 * The embedded engine: it runs inside the application's JVM, and no broker. This package has what an application or {@link
 * java.util.ServiceLoader} names: the engines, their options, the log over any environment, and the verifier. What makes
 * them is hidden in the rooms of {@code impl}, which form floors: file, then journal and chunk, state, control, flush and
 * transaction, shard, catalog. No room uses one above it.
 *
 * <p>Unit tests of one class are in this module. Tests that need a simulated disk, clock or scheduler are in the module
 * {@code testkit}, in the packages of what they test: the simulation stands on this module, and Maven allows no circle.
 */
@NullMarked
package io.strandline.log;

import org.jspecify.annotations.NullMarked;
