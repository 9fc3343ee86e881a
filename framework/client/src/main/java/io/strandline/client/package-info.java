/** A log in another process: the options of a client, which {@code Strandline.open(vertx, "tcp://host:port", options)} takes. */
@NullMarked
package io.strandline.client;

import org.jspecify.annotations.NullMarked;
