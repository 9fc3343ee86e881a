/**
 * What runs the operators of one task: one event goes through them in one call, and each operator with state keeps a store
 * that a checkpoint can capture. The room knows no log, no context of Vert.x and no clock.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.operator;

import org.jspecify.annotations.NullMarked;
