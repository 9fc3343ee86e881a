/** HTTP: connections, exchanges, and how failures are answered. Knows no route. Not for applications. */
@NullMarked
package io.strandline.server.impl.http;

import org.jspecify.annotations.NullMarked;
