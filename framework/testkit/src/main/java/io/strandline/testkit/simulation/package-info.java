/**
 * Runs a whole log over a simulated disk, clock and scheduler, cuts the power, and checks what the log promises against
 * a model of it.
 */
@NullMarked
package io.strandline.testkit.simulation;

import org.jspecify.annotations.NullMarked;
