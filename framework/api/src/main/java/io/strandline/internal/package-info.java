/**
 * The lowest room of the framework: what its modules share and no application imports. It uses nothing of Strandline, so
 * every other package may use it.
 */
@NullMarked
package io.strandline.internal;

import org.jspecify.annotations.NullMarked;
