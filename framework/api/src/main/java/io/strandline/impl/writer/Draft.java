package io.strandline.impl.writer;

import io.strandline.Appended;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.spi.Batch;
import io.strandline.spi.ParcelReply;
import io.vertx.core.internal.PromiseInternal;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A parcel under construction, and the data needed to repeat it until every batch of it is settled.
 *
 * <p>Records follow one another in the order of the calls. A <i>slot</i> is a batch under construction and knows only the
 * sizes. {@link ParcelLayout} copies each record to its place in the parcel, so that no partition needs a buffer. The
 * records stay here until the log has answered. The same slots laid out again give the same bytes.
 *
 * <p>An <i>entry</i> is the content of one promise: one event, or all events of an atomic batch.
 */
public final class Draft {

    /** Size from which a batch takes no further event, in bytes. */
    public static final int BATCH_BYTES = 64 << 10;

    /** Mean size that the batches of a draft should reach before it is closed, so that headers stay a small part of it. */
    private static final int WANTED_BATCH_BYTES = 1 << 10;

    /** From how many batches on a draft of small ones is thin. So many appends within one answer's time are a heavy load. */
    public static final int MANY_BATCHES = 256;

    /** Size at which a draft is closed, however small its batches are. */
    static final int MAX_BYTES = 2 << 20;

    /** Share of a parcel that is left for its last event. */
    private static final int LAST_EVENT_SHARE = 32;

    private static final int FIRST_BYTES = 4 << 10;
    private static final int FIRST_ENTRIES = 64;

    /** Share of the entries of the draft before that there is room for beyond them. */
    private static final int MORE_ENTRIES_SHARE = 4;

    /** Number of the draft, never used twice by one writer. */
    final long generation;
    /** Number of the first entry within its lane. */
    final long firstEntry;
    /** When the log first failed to take it, in nanoseconds. 0 if it has not. */
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

    /** Takes the payload of one event after the other. */
    final PayloadSink sink = new PayloadSink(this);

    private int entries;
    private int[] entryAt;
    private int[] entrySlot;
    private @Nullable PromiseInternal<Appended>[] promises;
    /** The application's number of each entry, in case its batch is divided. Empty if the writer counts by itself. */
    private long[] entryMajor = new long[0];

    private long[] entryMinor = new long[0];

    final Slots slots;

    private int conditionals;
    private boolean numbered;
    private boolean[] misplaced = new boolean[0];
    private @Nullable StrandlineException[] failures = new StrandlineException[0];

    /** @param used a draft that nobody needs any more, whose arrays are used again */
    Draft(long generation, long firstEntry, @Nullable Draft used) {
        this.generation = generation;
        this.firstEntry = firstEntry;
        if (used != null) {
            bytes = used.bytes;
            entryAt = used.entryAt;
            entrySlot = used.entrySlot;
            // An array that lives long costs the garbage collector work for each new object that is put into it.
            promises = promises(Math.max(FIRST_ENTRIES, used.entries + used.entries / MORE_ENTRIES_SHARE));
            entryMajor = used.entryMajor;
            entryMinor = used.entryMinor;
            slots = used.slots;
            slots.clear();
        } else {
            bytes = new byte[FIRST_BYTES];
            entryAt = new int[FIRST_ENTRIES];
            entrySlot = new int[FIRST_ENTRIES];
            promises = promises(FIRST_ENTRIES);
            slots = new Slots();
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

    /** Bytes that the parcel will have. */
    int footprint() {
        return length + slots.count * Batch.HEADER_BYTES;
    }

    /**
     * True if it is worth its hand-over: large enough, and not of very many very small batches. A little room is left, so that
     * its last event does not make a second parcel necessary.
     */
    boolean isFull(int parcelBytes) {
        int footprint = footprint();
        return footprint >= parcelBytes - parcelBytes / LAST_EVENT_SHARE
                && (footprint >= MAX_BYTES || length >= (long) slots.count * WANTED_BATCH_BYTES);
    }

    /**
     * True if it has very many very small batches. Each of them costs a header and steps of its own on the whole way, so it is
     * better filled than handed over while another draft of its lane is in flight.
     */
    boolean isThin() {
        return slots.count >= MANY_BATCHES && length < (long) slots.count * WANTED_BATCH_BYTES;
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
            if (table.hasSlot(of, generation) && (conditional || slots.isConditional(table.slot(of)))) {
                return true;
            }
        }
        return false;
    }

    /** Makes room for {@code more} bytes after {@code at}. */
    void reserve(int at, int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(at + more, bytes.length * 2));
        }
    }

    /** Adds one event whose record extends from {@link #length} to {@code to}. Returns the bytes that it takes. */
    int add(PartitionTable table, int route, int to, PromiseInternal<Appended> promise) {
        int size = to - length;
        int slot = table.hasSlot(route, generation) ? table.slot(route) : -1;
        int taken = size + WriterOptions.CALL_BYTES;
        if (slot < 0 || slots.isAlone(slot) || slots.bytes[slot] + size > BATCH_BYTES) {
            slot = slots.open(route, (byte) 0);
            table.setSlot(route, generation, slot);
            taken += Batch.HEADER_BYTES;
        }
        addEntry(slot, size, 1, promise);
        length = to;
        return taken;
    }

    /** Adds an atomic batch of {@code events}. {@code condition} is null if it has none. */
    int addAlone(
            PartitionTable table,
            int route,
            int to,
            int events,
            @Nullable Condition condition,
            PromiseInternal<Appended> promise) {
        int size = to - length;
        int slot = slots.open(route, Slots.ALONE);
        table.setSlot(route, generation, slot);
        if (condition != null) {
            slots.setCondition(slot, condition);
            conditionals++;
        }
        addEntry(slot, size, events, promise);
        length = to;
        return size + WriterOptions.CALL_BYTES + Batch.HEADER_BYTES;
    }

    /**
     * Gives the newest entry, and so the newest slot of its route, the application's own number of its event, and the
     * digest up to it.
     */
    void setLast(int slot, Sequence last, long digest) {
        slots.lastMajor[slot] = last.major();
        slots.lastMinor[slot] = last.minor();
        slots.setDigest(slot, digest);
        int entry = entries - 1;
        if (entry >= entryMajor.length) {
            entryMajor = Arrays.copyOf(entryMajor, entryAt.length);
            entryMinor = Arrays.copyOf(entryMinor, entryAt.length);
        }
        entryMajor[entry] = last.major();
        entryMinor[entry] = last.minor();
    }

    private void addEntry(int slot, int size, int events, PromiseInternal<Appended> promise) {
        int entry = entries;
        if (entry == entryAt.length) {
            entryAt = Arrays.copyOf(entryAt, entry * 2);
            entrySlot = Arrays.copyOf(entrySlot, entry * 2);
        }
        if (entry == promises.length) {
            promises = Arrays.copyOf(promises, entry * 2);
        }
        entryAt[entry] = length;
        entrySlot[entry] = slot;
        promises[entry] = promise;
        entries = entry + 1;
        slots.bytes[slot] += size;
        slots.events[slot] += events;
    }

    // ---- handing over ----

    /** D6: a conditional batch waits for its partition, and the partition for it. */
    boolean mayGo(PartitionTable table) {
        for (int slot = 0; slot < slots.count; slot++) {
            if (!table.mayGo(slots.route[slot], slots.isConditional(slot))) {
                return false;
            }
        }
        return true;
    }

    /** Before the first hand-over: takes the places of the batches in the sequences of their routes. */
    void number(PartitionTable table, boolean counted, int epoch) {
        for (int slot = 0; slot < slots.count; slot++) {
            int route = slots.route[slot];
            if (counted) {
                slots.lastMajor[slot] = epoch;
                slots.lastMinor[slot] = table.countOn(route, slots.events[slot]);
            }
            follow(table, slot);
            table.handOver(route, slots.isConditional(slot));
        }
        numbered = true;
    }

    private void follow(PartitionTable table, int slot) {
        int route = slots.route[slot];
        slots.previousMajor[slot] = table.handedOverMajor(route);
        slots.previousMinor[slot] = table.handedOverMinor(route);
        table.setHandedOver(route, slots.lastMajor[slot], slots.lastMinor[slot]);
    }

    /** Before a repeat: each pending batch follows the pending one before it. */
    void relink(PartitionTable table) {
        misplaced = new boolean[0];
        for (int slot = 0; slot < slots.count; slot++) {
            if (slots.isPending(slot)) {
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
                    && slots.isPending(slot)
                    && table.isConfirmed(slots.route[slot], slots.previousMajor[slot], slots.previousMinor[slot])) {
                return failures[slot];
            }
        }
        return null;
    }

    // ---- settling ----

    boolean isSettled() {
        return slots.pending == 0;
    }

    /** Takes the reply for the batch of a slot that is in the log. Returns the bytes that are acknowledged with it. */
    int confirm(PartitionTable table, int slot, ParcelReply reply, int batch) {
        slots.state[slot] = reply.duplicate(batch) ? Slots.DUPLICATE : Slots.CONFIRMED;
        long offset = reply.offset(batch);
        slots.cursor[slot] = offset;
        long newest = reply.duplicate(batch) ? offset : offset + slots.events[slot] - 1;
        table.confirm(slots.route[slot], slots.lastMajor[slot], slots.lastMinor[slot], newest);
        return settle(table, slot);
    }

    /**
     * Settles the pending slots whose batches are in the log although nobody answered for them: the log has taken a later
     * batch of the route, which it does only after them. Returns the bytes that are acknowledged so.
     */
    int confirmProven(PartitionTable table) {
        int released = 0;
        for (int slot = 0; numbered && slot < slots.count; slot++) {
            int route = slots.route[slot];
            if (slots.isPending(slot) && table.isProven(route, slots.lastMajor[slot], slots.lastMinor[slot])) {
                slots.state[slot] = Slots.DUPLICATE;
                slots.cursor[slot] = table.confirmedOffset(route);
                released += settle(table, slot);
            }
        }
        return released;
    }

    /** Fails a slot for good. Returns the bytes that are no longer unacknowledged. */
    int fail(PartitionTable table, int slot, StrandlineException failure) {
        slots.state[slot] = Slots.FAILED;
        keepFailure(slot, failure);
        return settle(table, slot);
    }

    private int settle(PartitionTable table, int slot) {
        slots.pending--;
        if (numbered) {
            table.settle(slots.route[slot], slots.isConditional(slot));
        }
        return footprint(slot);
    }

    /** Bytes of a slot as they were counted when its entries were added. */
    private int footprint(int slot) {
        int calls = slots.isAlone(slot) ? 1 : slots.events[slot];
        return slots.bytes[slot] + calls * WriterOptions.CALL_BYTES + Batch.HEADER_BYTES;
    }

    /** Notes that the log refused a batch because the one before it is missing. */
    void misplaced(int slot, StrandlineException failure) {
        if (misplaced.length < slots.count) {
            misplaced = Arrays.copyOf(misplaced, slots.count);
        }
        misplaced[slot] = true;
        keepFailure(slot, failure);
    }

    private void keepFailure(int slot, StrandlineException failure) {
        if (failures.length < slots.count) {
            failures = Arrays.copyOf(failures, slots.count);
        }
        failures[slot] = failure;
    }

    // ---- rebuilding what is pending ----

    /** Bytes of the slots that are pending, as they were counted when they were added. */
    int pendingBytes() {
        int sum = 0;
        for (int slot = 0; slot < slots.count; slot++) {
            sum += slots.isPending(slot) ? footprint(slot) : 0;
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

    /** Index after the records of an entry. */
    int to(int entry) {
        return entry + 1 < entries ? entryAt[entry + 1] : length;
    }

    /** The application's number of an entry. */
    Sequence sequence(int entry) {
        return new Sequence(entryMajor[entry], entryMinor[entry]);
    }

    /** Gives up the promise of a pending entry. The caller completes it instead. */
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

    /** Fails every promise that is not complete, whatever its slot says. */
    void abandon(StrandlineException cause, FailedAppends failed) {
        for (int entry = 0; entry < promises.length; entry++) {
            PromiseInternal<Appended> promise = promises[entry];
            if (promise != null) {
                promises[entry] = null;
                failed.fail(promise, cause);
            }
        }
    }

    /** Completes the promises of all slots that are settled and not completed yet, in the order of the calls. */
    void complete(PartitionTable table, FailedAppends failed) {
        for (int entry = 0; entry < entries; entry++) {
            PromiseInternal<Appended> promise = promises[entry];
            if (promise == null) {
                continue;
            }
            int slot = entrySlot[entry];
            switch (slots.state[slot]) {
                case Slots.CONFIRMED -> {
                    // Made first: a promise that is taken out is completed.
                    Appended place = new Appended(table.id(slots.route[slot]), slots.cursor[slot]++, false);
                    promises[entry] = null;
                    promise.complete(place);
                }
                case Slots.DUPLICATE -> {
                    Appended place = new Appended(table.id(slots.route[slot]), slots.cursor[slot], true);
                    promises[entry] = null;
                    promise.complete(place);
                }
                case Slots.FAILED -> {
                    promises[entry] = null;
                    failed.fail(promise, failures[slot]);
                }
                default -> {
                    // still pending
                }
            }
        }
    }
}
