/**
 * The states of the operators of one task: a store for each operator that keeps one, in a form that is lean and that a checkpoint can
 * capture, and how far event time has come. Hidden.
 *
 * <p>The lowest hidden room of pipelines: it uses the public package, and that of stores, alone.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.state;

import org.jspecify.annotations.NullMarked;
