/** Parts of a writer, each tested by itself. */
@NullMarked
package io.strandline.impl.writer;

import org.jspecify.annotations.NullMarked;
