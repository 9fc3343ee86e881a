/** Processing for RxJava 3: the same calls, lazy. Options are copied at once, not when a call is subscribed to. */
@NullMarked
package io.strandline.processing.rxjava3;

import org.jspecify.annotations.NullMarked;
