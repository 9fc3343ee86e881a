/** What a served log does for each operation of the table, whatever the door. Not for applications. */
@NullMarked
package io.strandline.server.impl.operation;

import org.jspecify.annotations.NullMarked;
