/**
 * What a shard knows: its partitions and their writers, the catalog, the transactions. {@code ShardState} is what durable
 * frames made. {@code Numbering} decides against what is queued too. A partition and a writer's entry have a type for each,
 * {@code Partition} and {@code NumberedPartition}, and only this package has the second one. Nothing here waits, writes or calls back. It may use
 * {@code chunk}.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.state;

import org.jspecify.annotations.NullMarked;
