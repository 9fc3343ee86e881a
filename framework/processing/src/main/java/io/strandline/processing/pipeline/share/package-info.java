/**
 * Pipelines that several members share, in one process or in several. Public: an application joins by {@link
 * io.strandline.processing.pipeline.share.PipelineMember}. Members agree by a {@link io.strandline.sync.StateSync} on who runs what,
 * and the log fences whoever believes otherwise.
 */
@NullMarked
package io.strandline.processing.pipeline.share;

import org.jspecify.annotations.NullMarked;
