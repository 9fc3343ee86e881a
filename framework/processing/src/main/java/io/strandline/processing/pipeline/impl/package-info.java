/**
 * One run of a pipeline: the verticle that deploys the tasks, takes checkpoints and moves state after a scaling, and
 * the deletion of what a pipeline left. Hidden.
 *
 * <p>The highest room of pipelines: it uses {@code handover}, {@code task}, {@code checkpoint} and the public package, and none of them
 * uses it.
 */
@NullMarked
package io.strandline.processing.pipeline.impl;

import org.jspecify.annotations.NullMarked;
