/** A sample application: three JVMs keep one seat map. */
@NullMarked
package io.strandline.samples.sharedstate;

import org.jspecify.annotations.NullMarked;
