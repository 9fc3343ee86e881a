/** What an application calls: interfaces, records and options, without an engine. */
@NullMarked
package io.strandline;

import org.jspecify.annotations.NullMarked;
