package io.strandline.log.impl.transaction;

import io.strandline.Sequence;
import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.state.TransactionWrite;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Lays out parts of transactions as batches: one for each transaction and slot, with the number of the decision as its
 * sequence. What a slot has already is left out.
 */
final class PartRound {

    /** Most bytes of a parcel, unless what one transaction has for one partition is more. */
    static final int PARCEL_BYTES = 4 << 20;

    private final WriterGrant grant;
    private final PartRoute route;

    /** Newest decision in each slot, as of the batches laid out so far. */
    private final long[] last;

    /** Shard → batches in the order in which they go. */
    private final SortedMap<Integer, List<SlotBatch>> batches = new TreeMap<>();

    /** @param last newest decision in each slot of the grant, 0 for none. It is not changed */
    PartRound(WriterGrant grant, long[] last) {
        this.grant = grant;
        this.route = new PartRoute(grant);
        this.last = last.clone();
    }

    /** The events of one transaction in one slot. */
    private static final class SlotBatch {

        private final Slot slot;
        private final long previous;
        private final long decision;
        private final List<Piece> pieces = new ArrayList<>();
        private int length = Batch.HEADER_BYTES;

        SlotBatch(Slot slot, long previous, long decision) {
            this.slot = slot;
            this.previous = previous;
            this.decision = decision;
        }

        void add(Piece piece) {
            pieces.add(piece);
            length += piece.length();
        }
    }

    /** One record. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Piece(byte[] bytes, int from, int length) {}

    /** Adds the part of the next transaction, in the order of their decisions. */
    void add(StreamPart part) {
        Map<Integer, SlotBatch> bySlot = new TreeMap<>();
        long event = 0;
        for (TransactionWrite write : part.writes()) {
            byte[] records = write.records();
            event += route.visit(part.transaction(), event, records, (slot, from, length) -> {
                if (last[slot] < part.decision()) {
                    bySlot.computeIfAbsent(
                                    slot, at -> new SlotBatch(grant.slots().get(at), last[at], part.decision()))
                            .add(new Piece(records, from, length));
                }
            });
        }
        bySlot.forEach((slot, batch) -> {
            batches.computeIfAbsent(batch.slot.partition().shard(), shard -> new ArrayList<>())
                    .add(batch);
            last[slot] = part.decision();
        });
    }

    /** Newest decision in each slot when all batches are in. */
    long[] last() {
        return last;
    }

    /**
     * Lays the batches out. The events of one transaction for one partition stay in one parcel, however many they are.
     */
    List<Parcel> parcels(CRC32C crc) {
        List<Parcel> parcels = new ArrayList<>();
        batches.forEach((shard, all) -> {
            int from = 0;
            int bytes = 0;
            int next;
            for (int i = 0; i < all.size(); i = next) {
                int more = 0;
                for (next = i; next < all.size() && sameAppearance(all.get(i), all.get(next)); next++) {
                    more += all.get(next).length;
                }
                if (bytes > 0 && bytes + more > PARCEL_BYTES) {
                    parcels.add(parcel(shard, all.subList(from, i), bytes, crc));
                    from = i;
                    bytes = 0;
                }
                bytes += more;
            }
            parcels.add(parcel(shard, all.subList(from, all.size()), bytes, crc));
        });
        return parcels;
    }

    private static boolean sameAppearance(SlotBatch one, SlotBatch next) {
        return one.decision == next.decision
                && one.slot.partition().id() == next.slot.partition().id();
    }

    private Parcel parcel(int shard, List<SlotBatch> some, int bytes, CRC32C crc) {
        byte[] out = new byte[bytes];
        int at = 0;
        for (SlotBatch batch : some) {
            write(batch, out, at, crc);
            at += batch.length;
        }
        return new Parcel(shard, out, bytes, some.size());
    }

    private void write(SlotBatch batch, byte[] out, int at, CRC32C crc) {
        out[at + Batch.VERSION] = Batch.FORMAT_VERSION;
        out[at + Batch.RANGE] = (byte) batch.slot.range();
        out[at + Batch.RANGE + 1] = (byte) (batch.slot.range() >>> 8);
        LittleEndian.putInt(out, at + Batch.COUNT, batch.pieces.size());
        LittleEndian.putLong(out, at + Batch.PARTITION, batch.slot.partition().id());
        LittleEndian.putLong(out, at + Batch.WRITER, grant.writer());
        LittleEndian.putInt(out, at + Batch.EPOCH, grant.epoch());
        Sequence previous = batch.previous == 0 ? Sequence.NONE : new Sequence(batch.previous, 0);
        LittleEndian.putLong(out, at + Batch.PREVIOUS_MAJOR, previous.major());
        LittleEndian.putLong(out, at + Batch.PREVIOUS_MINOR, previous.minor());
        LittleEndian.putLong(out, at + Batch.LAST_MAJOR, batch.decision);
        LittleEndian.putLong(out, at + Batch.EXPECTED_OFFSET, -1);
        int to = at + Batch.HEADER_BYTES;
        for (Piece piece : batch.pieces) {
            System.arraycopy(piece.bytes(), piece.from(), out, to, piece.length());
            to += piece.length();
        }
        Batch.seal(out, at, batch.length, crc);
    }
}
