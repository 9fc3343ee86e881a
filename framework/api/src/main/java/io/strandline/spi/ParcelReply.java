package io.strandline.spi;

import io.strandline.StrandlineException;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of each batch of a parcel, in their order.
 *
 * <p>For an accepted batch {@link #offset} is the offset of its first event. For a duplicate it is the offset of the
 * newest event of the writer in that slot, and {@link #partition} tells the partition that holds that event.
 */
public final class ParcelReply {

    private final long[] offsets;
    private final boolean @Nullable [] duplicates;
    private final long @Nullable [] holders;
    private final @Nullable StrandlineException @Nullable [] refusals;

    /**
     * @param duplicates null if no batch was a duplicate
     * @param refusals null if no batch was refused
     */
    public ParcelReply(
            long[] offsets, boolean @Nullable [] duplicates, @Nullable StrandlineException @Nullable [] refusals) {
        this(offsets, duplicates, null, refusals);
    }

    /**
     * @param duplicates null if no batch was a duplicate
     * @param holders ids of the partitions that hold the duplicates. Null if each is in the partition of its batch
     * @param refusals null if no batch was refused
     */
    public ParcelReply(
            long[] offsets,
            boolean @Nullable [] duplicates,
            long @Nullable [] holders,
            @Nullable StrandlineException @Nullable [] refusals) {
        this.offsets = offsets;
        this.duplicates = duplicates;
        this.holders = holders;
        this.refusals = refusals;
    }

    public int batches() {
        return offsets.length;
    }

    public long offset(int batch) {
        return offsets[batch];
    }

    public boolean duplicate(int batch) {
        return duplicates != null && duplicates[batch];
    }

    /**
     * For a duplicate the id of the partition that holds the newest event of the writer: that of the batch, or a sealed one
     * that it took over from. 0 if the reply does not tell: then it is that of the batch.
     */
    public long partition(int batch) {
        return holders == null ? 0 : holders[batch];
    }

    /** Why the batch was refused, or null if it is in the log. */
    public @Nullable StrandlineException refusal(int batch) {
        return refusals == null ? null : refusals[batch];
    }

    /** True if every batch was newly accepted. */
    public boolean allAccepted() {
        return duplicates == null && refusals == null;
    }
}
