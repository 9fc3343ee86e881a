@NullMarked
package io.strandline.spi;

import org.jspecify.annotations.NullMarked;
