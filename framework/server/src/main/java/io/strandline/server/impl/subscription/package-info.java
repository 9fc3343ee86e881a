/** Events that are pushed to clients as far as their credit reaches, whatever the door. Not for applications. */
@NullMarked
package io.strandline.server.impl.subscription;

import org.jspecify.annotations.NullMarked;
