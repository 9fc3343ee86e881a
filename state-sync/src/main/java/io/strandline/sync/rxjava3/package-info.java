/** The state synchronizer for RxJava 3: the same calls, lazy, with back-pressure. */
@NullMarked
package io.strandline.sync.rxjava3;

import org.jspecify.annotations.NullMarked;
