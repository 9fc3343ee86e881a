/**
 * Questions for the state of a pipeline from elsewhere, over the event bus. Hidden.
 *
 * <p>It uses {@code handover} and the public package. The deployment of a pipeline answers by it, and members that share one ask.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.question;

import org.jspecify.annotations.NullMarked;
