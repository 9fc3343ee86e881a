package io.strandline.spi;

import io.strandline.Headers;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a batch, plain or compressed, holds what its header says: so many whole records up to its last byte, each
 * within the limits of keys and headers. A batch that passes can be read to its end by everybody. For one thread.
 */
public final class BatchStructure {

    private final Batch.Records records = new Batch.Records();

    /**
     * Checks the records of a batch in which {@link Batch#defect} has found nothing.
     *
     * @return null, or what is wrong with it
     * @throws StrandlineException.Invalid if the batch is compressed, and what decompresses it is not on the class path
     */
    public @Nullable String defect(byte[] bytes, int at) {
        try {
            records.reset(bytes, at);
            while (records.hasNext()) {
                records.next();
                if (records.keyLength() > Limits.MAX_KEY_BYTES) {
                    return "event " + records.offset() + " has a routing key of " + records.keyLength()
                            + " bytes, the limit is " + Limits.MAX_KEY_BYTES;
                }
                if (records.headersLength() > 0) {
                    Headers.decode(records.bytes(), records.headersFrom(), records.headersLength());
                }
            }
        } catch (StrandlineException.Corrupt e) {
            return e.getMessage();
        } catch (IndexOutOfBoundsException e) {
            return "malformed batch: record past its end after offset " + records.offset();
        }
        int left = records.bytesLeft();
        return left == 0 ? null : left + " bytes after the last of " + Batch.count(bytes, at) + " records of the batch";
    }
}
