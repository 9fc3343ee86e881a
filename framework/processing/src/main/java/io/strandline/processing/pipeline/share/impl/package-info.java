/** One member of those that share a pipeline. */
@NullMarked
package io.strandline.processing.pipeline.share.impl;

import org.jspecify.annotations.NullMarked;
