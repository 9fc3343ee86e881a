/**
 * What somebody implements who keeps the snapshots of pipelines in another place than files. Public for such
 * implementations. The rules are tried by {@code CheckpointStoreRules} of the test kit.
 */
@NullMarked
package io.strandline.processing.pipeline.spi;

import org.jspecify.annotations.NullMarked;
