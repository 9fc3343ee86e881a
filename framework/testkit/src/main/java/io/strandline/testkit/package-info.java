/** What Strandline's own tests and its users' tests are written with. */
@NullMarked
package io.strandline.testkit;

import org.jspecify.annotations.NullMarked;
