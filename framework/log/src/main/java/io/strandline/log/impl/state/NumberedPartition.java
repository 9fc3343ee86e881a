package io.strandline.log.impl.state;

import io.strandline.KeyRange;
import io.strandline.log.impl.chunk.HeldArrays;
import org.jspecify.annotations.Nullable;

/**
 * A partition with what is queued ahead of its applied state. Checks run against this (A3). It only moves forward, because
 * a queued frame either becomes durable or the shard starts again.
 */
final class NumberedPartition extends Partition {

    /** The offset that the next batch gets. */
    long nextOffset;

    /** The newest stamp given. */
    long numberedStamp;

    /** Set when the frame that drops the partition is queued. */
    boolean dropping;

    /** Set when the frame that seals the partition is queued. */
    boolean sealing;

    /** The newest claim that is queued, or null if any writer may append. */
    @Nullable
    Claim numberedClaim;

    /** A partition of one range, which inherits nothing. */
    NumberedPartition(long id, KeyRange keys, HeldArrays memory) {
        this(id, keys, new WriterTable[] {new WriterTable(keys)}, memory);
    }

    NumberedPartition(long id, KeyRange keys, WriterTable[] tables, HeldArrays memory) {
        super(id, keys, tables, memory);
    }

    /** Makes the numbered state what the applied one is, when nothing is queued. */
    void numberedIsApplied() {
        nextOffset = endOffset();
        numberedStamp = lastStamp();
        sealing = sealed();
        numberedClaim = claim();
        for (WriterTable table : tables) {
            table.writers.values().forEach(NumberedEntry::numberedIsApplied);
        }
    }
}
