package io.strandline.impl.writer;

import io.strandline.Sequence;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a draft, a column for each of their properties: an object for each batch would cost more than its hand-over.
 */
final class Slots {

    static final byte PENDING = 0;
    static final byte CONFIRMED = 1;
    static final byte DUPLICATE = 2;
    static final byte FAILED = 3;

    static final byte ALONE = 1;
    static final byte CONDITIONAL = 2;

    private static final int FIRST = 16;
    private static final @Nullable Condition[] NO_CONDITIONS = new Condition[0];

    int count;
    int pending;

    int[] route = new int[FIRST];
    int[] bytes = new int[FIRST];
    int[] events = new int[FIRST];
    byte[] flags = new byte[FIRST];
    byte[] state = new byte[FIRST];
    long[] previousMajor = new long[FIRST];
    long[] previousMinor = new long[FIRST];
    long[] lastMajor = new long[FIRST];
    long[] lastMinor = new long[FIRST];
    /** Shorter than the others while no batch has a condition. */
    private @Nullable Condition[] conditions = NO_CONDITIONS;

    /** Empty if the writer counts by itself. */
    long[] digests = new long[0];
    /** While a parcel is laid out, the next place of the slot in it. Afterwards the next offset to hand out. */
    long[] cursor = new long[FIRST];

    /** Removes all slots. The columns stay as long as they are. */
    void clear() {
        count = 0;
        pending = 0;
        conditions = NO_CONDITIONS;
    }

    int open(int slotRoute, byte slotFlags) {
        int slot = count;
        if (slot == route.length) {
            grow(slot * 2);
        }
        route[slot] = slotRoute;
        bytes[slot] = 0;
        events[slot] = 0;
        flags[slot] = slotFlags;
        state[slot] = PENDING;
        count = slot + 1;
        pending++;
        return slot;
    }

    private void grow(int size) {
        route = Arrays.copyOf(route, size);
        bytes = Arrays.copyOf(bytes, size);
        events = Arrays.copyOf(events, size);
        flags = Arrays.copyOf(flags, size);
        state = Arrays.copyOf(state, size);
        previousMajor = Arrays.copyOf(previousMajor, size);
        previousMinor = Arrays.copyOf(previousMinor, size);
        lastMajor = Arrays.copyOf(lastMajor, size);
        lastMinor = Arrays.copyOf(lastMinor, size);
        cursor = Arrays.copyOf(cursor, size);
    }

    /** Makes the newest slot conditional. */
    void setCondition(int slot, Condition condition) {
        if (conditions.length <= slot) {
            conditions = Arrays.copyOf(conditions, route.length);
        }
        conditions[slot] = condition;
        flags[slot] |= CONDITIONAL;
    }

    /** What has to hold for the batch of a slot to be appended. Null for nothing. */
    @Nullable
    Condition condition(int slot) {
        return isConditional(slot) ? conditions[slot] : null;
    }

    /** Notes the digest up to the newest event of a slot. */
    void setDigest(int slot, long digest) {
        if (digests.length <= slot) {
            digests = Arrays.copyOf(digests, route.length);
        }
        digests[slot] = digest;
    }

    Sequence last(int slot) {
        return new Sequence(lastMajor[slot], lastMinor[slot]);
    }

    boolean isPending(int slot) {
        return state[slot] == PENDING;
    }

    boolean isAlone(int slot) {
        return (flags[slot] & ALONE) != 0;
    }

    boolean isConditional(int slot) {
        return (flags[slot] & CONDITIONAL) != 0;
    }
}
