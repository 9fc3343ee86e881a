package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.log.TransactionRecord.Written;
import io.strandline.spi.Batch;
import io.strandline.spi.WriterGrant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How large the parts of one transaction in one stream are: what falls into a partition is appended as a whole, so it
 * must fit into a batch (X3).
 */
final class PartSizes {

    private final WriterGrant grant;
    private final PartRoute route;
    private final String transaction;
    private final int batchLimit;

    /** Partition → bytes of its part, header included. */
    private final Map<Long, Integer> bytes = new HashMap<>();

    private long events;

    PartSizes(WriterGrant grant, String transaction, int batchLimit) {
        this.grant = grant;
        this.route = new PartRoute(grant);
        this.transaction = transaction;
        this.batchLimit = batchLimit;
    }

    /** Number of the home shard's writer for the stream. */
    long writer() {
        return grant.writer();
    }

    /** Counts what was written before a recovery. */
    PartSizes count(List<Written> writes) {
        for (Written write : writes) {
            if (write.stream().equals(grant.stream().name()) && write.writer() == grant.writer()) {
                add(write.records(), write.events());
            }
        }
        return this;
    }

    /**
     * Counts the records of a write.
     *
     * @throws StrandlineException.Invalid if they are not so many whole records, or a part would be too large; nothing is
     *     counted then
     */
    void add(byte[] records, int declared) {
        Map<Long, Integer> added = new HashMap<>();
        int count = route.visit(
                transaction,
                events,
                records,
                (slot, from, length) ->
                        added.merge(grant.slots().get(slot).partition().id(), length, Integer::sum));
        if (count != declared || count == 0) {
            throw new StrandlineException.Invalid("write of transaction " + transaction + " for "
                    + grant.stream().name() + " holds " + count + " events, not " + declared);
        }
        added.forEach(this::requireRoom);
        added.forEach((partition, more) -> bytes.merge(partition, more, Integer::sum));
        events += count;
    }

    private void requireRoom(long partition, int more) {
        long total = (long) bytes.getOrDefault(partition, Batch.HEADER_BYTES) + more;
        if (total > batchLimit) {
            throw new StrandlineException.Invalid("transaction " + transaction + " would have " + total
                    + " bytes for partition " + partition + " of "
                    + grant.stream().name() + ", the limit is " + batchLimit);
        }
        bytes.putIfAbsent(partition, Batch.HEADER_BYTES);
    }
}
