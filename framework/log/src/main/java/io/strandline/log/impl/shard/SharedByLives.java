package io.strandline.log.impl.shard;

import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.ParcelArrays;

/**
 * What all lives of a shard have in common.
 *
 * @param environment everything outside the log
 * @param limits of the log
 * @param shardCount shards of the log, which share some limits
 * @param chunks of the shard
 * @param chunkReader reads them
 * @param parcelArrays arrays for parcels of the shard
 * @param calls what it calls in the rest of the log
 */
record SharedByLives(
        Environment environment,
        ShardLimits limits,
        int shardCount,
        ChunkStorage chunks,
        ChunkReader chunkReader,
        ParcelArrays parcelArrays,
        ShardCalls calls) {}
