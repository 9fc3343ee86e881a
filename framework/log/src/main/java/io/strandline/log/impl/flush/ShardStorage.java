package io.strandline.log.impl.flush;

import io.strandline.log.impl.chunk.ChunkNames;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Journal;
import java.util.concurrent.Executor;

/**
 * Where one life of a shard keeps what it has, for the tasks that move it from one place to the next.
 *
 * @param shard that life
 * @param state its applied state
 * @param journal its journal
 * @param chunks its chunks
 * @param names of the chunks that this life writes
 * @param encoder encodes what needs not be encoded on the shard's executor
 * @param clock time
 */
public record ShardStorage(
        FlushedShard shard,
        ShardState state,
        Journal journal,
        ChunkStorage chunks,
        ChunkNames names,
        Executor encoder,
        Clock clock) {}
