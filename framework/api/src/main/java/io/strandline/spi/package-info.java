/** What an engine implements, and the formats that engine and application share. */
@NullMarked
package io.strandline.spi;

import org.jspecify.annotations.NullMarked;
