/**
 * TLS of clients and servers: what files hold, as Vert.x wants it, and a look at them from time to time. For the doors of
 * Strandline, not for applications.
 */
@NullMarked
package io.strandline.client.tls;

import org.jspecify.annotations.NullMarked;
