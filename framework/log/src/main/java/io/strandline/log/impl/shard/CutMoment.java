package io.strandline.log.impl.shard;

/**
 * The moment at which a copy of all shards ends. What was forced before it is in the copy, and nothing else is.
 *
 * <p>A shard looks at it after a force and before anything can follow from that force. So if something that another shard
 * forced follows from it and is in the copy, it is in the copy too: the copy is what a power failure at that moment would have
 * left. No shard waits for another.
 */
public final class CutMoment {

    private volatile boolean passed;

    /** Ends the copy. Called once, from any thread. */
    public void pass() {
        passed = true;
    }

    boolean hasPassed() {
        return passed;
    }
}
