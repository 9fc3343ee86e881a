/**
 * How the state of a shard changes other than by events, as bytes: control records, journal checkpoints, and the recovery
 * that reads both. It may use {@code state} and {@code chunk}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.control;

import org.jspecify.annotations.NullMarked;
