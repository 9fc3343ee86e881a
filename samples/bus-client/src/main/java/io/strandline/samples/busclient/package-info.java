/** A stream of temperatures, appended by a verticle that embeds nothing and shown by a page in a browser. */
@NullMarked
package io.strandline.samples.busclient;

import org.jspecify.annotations.NullMarked;
