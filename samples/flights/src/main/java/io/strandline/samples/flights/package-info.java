/** A sample application over records of real flights. */
@NullMarked
package io.strandline.samples.flights;

import org.jspecify.annotations.NullMarked;
