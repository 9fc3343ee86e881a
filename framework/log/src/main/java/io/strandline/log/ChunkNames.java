package io.strandline.log;

/** Names of new chunks; the flush and the compaction of a shard share them. */
final class ChunkNames {

    private final int epoch;
    private long next = 1;

    /** @param epoch epoch of the owner that writes the chunks */
    ChunkNames(int epoch) {
        this.epoch = epoch;
    }

    /** A name that was never given. */
    ChunkId next() {
        return new ChunkId(epoch, next++);
    }
}
