/**
 * Tells whether a recorded history of concurrent calls could have happened on one register, one call after the other: {@link
 * io.strandline.testkit.linearizability.LinearizabilityChecker}.
 */
@NullMarked
package io.strandline.testkit.linearizability;

import org.jspecify.annotations.NullMarked;
