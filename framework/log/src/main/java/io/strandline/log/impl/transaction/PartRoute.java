package io.strandline.log.impl.transaction;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Batch;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Finds the slot of a stream into which each record of a transaction falls. */
final class PartRoute {

    private final StreamName stream;
    private final List<Slot> slots;
    private final Batch.Records records = new Batch.Records();

    PartRoute(WriterGrant grant) {
        this.stream = grant.stream().name();
        this.slots = grant.slots();
    }

    /** Takes one record. */
    interface Visitor {

        /**
         * Takes one record.
         *
         * @param slot index of its slot in the grant
         */
        void record(int slot, int from, int length);
    }

    /**
     * Visits the records of a write in their order.
     *
     * @param transaction id of the transaction. With the number of an event, it places the events without a key, so that
     *     they fall into the same place whenever they are routed
     * @param firstEvent number of the first record among the events of the transaction for this stream, from 0
     * @return the number of records
     * @throws StrandlineException.Invalid if the bytes are not whole records
     */
    int visit(String transaction, long firstEvent, byte[] bytes, Visitor visitor) {
        byte[] id = transaction.getBytes(StandardCharsets.UTF_8);
        long seed = KeyHash.of(id, 0, id.length);
        int count = 0;
        int at = 0;
        while (at < bytes.length) {
            next(bytes, at);
            long hash = records.keyLength() < 0
                    ? KeyHash.of(seed + firstEvent + count)
                    : KeyHash.of(bytes, records.keyFrom(), records.keyLength());
            int end = records.payloadFrom() + records.payloadLength();
            visitor.record(slot(hash), at, end - at);
            at = end;
            count++;
        }
        return count;
    }

    private void next(byte[] bytes, int at) {
        try {
            records.resetToRecord(bytes, at, bytes.length - at, at, 0).next();
        } catch (StrandlineException.Corrupt e) {
            throw new StrandlineException.Invalid("write for " + stream + ": " + e.getMessage(), e);
        }
        if (records.keyLength() > Limits.MAX_KEY_BYTES) {
            throw new StrandlineException.Invalid("write for " + stream + " has a routing key of " + records.keyLength()
                    + " bytes, the limit is " + Limits.MAX_KEY_BYTES);
        }
    }

    private int slot(long hash) {
        int low = 0;
        int high = slots.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (Long.compareUnsigned(slots.get(middle).keys().from(), hash) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
