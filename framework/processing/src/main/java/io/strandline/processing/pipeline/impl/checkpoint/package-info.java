/**
 * What a pipeline keeps: the stream of its checkpoints, the snapshot files, what a restart finds in both, the
 * position that holds retention, and the writers that are done. Hidden.
 *
 * <p>The lowest hidden room of pipelines: it uses the public package alone.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.checkpoint;

import org.jspecify.annotations.NullMarked;
