/** Replaceable parts below a shard: disk, time, executors, journal and chunk storage. */
@NullMarked
package io.strandline.log.spi;

import org.jspecify.annotations.NullMarked;
