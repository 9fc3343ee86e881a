/**
 * What a log does for other processes: the table of its operations, each with its request, reply, right and failures. Every
 * door renders this table. For the doors of Strandline, not for applications.
 */
@NullMarked
package io.strandline.client.operation;

import org.jspecify.annotations.NullMarked;
