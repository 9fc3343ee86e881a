package io.strandline.processing.group.impl.feed;

/**
 * What a feed tells its reader. Everything happens on its context.
 *
 * @param <F> the feed
 */
public interface FeedOwner<F> {

    /** Bytes that one partition may read ahead. */
    int readAheadBytes();

    /** Positions should be committed now. */
    void commitSoon();

    /** The group knows that the partition was read to its end. */
    void finished(F feed);

    /** The partition is this reader's no longer. */
    void lost(F feed);

    /** Another reader should have the partition. */
    void handOver(F feed);

    /** The reader cannot go on. */
    void fail(Throwable cause);
}
