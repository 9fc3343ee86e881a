/**
 * How callers are authenticated, what they are permitted, and what is noted of it: the one gate of all doors. Not for applications.
 */
@NullMarked
package io.strandline.server.impl.security;

import org.jspecify.annotations.NullMarked;
