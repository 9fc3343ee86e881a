package io.strandline.log.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.log.impl.state.TransactionWrite;
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

    /** Counts what was written before a recovery, under whatever limit held then. */
    PartSizes count(List<TransactionWrite> writes) {
        for (TransactionWrite write : writes) {
            if (write.stream().equals(grant.stream().name()) && write.writer() == grant.writer()) {
                count(sizes(write.records(), write.events()), write.events());
            }
        }
        return this;
    }

    /**
     * Finds how many bytes of a write fall into each partition.
     *
     * @throws StrandlineException.Invalid if they are not so many whole records, or a part would be too large
     */
    Map<Long, Integer> measure(byte[] records, int declared) {
        Map<Long, Integer> added = sizes(records, declared);
        added.forEach(this::requireRoom);
        return added;
    }

    private Map<Long, Integer> sizes(byte[] records, int declared) {
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
        return added;
    }

    private void requireRoom(long partition, int more) {
        long total = (long) size(partition) + more;
        if (total > batchLimit) {
            throw new StrandlineException.Invalid("transaction " + transaction + " would have " + total
                    + " bytes for partition " + partition + " of "
                    + grant.stream().name() + ", the limit is " + batchLimit);
        }
    }

    private int size(long partition) {
        return bytes.getOrDefault(partition, Batch.HEADER_BYTES);
    }

    /** Counts a write that was measured and taken. */
    void count(Map<Long, Integer> added, int newEvents) {
        added.forEach((partition, more) -> bytes.put(partition, size(partition) + more));
        events += newEvents;
    }
}
