/**
 * What somebody implements who keeps the snapshots of pipelines in another place than files ({@link
 * io.strandline.processing.pipeline.spi.CheckpointStore}), or the states of a run in another place than its heap ({@link
 * io.strandline.processing.pipeline.spi.StateTable}). Public for such implementations. The rules are tried by {@code
 * CheckpointStoreRules} and {@code StateTableRules} of the test kit.
 */
@NullMarked
package io.strandline.processing.pipeline.spi;

import org.jspecify.annotations.NullMarked;
