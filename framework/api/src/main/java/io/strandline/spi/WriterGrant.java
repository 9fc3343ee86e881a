package io.strandline.spi;

import io.strandline.Sequence;
import io.strandline.StreamDescription;
import java.util.Map;

/**
 * Admission of a writer.
 *
 * @param stream the stream with its partitions
 * @param writer number of the writer in the log, stamped into its batches
 * @param epoch generation of the writer, 1 or more
 * @param last partition id → what this writer wrote there last; partitions that it never wrote to are missing
 */
public record WriterGrant(StreamDescription stream, long writer, int epoch, Map<Long, LastWritten> last) {

    /**
     * What a writer wrote last in a partition.
     *
     * @param sequence its number
     * @param offset offset of that event
     * @param digest digest of all that it wrote there, {@link RunningDigest#NONE} if none was kept
     */
    public record LastWritten(Sequence sequence, long offset, long digest) {}
}
