package io.strandline.spi;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StreamDescription;
import io.strandline.WriterOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Admission of a writer.
 *
 * @param stream the stream with its partitions
 * @param writer number of the writer in the log, stamped into its batches
 * @param epoch generation of the writer, 1 or more
 * @param claimGeneration generation of its claim, see {@link WriterOptions#setClaimGeneration}. 0 if it claims nothing
 * @param slots where it may write, in ascending order of their key ranges without a gap, which cover all keys. For an
 *     exclusive stream, the slots of the partition that it claimed
 */
public record WriterGrant(StreamDescription stream, long writer, int epoch, long claimGeneration, List<Slot> slots) {

    public WriterGrant {
        slots = List.copyOf(slots);
    }

    /** Admission of a writer that claims nothing. */
    public WriterGrant(StreamDescription stream, long writer, int epoch, List<Slot> slots) {
        this(stream, writer, epoch, 0, slots);
    }

    /**
     * A range of keys for which a partition remembers each writer's last sequence separately. A partition has one, or
     * several after a merge, because each of its parents knew its own. A claim has one of all keys. A batch holds events of one
     * slot.
     *
     * @param partition the partition
     * @param range index of the slot in its partition, from 0, stamped into batches
     * @param keys hashes of its routing keys
     * @param last what the writer wrote there last, or null if nothing is known of it
     */
    public record Slot(
            PartitionDescription partition,
            int range,
            KeyRange keys,
            @Nullable LastWritten last) {}

    /**
     * What a writer wrote last in a slot, in its partition or in one that the partition succeeded.
     *
     * @param sequence its number
     * @param partition id of the partition that holds that event
     * @param offset offset of that event
     * @param digest digest of all that it wrote there, {@link RunningDigest#NONE} if none was kept
     */
    public record LastWritten(Sequence sequence, long partition, long offset, long digest) {}
}
