/**
 * Events that a pipeline has passed over and keeps in a stream: their form, what becomes of them, and how an event is read as it was
 * written. Hidden.
 *
 * <p>It uses {@code state} and the public package.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.parking;

import org.jspecify.annotations.NullMarked;
