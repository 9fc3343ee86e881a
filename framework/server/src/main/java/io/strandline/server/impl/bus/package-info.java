/** The server on the event bus. Not for applications. */
@NullMarked
package io.strandline.server.impl.bus;

import org.jspecify.annotations.NullMarked;
