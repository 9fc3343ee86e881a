package io.strandline.log.spi;

/** Runs something later. */
public interface Timers {

    /**
     * Runs the task once on the executor of a shard.
     *
     * @param shard index of the shard
     * @param delayMillis 1 or more
     */
    void after(int shard, long delayMillis, Runnable task);
}
