/**
 * One life of a shard, which decides, queues, applies and answers; its reads; and the host that starts the next life. Here
 * the rooms below are put together and given their executors. It may use all of them.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.shard;

import org.jspecify.annotations.NullMarked;
