package io.strandline.processing.group.impl.feed;

import io.strandline.StreamName;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;

/** A partition that a reader has, as those see it who decide on its events. Its text says where it is read. */
public interface HeldPartition {

    StreamName stream();

    /** What the group knew of the partition when the reader got it. */
    PartitionState known();

    /** Generation of the group when the reader got the partition. */
    long generation();

    /** How far the reader has come, events in flight not counted. */
    Progress progress();

    /** The group knows this position now. */
    void committed(long offset);

    /** True if the partition is another reader's. */
    boolean isLost();
}
