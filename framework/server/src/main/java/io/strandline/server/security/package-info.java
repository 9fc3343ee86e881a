/** Who calls a served log, and what the caller may do. */
@NullMarked
package io.strandline.server.security;

import org.jspecify.annotations.NullMarked;
