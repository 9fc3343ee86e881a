/** The server side of the TCP protocol. Not for applications. */
@NullMarked
package io.strandline.server.impl;

import org.jspecify.annotations.NullMarked;
