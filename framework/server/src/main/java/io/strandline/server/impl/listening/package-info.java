/** Where doors over connections listen: several event loops, their connections from before the handshake on, the drain, and renewed certificates. */
@org.jspecify.annotations.NullMarked
package io.strandline.server.impl.listening;
