/** The embedded engine: it runs inside the application's JVM, and no broker. */
@NullMarked
package io.strandline.log;

import org.jspecify.annotations.NullMarked;
