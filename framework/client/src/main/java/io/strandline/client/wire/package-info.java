/**
 * The bytes between a client and a server: frames, greetings, and the numbers and texts that messages consist of. For the
 * doors of Strandline, not for applications.
 */
@NullMarked
package io.strandline.client.wire;

import org.jspecify.annotations.NullMarked;
