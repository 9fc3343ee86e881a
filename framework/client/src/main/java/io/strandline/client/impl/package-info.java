/** The client of the TCP protocol. Not for applications. */
@NullMarked
package io.strandline.client.impl;

import org.jspecify.annotations.NullMarked;
