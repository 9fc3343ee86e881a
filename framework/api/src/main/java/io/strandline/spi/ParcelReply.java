package io.strandline.spi;

import io.strandline.StrandlineException;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of each batch of a parcel, in their order.
 *
 * <p>For an accepted batch {@link #offset} is the offset of its first event. For a duplicate it is the offset of the
 * newest event of the writer in that partition.
 */
public final class ParcelReply {

    private final long[] offsets;
    private final boolean @Nullable [] duplicates;
    private final @Nullable StrandlineException @Nullable [] refusals;

    /**
     * @param duplicates null if no batch was a duplicate
     * @param refusals null if no batch was refused
     */
    public ParcelReply(
            long[] offsets, boolean @Nullable [] duplicates, @Nullable StrandlineException @Nullable [] refusals) {
        this.offsets = offsets;
        this.duplicates = duplicates;
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

    /** Why the batch was refused, or null if it is in the log. */
    public @Nullable StrandlineException refusal(int batch) {
        return refusals == null ? null : refusals[batch];
    }

    /** True if every batch was newly accepted. */
    public boolean allAccepted() {
        return duplicates == null && refusals == null;
    }
}
