/** What stands below a shard and can be replaced: disk, time, executors, journal and chunk storage. */
@NullMarked
package io.strandline.log.spi;

import org.jspecify.annotations.NullMarked;
