package io.strandline.processing.group.impl.feed;

/** What a feed tells its reader. Everything happens on its context. */
public interface FeedOwner<E> {

    /** Bytes that one partition may read ahead. */
    int readAheadBytes();

    /** Positions should be committed now. */
    void commitSoon();

    /** The group knows that the partition was read to its end. */
    void finished(PartitionFeed<E> feed);

    /** The partition is this reader's no longer. */
    void lost(PartitionFeed<E> feed);

    /** Another reader should have the partition. */
    void handOver(PartitionFeed<E> feed);

    /** The reader cannot go on. */
    void fail(Throwable cause);
}
