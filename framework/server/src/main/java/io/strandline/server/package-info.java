/** The doors of a log: {@link io.strandline.server.StrandlineServer} lets other processes use a log that is open here. */
@NullMarked
package io.strandline.server;

import org.jspecify.annotations.NullMarked;
