/**
 * Applications that use the writers of the API over a simulated log: their event loops run on the simulation's scheduler and
 * in its time, and what lies between them and the log delays, loses and repeats calls and answers by seed.
 */
@NullMarked
package io.strandline.testkit.simulation.client;

import org.jspecify.annotations.NullMarked;
