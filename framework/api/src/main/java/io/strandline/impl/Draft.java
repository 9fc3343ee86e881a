package io.strandline.impl;

import io.strandline.Appended;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A parcel in the making, and what is needed to repeat it until every batch of it is settled.
 *
 * <p>Records stand one behind the other in the order of the calls; a <i>slot</i> is a batch in the making and knows only
 * the sizes. {@link #layOut} copies each record to its place in the parcel, so that no partition needs a buffer. The
 * records stay here until the log has answered: the same slots laid out again give the same bytes.
 *
 * <p>An <i>entry</i> is what one promise stands for: one event, or all events of an atomic batch.
 */
final class Draft {

    /** Size from which a batch takes no further event, in bytes. */
    static final int BATCH_BYTES = 64 << 10;

    /** Mean size that the batches of a draft should reach before it is closed, so that headers stay a small part of it. */
    private static final int WANTED_BATCH_BYTES = 1 << 10;

    /** Size at which a draft is closed, however small its batches are. */
    static final int MOST_BYTES = 2 << 20;

    private static final int FIRST_BYTES = 4 << 10;
    private static final int FIRST_ENTRIES = 64;
    private static final int FIRST_SLOTS = 16;

    private static final byte PENDING = 0;
    private static final byte CONFIRMED = 1;
    private static final byte DUPLICATE = 2;
    private static final byte FAILED = 3;

    private static final byte ALONE = 1;
    private static final byte CONDITIONAL = 2;

    /** Number of the draft, never used twice by one writer. */
    final long generation;
    /** Number of the first entry within its lane. */
    final long firstEntry;
    /** When the log first failed to take it, in nanoseconds; 0 if it has not. */
    long failedSince;
    /** How it failed last. */
    @Nullable
    StrandlineException lastFailure;
    /** True if the log may have taken some of what is pending. */
    boolean unknown;

    /** Parcels of the last hand-over for which there is no answer yet. */
    int unanswered;

    byte[] bytes;
    int length;

    private int entries;
    private int[] entryAt;
    private int[] entrySlot;
    private @Nullable PromiseInternal<Appended>[] promises;
    /** The application's number of each entry, in case that its batch is divided; empty if the writer counts by itself. */
    private long[] entryMajor = new long[0];

    private long[] entryMinor = new long[0];

    private int slots;
    private int pending;
    private int conditionals;
    private int[] slotRoute;
    private int[] slotBytes;
    private int[] slotEvents;
    private byte[] slotFlags;
    private byte[] slotState;
    private long[] slotExpected;
    private long[] previousMajor;
    private long[] previousMinor;
    private long[] lastMajor;
    private long[] lastMinor;
    /** Empty if the writer counts by itself. */
    private long[] digests = new long[0];
    /** While it is laid out the next place of the slot in the parcel; afterwards the next offset to hand out. */
    private long[] cursor;

    private boolean numbered;
    private boolean[] misplaced = new boolean[0];
    private @Nullable StrandlineException[] failures = new StrandlineException[0];

    Draft(long generation, long firstEntry, @Nullable Draft used) {
        this.generation = generation;
        this.firstEntry = firstEntry;
        if (used != null) {
            bytes = used.bytes;
            entryAt = used.entryAt;
            entrySlot = used.entrySlot;
            promises = used.promises;
            entryMajor = used.entryMajor;
            entryMinor = used.entryMinor;
            slotRoute = used.slotRoute;
            slotBytes = used.slotBytes;
            slotEvents = used.slotEvents;
            slotFlags = used.slotFlags;
            slotState = used.slotState;
            slotExpected = used.slotExpected;
            previousMajor = used.previousMajor;
            previousMinor = used.previousMinor;
            lastMajor = used.lastMajor;
            lastMinor = used.lastMinor;
            digests = used.digests;
            cursor = used.cursor;
        } else {
            bytes = new byte[FIRST_BYTES];
            entryAt = new int[FIRST_ENTRIES];
            entrySlot = new int[FIRST_ENTRIES];
            promises = promises(FIRST_ENTRIES);
            slotRoute = new int[FIRST_SLOTS];
            slotBytes = new int[FIRST_SLOTS];
            slotEvents = new int[FIRST_SLOTS];
            slotFlags = new byte[FIRST_SLOTS];
            slotState = new byte[FIRST_SLOTS];
            slotExpected = new long[FIRST_SLOTS];
            previousMajor = new long[FIRST_SLOTS];
            previousMinor = new long[FIRST_SLOTS];
            lastMajor = new long[FIRST_SLOTS];
            lastMinor = new long[FIRST_SLOTS];
            cursor = new long[FIRST_SLOTS];
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static @Nullable PromiseInternal<Appended>[] promises(int length) {
        return new PromiseInternal[length];
    }

    // ---- filling ----

    boolean isEmpty() {
        return entries == 0;
    }

    int entries() {
        return entries;
    }

    int slots() {
        return slots;
    }

    /** Bytes that the parcel will have. */
    int footprint() {
        return length + slots * Batch.HEADER_BYTES;
    }

    /** True if it is worth its hand-over: large enough, and not of very many very small batches. */
    boolean isFull(int parcelBytes) {
        int footprint = footprint();
        return footprint >= parcelBytes && (footprint >= MOST_BYTES || length >= (long) slots * WANTED_BATCH_BYTES);
    }

    boolean hasConditionals() {
        return conditionals > 0;
    }

    /** True if an event of a partition may not join this draft because of a conditional append (D6). */
    boolean excludes(PartitionTable table, int route, boolean conditional) {
        return (conditional || conditionals > 0) && excludesPartition(table, route, conditional);
    }

    private boolean excludesPartition(PartitionTable table, int route, boolean conditional) {
        int first = table.first(route);
        for (int of = first; of < table.count() && table.first(of) == first; of++) {
            if (table.hasSlot(of, generation) && (conditional || isConditional(table.slot(of)))) {
                return true;
            }
        }
        return false;
    }

    /** Makes room for {@code more} bytes behind {@code at}. */
    void reserve(int at, int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(at + more, bytes.length * 2));
        }
    }

    /** Adds one event whose record stands from {@link #length} to {@code to}; returns the bytes that it takes. */
    int add(PartitionTable table, int route, int to, PromiseInternal<Appended> promise) {
        int size = to - length;
        int slot = table.hasSlot(route, generation) ? table.slot(route) : -1;
        int taken = size;
        if (slot < 0 || (slotFlags[slot] & ALONE) != 0 || slotBytes[slot] + size > BATCH_BYTES) {
            slot = newSlot(route, (byte) 0, -1);
            table.setSlot(route, generation, slot);
            taken += Batch.HEADER_BYTES;
        }
        addEntry(slot, size, 1, promise);
        length = to;
        return taken;
    }

    /** Adds an atomic batch of {@code events}; {@code expected} is -1 if it is not conditional. */
    int addAlone(
            PartitionTable table, int route, int to, int events, long expected, PromiseInternal<Appended> promise) {
        int size = to - length;
        int slot = newSlot(route, expected < 0 ? ALONE : (byte) (ALONE | CONDITIONAL), expected);
        table.setSlot(route, generation, slot);
        if (expected >= 0) {
            conditionals++;
        }
        addEntry(slot, size, events, promise);
        length = to;
        return size + Batch.HEADER_BYTES;
    }

    /**
     * Gives the newest entry, and so the newest slot of its route, the application's own number of its event, and the
     * digest up to it.
     */
    void setLast(int slot, Sequence last, long digest) {
        lastMajor[slot] = last.major();
        lastMinor[slot] = last.minor();
        int entry = entries - 1;
        if (entry >= entryMajor.length) {
            entryMajor = Arrays.copyOf(entryMajor, entryAt.length);
            entryMinor = Arrays.copyOf(entryMinor, entryAt.length);
        }
        entryMajor[entry] = last.major();
        entryMinor[entry] = last.minor();
        if (digests.length <= slot) {
            digests = Arrays.copyOf(digests, lastMajor.length);
        }
        digests[slot] = digest;
    }

    private void addEntry(int slot, int size, int events, PromiseInternal<Appended> promise) {
        int entry = entries;
        if (entry == entryAt.length) {
            entryAt = Arrays.copyOf(entryAt, entry * 2);
            entrySlot = Arrays.copyOf(entrySlot, entry * 2);
            promises = Arrays.copyOf(promises, entry * 2);
        }
        entryAt[entry] = length;
        entrySlot[entry] = slot;
        promises[entry] = promise;
        entries = entry + 1;
        slotBytes[slot] += size;
        slotEvents[slot] += events;
    }

    private int newSlot(int route, byte flags, long expected) {
        int slot = slots;
        if (slot == slotRoute.length) {
            growSlots(slot * 2);
        }
        slotRoute[slot] = route;
        slotBytes[slot] = 0;
        slotEvents[slot] = 0;
        slotFlags[slot] = flags;
        slotState[slot] = PENDING;
        slotExpected[slot] = expected;
        slots = slot + 1;
        pending++;
        return slot;
    }

    private void growSlots(int size) {
        slotRoute = Arrays.copyOf(slotRoute, size);
        slotBytes = Arrays.copyOf(slotBytes, size);
        slotEvents = Arrays.copyOf(slotEvents, size);
        slotFlags = Arrays.copyOf(slotFlags, size);
        slotState = Arrays.copyOf(slotState, size);
        slotExpected = Arrays.copyOf(slotExpected, size);
        previousMajor = Arrays.copyOf(previousMajor, size);
        previousMinor = Arrays.copyOf(previousMinor, size);
        lastMajor = Arrays.copyOf(lastMajor, size);
        lastMinor = Arrays.copyOf(lastMinor, size);
        cursor = Arrays.copyOf(cursor, size);
    }

    // ---- handing over ----

    /** D6: a conditional batch waits for its partition, and the partition for it. */
    boolean mayGo(PartitionTable table) {
        for (int slot = 0; slot < slots; slot++) {
            if (!table.mayGo(slotRoute[slot], isConditional(slot))) {
                return false;
            }
        }
        return true;
    }

    /** Before the first hand-over: takes the places of the batches in the sequences of their routes. */
    void number(PartitionTable table, boolean counted, int epoch) {
        for (int slot = 0; slot < slots; slot++) {
            int route = slotRoute[slot];
            if (counted) {
                lastMajor[slot] = epoch;
                lastMinor[slot] = table.countOn(route, slotEvents[slot]);
            }
            follow(table, slot);
            table.handOver(route, isConditional(slot));
        }
        numbered = true;
    }

    private void follow(PartitionTable table, int slot) {
        int route = slotRoute[slot];
        previousMajor[slot] = table.handedOverMajor(route);
        previousMinor[slot] = table.handedOverMinor(route);
        table.setHandedOver(route, lastMajor[slot], lastMinor[slot]);
    }

    /** Before a repeat: each pending batch follows the pending one before it. */
    void relink(PartitionTable table) {
        misplaced = new boolean[0];
        for (int slot = 0; slot < slots; slot++) {
            if (slotState[slot] == PENDING) {
                follow(table, slot);
            }
        }
    }

    /**
     * After all answers: a pending batch that was refused although it named what is confirmed, or null. The log then has
     * something else of this writer than it acknowledged, and repeating is of no use.
     */
    @Nullable
    StrandlineException contradiction(PartitionTable table) {
        for (int slot = 0; slot < misplaced.length; slot++) {
            if (misplaced[slot]
                    && slotState[slot] == PENDING
                    && table.isConfirmed(slotRoute[slot], previousMajor[slot], previousMinor[slot])) {
                return failures[slot];
            }
        }
        return null;
    }

    /**
     * A parcel of a draft.
     *
     * @param fromSlot its first slot
     * @param toSlot the slot behind its last one
     */
    record Part(int fromSlot, int toSlot, Parcel parcel) {}

    /**
     * Lays out all pending batches, in parcels of about {@code parcelBytes}; their arrays are new and belong to the
     * parcels. Small arrays, because the garbage collector treats large ones badly.
     */
    List<Part> layOut(int shard, long writer, int epoch, PartitionTable table, CRC32C crc, int parcelBytes) {
        List<Part> parts = new ArrayList<>(1);
        int slot = 0;
        while (slot < slots) {
            int from = slot;
            int size = 0;
            int batches = 0;
            for (; slot < slots && (size == 0 || size + sizeOf(slot) <= parcelBytes); slot++) {
                size += sizeOf(slot);
                batches += slotState[slot] == PENDING ? 1 : 0;
            }
            if (batches > 0) {
                byte[] out = new byte[size];
                writeHeaders(out, from, slot, writer, epoch, table);
                parts.add(new Part(from, slot, new Parcel(shard, out, size, batches)));
            }
        }
        copyRecords(parts);
        for (Part part : parts) {
            byte[] out = part.parcel().bytes();
            for (int at = 0; at < out.length; at += Batch.length(out, at)) {
                Batch.seal(out, at, Batch.length(out, at), crc);
            }
        }
        unanswered = parts.size();
        return parts;
    }

    private int sizeOf(int slot) {
        return slotState[slot] == PENDING ? Batch.HEADER_BYTES + slotBytes[slot] : 0;
    }

    private void writeHeaders(byte[] out, int fromSlot, int toSlot, long writer, int epoch, PartitionTable table) {
        int at = 0;
        for (int slot = fromSlot; slot < toSlot; slot++) {
            if (slotState[slot] != PENDING) {
                continue;
            }
            cursor[slot] = (long) at + Batch.HEADER_BYTES;
            Batch.putInt(out, at + Batch.LENGTH, sizeOf(slot));
            out[at + Batch.VERSION] = Batch.FORMAT_VERSION;
            out[at + Batch.FLAGS] = isConditional(slot) ? Batch.FLAG_CONDITIONAL : 0;
            Batch.putRange(out, at, table.range(slotRoute[slot]));
            Batch.putInt(out, at + Batch.COUNT, slotEvents[slot]);
            Batch.putLong(out, at + Batch.PARTITION, table.id(slotRoute[slot]));
            Batch.putLong(out, at + Batch.WRITER, writer);
            Batch.putInt(out, at + Batch.EPOCH, epoch);
            Batch.putLong(out, at + Batch.PREVIOUS_MAJOR, previousMajor[slot]);
            Batch.putLong(out, at + Batch.PREVIOUS_MINOR, previousMinor[slot]);
            Batch.putLong(out, at + Batch.LAST_MAJOR, lastMajor[slot]);
            Batch.putLong(out, at + Batch.LAST_MINOR, lastMinor[slot]);
            Batch.putLong(out, at + Batch.EXPECTED_OFFSET, slotExpected[slot]);
            if (digests.length > 0) {
                Batch.putLong(out, at + Batch.DIGEST, digests[slot]);
            }
            at += sizeOf(slot);
        }
    }

    /** Copies the records to their places, neighbours of one slot in one go. */
    private void copyRecords(List<Part> parts) {
        if (parts.size() == 1) {
            copyRecords(slot -> parts.get(0).parcel().bytes());
            return;
        }
        byte[][] outOfSlot = new byte[slots][];
        for (Part part : parts) {
            Arrays.fill(outOfSlot, part.fromSlot(), part.toSlot(), part.parcel().bytes());
        }
        copyRecords(slot -> outOfSlot[slot]);
    }

    private void copyRecords(IntFunction<byte[]> outOfSlot) {
        int entry = 0;
        while (entry < entries) {
            int slot = entrySlot[entry];
            int from = entryAt[entry];
            do {
                entry++;
            } while (entry < entries && entrySlot[entry] == slot);
            if (slotState[slot] == PENDING) {
                int size = (entry < entries ? entryAt[entry] : length) - from;
                System.arraycopy(bytes, from, outOfSlot.apply(slot), (int) cursor[slot], size);
                cursor[slot] += size;
            }
        }
    }

    // ---- settling ----

    boolean isSettled() {
        return pending == 0;
    }

    boolean isPending(int slot) {
        return slotState[slot] == PENDING;
    }

    int route(int slot) {
        return slotRoute[slot];
    }

    boolean isConditional(int slot) {
        return (slotFlags[slot] & CONDITIONAL) != 0;
    }

    /** Takes the reply for the batch of a slot that is in the log. Returns the bytes that are acknowledged with it. */
    int confirm(PartitionTable table, int slot, ParcelReply reply, int batch) {
        slotState[slot] = reply.duplicate(batch) ? DUPLICATE : CONFIRMED;
        cursor[slot] = reply.offset(batch);
        table.confirm(slotRoute[slot], lastMajor[slot], lastMinor[slot]);
        return settle(table, slot);
    }

    /** Fails a slot for good. Returns the bytes that are no longer unacknowledged. */
    int fail(PartitionTable table, int slot, StrandlineException failure) {
        slotState[slot] = FAILED;
        keepFailure(slot, failure);
        return settle(table, slot);
    }

    private int settle(PartitionTable table, int slot) {
        pending--;
        if (numbered) {
            table.settle(slotRoute[slot], isConditional(slot));
        }
        return slotBytes[slot] + Batch.HEADER_BYTES;
    }

    /** Notes that the log refused a batch because the one before it is missing. */
    void misplaced(int slot, StrandlineException failure) {
        if (misplaced.length < slots) {
            misplaced = Arrays.copyOf(misplaced, slots);
        }
        misplaced[slot] = true;
        keepFailure(slot, failure);
    }

    private void keepFailure(int slot, StrandlineException failure) {
        if (failures.length < slots) {
            failures = Arrays.copyOf(failures, slots);
        }
        failures[slot] = failure;
    }

    // ---- drawing anew what is pending ----

    /** Bytes of the slots that are pending, as they were counted when they were added. */
    int pendingBytes() {
        int sum = 0;
        for (int slot = 0; slot < slots; slot++) {
            sum += isPending(slot) ? slotBytes[slot] + Batch.HEADER_BYTES : 0;
        }
        return sum;
    }

    /** True if its batches have taken their places in the sequences, so that the log may have heard of them. */
    boolean isNumbered() {
        return numbered;
    }

    int slot(int entry) {
        return entrySlot[entry];
    }

    int from(int entry) {
        return entryAt[entry];
    }

    /** Index behind the records of an entry. */
    int to(int entry) {
        return entry + 1 < entries ? entryAt[entry + 1] : length;
    }

    boolean isAlone(int slot) {
        return (slotFlags[slot] & ALONE) != 0;
    }

    int events(int slot) {
        return slotEvents[slot];
    }

    long expected(int slot) {
        return slotExpected[slot];
    }

    Sequence last(int slot) {
        return new Sequence(lastMajor[slot], lastMinor[slot]);
    }

    /** The application's number of an entry. */
    Sequence sequence(int entry) {
        return new Sequence(entryMajor[entry], entryMinor[entry]);
    }

    /** Gives up the promise of an entry that is pending, to whoever completes it instead. */
    PromiseInternal<Appended> takePromise(int entry) {
        PromiseInternal<Appended> promise = Objects.requireNonNull(promises[entry]);
        promises[entry] = null;
        return promise;
    }

    /** Takes over since when and how another draft failed, because it takes over events of it. */
    void goOnFailing(Draft other) {
        if (other.failedSince != 0 && (failedSince == 0 || other.failedSince - failedSince < 0)) {
            failedSince = other.failedSince;
            lastFailure = other.lastFailure;
        }
    }

    /** Completes the promises of all slots that are settled and not completed yet, in the order of the calls. */
    void complete(PartitionTable table) {
        for (int entry = 0; entry < entries; entry++) {
            PromiseInternal<Appended> promise = promises[entry];
            if (promise == null) {
                continue;
            }
            int slot = entrySlot[entry];
            switch (slotState[slot]) {
                case CONFIRMED -> {
                    promises[entry] = null;
                    promise.complete(new Appended(table.id(slotRoute[slot]), cursor[slot]++, false));
                }
                case DUPLICATE -> {
                    promises[entry] = null;
                    promise.complete(new Appended(table.id(slotRoute[slot]), cursor[slot], true));
                }
                case FAILED -> {
                    promises[entry] = null;
                    promise.fail(failures[slot]);
                }
                default -> {
                    // still pending
                }
            }
        }
    }
}
