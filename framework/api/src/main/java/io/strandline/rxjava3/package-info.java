/** The log for RxJava 3: the same calls, lazy, with back-pressure. Options are copied at once, not when a call is subscribed to. */
@NullMarked
package io.strandline.rxjava3;

import org.jspecify.annotations.NullMarked;
