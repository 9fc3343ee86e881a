/** The RxJava twin, over a stream that lives in memory. */
@NullMarked
package io.strandline.rxjava3;

import org.jspecify.annotations.NullMarked;
