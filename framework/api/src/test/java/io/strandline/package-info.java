/** Tests of names, ranges, formats and codecs. */
@NullMarked
package io.strandline;

import org.jspecify.annotations.NullMarked;
