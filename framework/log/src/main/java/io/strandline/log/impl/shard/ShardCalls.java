package io.strandline.log.impl.shard;

import io.strandline.log.impl.transaction.PartTarget;

/**
 * What a shard calls in the rest of its log.
 *
 * @param parts takes the parts of transactions whose home is the shard
 * @param recovered called on the shard's executor whenever the shard serves again after a failure
 * @param chunksAdded called there whenever events were moved to chunks
 */
public record ShardCalls(PartTarget parts, Runnable recovered, Runnable chunksAdded) {}
