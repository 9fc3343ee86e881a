package io.strandline.log.impl.chunk;

/** Names of new chunks. The flush and the compaction of a shard share them. */
public final class ChunkNames {

    private final int epoch;
    private long next = 1;

    /** @param epoch epoch of the owner that writes the chunks */
    public ChunkNames(int epoch) {
        this.epoch = epoch;
    }

    /** A name that was never given. */
    public ChunkId next() {
        return new ChunkId(epoch, next++);
    }
}
