/** What those see who watch a log: figures of its shards, of its disk and of the doors that serve it. */
@NullMarked
package io.strandline.spi.watch;

import org.jspecify.annotations.NullMarked;
