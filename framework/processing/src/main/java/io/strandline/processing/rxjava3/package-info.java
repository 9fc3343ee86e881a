/** Pipelines for RxJava 3: the same calls, lazy. */
@NullMarked
package io.strandline.processing.rxjava3;

import org.jspecify.annotations.NullMarked;
