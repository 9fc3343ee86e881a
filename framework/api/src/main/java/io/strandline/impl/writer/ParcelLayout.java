package io.strandline.impl.writer;

import io.strandline.Durability;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import io.strandline.spi.Parcel.Origin;
import io.strandline.spi.ParcelArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Lays the pending batches of a draft out as parcels. The same slots laid out again give the same bytes. */
final class ParcelLayout {

    /** Bytes of conditions on other keys in a parcel, at most, unless a single batch has more: they cross beside the batches. */
    private static final int CONDITION_BYTES = 512 << 10;

    private static final int BESIDE_KEY_BYTES = 24;

    private final int shard;
    private final int parcelBytes;
    private final @Nullable ParcelCompression compression;
    private final ParcelArrays arrays;
    private final CRC32C crc = new CRC32C();

    /**
     * A layout for one lane.
     *
     * @param parcelBytes approximate bytes of a parcel before it is compressed, unless a single batch has more
     * @param compression compresses batches, or null for none
     * @param arrays lends the arrays of full parcels that are not compressed
     */
    ParcelLayout(int shard, int parcelBytes, @Nullable ParcelCompression compression, ParcelArrays arrays) {
        this.arrays = compression == null ? arrays : ParcelArrays.NONE;
        this.compression = compression;
        this.shard = shard;
        this.parcelBytes = parcelBytes;
    }

    /**
     * A parcel of a draft.
     *
     * @param fromSlot its first slot
     * @param toSlot the slot after its last one
     */
    record Part(int fromSlot, int toSlot, Parcel parcel) {}

    /**
     * Lays out all pending batches of a draft. The arrays are new or lent, and belong to the parcels. They are small,
     * because the garbage collector handles large arrays badly.
     */
    List<Part> layOut(Draft draft, long writer, int epoch, PartitionTable table) {
        Slots slots = draft.slots;
        List<Part> parts = new ArrayList<>(1);
        int slot = 0;
        while (slot < slots.count) {
            int from = slot;
            int size = 0;
            int batches = 0;
            int conditionBytes = 0;
            for (; slot < slots.count && (size == 0 || size + sizeOf(slots, slot) <= parcelBytes); slot++) {
                conditionBytes += conditionBytes(slots, slot);
                if (size > 0 && conditionBytes > CONDITION_BYTES) {
                    break;
                }
                size += sizeOf(slots, slot);
                batches += slots.isPending(slot) ? 1 : 0;
            }
            if (batches > 0) {
                byte[] lent = arrays.take(size);
                byte[] out = lent == null ? new byte[size] : lent;
                writeHeaders(slots, out, from, slot, table);
                long[] conditions = draft.hasConditionals() ? keyConditions(slots, from, slot, batches, table) : null;
                KeyCheck[][] others = conditions == null ? null : otherKeys(slots, from, slot, batches, table);
                parts.add(new Part(from, slot, parcel(out, size, batches, lent != null, conditions, others)));
            }
        }
        copyRecords(draft, parts);
        if (compression != null) {
            compress(compression, parts);
        }
        for (Part part : parts) {
            byte[] out = part.parcel().bytes();
            for (int at = 0; at < part.parcel().length(); at += Batch.length(out, at)) {
                LittleEndian.putLong(out, at + Batch.WRITER, writer);
                LittleEndian.putInt(out, at + Batch.EPOCH, epoch);
                Batch.seal(out, at, Batch.length(out, at), crc);
            }
        }
        return parts;
    }

    private void compress(ParcelCompression by, List<Part> parts) {
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            byte[] plain = part.parcel().bytes();
            byte[] bytes = by.compress(plain);
            if (bytes != plain) {
                Parcel smaller = parcel(
                        bytes,
                        bytes.length,
                        part.parcel().batches(),
                        false,
                        part.parcel().keyConditions(),
                        part.parcel().otherKeys());
                parts.set(i, new Part(part.fromSlot(), part.toSlot(), smaller));
            }
        }
    }

    private Parcel parcel(
            byte[] bytes,
            int length,
            int batches,
            boolean isLent,
            long @Nullable [] keyConditions,
            KeyCheck @Nullable [] @Nullable [] otherKeys) {
        return new Parcel(
                shard,
                bytes,
                length,
                batches,
                Durability.FORCED,
                Origin.WRITER_IN_PROCESS,
                isLent,
                keyConditions,
                otherKeys);
    }

    /** What the shard has to check of other keys, for each pending batch. Null for nothing. */
    private static KeyCheck @Nullable [] @Nullable [] otherKeys(
            Slots slots, int fromSlot, int toSlot, int batches, PartitionTable table) {
        KeyCheck[][] all = null;
        int batch = 0;
        for (int slot = fromSlot; slot < toSlot; slot++) {
            if (slots.isPending(slot)) {
                if (slots.condition(slot) instanceof Condition.KeyUnchanged unchanged
                        && !unchanged.others().isEmpty()) {
                    all = all == null ? new KeyCheck[batches][] : all;
                    long partition = table.id(slots.route[slot]);
                    all[batch] = unchanged.others().stream()
                            .map(other -> check(other, partition, table))
                            .toArray(KeyCheck[]::new);
                }
                batch++;
            }
        }
        return all;
    }

    /** A key that a split has taken to another partition than the batch is not to be judged there. */
    private static KeyCheck check(Condition.OtherKey other, long partition, PartitionTable table) {
        boolean isHere = table.id(table.find(other.hash())) == partition;
        long since = isHere ? other.since().offsets().getOrDefault(partition, Parcel.ELSEWHERE) : Parcel.ELSEWHERE;
        return new KeyCheck(other.key(), other.type(), since);
    }

    /** What the shard has to check of the keys of the pending batches, see {@link Parcel}. Null for nothing. */
    private static long @Nullable [] keyConditions(
            Slots slots, int fromSlot, int toSlot, int batches, PartitionTable table) {
        long[] conditions = null;
        int batch = 0;
        for (int slot = fromSlot; slot < toSlot; slot++) {
            if (slots.isPending(slot)) {
                long since = unchangedSince(slots.condition(slot), table.id(slots.route[slot]));
                if (since != Parcel.NO_CONDITION) {
                    if (conditions == null) {
                        conditions = new long[batches];
                        Arrays.fill(conditions, Parcel.NO_CONDITION);
                    }
                    conditions[batch] = since;
                }
                batch++;
            }
        }
        return conditions;
    }

    /** The offset from which on a partition must have no event of the batch's key, as {@link Parcel} says it. */
    private static long unchangedSince(@Nullable Condition condition, long partition) {
        return condition instanceof Condition.KeyUnchanged unchanged
                ? unchanged.since().offsets().getOrDefault(partition, Parcel.ELSEWHERE)
                : Parcel.NO_CONDITION;
    }

    private static int sizeOf(Slots slots, int slot) {
        return slots.isPending(slot) ? Batch.HEADER_BYTES + slots.bytes[slot] : 0;
    }

    private static int conditionBytes(Slots slots, int slot) {
        if (!slots.isPending(slot) || !(slots.condition(slot) instanceof Condition.KeyUnchanged unchanged)) {
            return 0;
        }
        int bytes = 0;
        for (Condition.OtherKey other : unchanged.others()) {
            byte[] type = other.type();
            bytes += BESIDE_KEY_BYTES + other.key().length + (type == null ? 0 : type.length);
        }
        return bytes;
    }

    /** Writes the headers of the pending batches, without their writer. */
    private static void writeHeaders(Slots slots, byte[] out, int fromSlot, int toSlot, PartitionTable table) {
        int at = 0;
        for (int slot = fromSlot; slot < toSlot; slot++) {
            if (!slots.isPending(slot)) {
                continue;
            }
            int route = slots.route[slot];
            // A lent array holds what an earlier parcel left.
            Arrays.fill(out, at, at + Batch.HEADER_BYTES, (byte) 0);
            slots.cursor[slot] = (long) at + Batch.HEADER_BYTES;
            LittleEndian.putInt(out, at + Batch.LENGTH, sizeOf(slots, slot));
            out[at + Batch.VERSION] = Batch.FORMAT_VERSION;
            long expected = slots.condition(slot) instanceof Condition.AtOffset known ? known.offset() : -1;
            out[at + Batch.FLAGS] = expected < 0 ? 0 : Batch.FLAG_CONDITIONAL;
            Batch.putRange(out, at, table.range(route));
            LittleEndian.putInt(out, at + Batch.COUNT, slots.events[slot]);
            LittleEndian.putLong(out, at + Batch.PARTITION, table.id(route));
            LittleEndian.putLong(out, at + Batch.PREVIOUS_MAJOR, slots.previousMajor[slot]);
            LittleEndian.putLong(out, at + Batch.PREVIOUS_MINOR, slots.previousMinor[slot]);
            LittleEndian.putLong(out, at + Batch.LAST_MAJOR, slots.lastMajor[slot]);
            LittleEndian.putLong(out, at + Batch.LAST_MINOR, slots.lastMinor[slot]);
            LittleEndian.putLong(out, at + Batch.EXPECTED_OFFSET, expected);
            if (slots.digests.length > 0) {
                LittleEndian.putLong(out, at + Batch.DIGEST, slots.digests[slot]);
            }
            at += sizeOf(slots, slot);
        }
    }

    /** Copies the records to their places. */
    private static void copyRecords(Draft draft, List<Part> parts) {
        if (parts.size() == 1) {
            byte[] only = parts.get(0).parcel().bytes();
            copyRecords(draft, slot -> only);
            return;
        }
        byte[][] outOfSlot = new byte[draft.slots.count][];
        for (Part part : parts) {
            Arrays.fill(outOfSlot, part.fromSlot(), part.toSlot(), part.parcel().bytes());
        }
        copyRecords(draft, slot -> outOfSlot[slot]);
    }

    /** Neighbours of one slot go together. */
    private static void copyRecords(Draft draft, IntFunction<byte[]> outOfSlot) {
        Slots slots = draft.slots;
        int entries = draft.entries();
        int entry = 0;
        while (entry < entries) {
            int slot = draft.slot(entry);
            int from = draft.from(entry);
            do {
                entry++;
            } while (entry < entries && draft.slot(entry) == slot);
            if (slots.isPending(slot)) {
                int size = draft.to(entry - 1) - from;
                System.arraycopy(draft.bytes, from, outOfSlot.apply(slot), (int) slots.cursor[slot], size);
                slots.cursor[slot] += size;
            }
        }
    }
}
