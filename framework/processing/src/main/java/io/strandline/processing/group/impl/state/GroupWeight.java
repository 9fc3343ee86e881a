package io.strandline.processing.group.impl.state;

import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.group.impl.state.GroupState.Meeting;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How large a group's state can become without a further check: with positions that rise, all partitions held and their
 * events condemned, and checkpoints in progress complete. Additions to that (a reader, a checkpoint, a held key, a
 * partition, longer options) are refused above {@link #MAX_BYTES}. Updates that a reader needs to go on are never
 * refused.
 */
final class GroupWeight {

    /** Most bytes of a group's state: below what the stores take of one value by default, 512 KiB. */
    static final int MAX_BYTES = 504 << 10;

    /** Above all offsets of one partition: a million events a second for 17 years. */
    private static final long LARGEST_OFFSET = (1L << 49) - 1;

    private static final long LARGEST_NUMBER = Long.MAX_VALUE;
    private static final int MAX_ATTEMPTS = 1_000;
    private static final String LONGEST_VERDICT = "v".repeat(Causes.MAX_VERDICT_BYTES);
    /** A decision with the longest cause. */
    private static final int DECISION_BYTES = 24 + Causes.MAX_BYTES;
    /** By how much the beats of a reader may grow, and the offset of a partition that a checkpoint lacks. */
    private static final int MEMBER_GROWTH = 8;

    private static final int MISSING_GROWTH = 12;

    private GroupWeight() {}

    /** What a state has at most, in bytes. */
    static long of(GroupState state) {
        TreeMap<Long, PartitionState> grown = new TreeMap<>();
        state.partitions().forEach((id, known) -> grown.put(id, grown(known)));
        GroupState largest = new GroupState(
                state.options(),
                state.generation(),
                LARGEST_NUMBER,
                LARGEST_NUMBER,
                state.members(),
                grown,
                state.meetings(),
                state.checkpoints(),
                state.held(),
                state.decisions(),
                state.notBefore());
        return sizeOf(largest)
                + (long) MEMBER_GROWTH * state.members().size()
                + MISSING_GROWTH * missing(state.meetings())
                + (long) DECISION_BYTES
                        * (GroupState.MAX_DECISIONS - state.decisions().size());
    }

    private static long missing(SortedMap<String, Meeting> meetings) {
        return meetings.values().stream()
                .mapToLong(meeting -> meeting.missing().size())
                .sum();
    }

    private static PartitionState grown(PartitionState known) {
        return new PartitionState(
                known.stream(),
                LARGEST_OFFSET,
                known.until(),
                known.waitsFor(),
                LARGEST_NUMBER,
                LARGEST_NUMBER,
                MAX_ATTEMPTS,
                LARGEST_OFFSET,
                PartitionState.FIRST_STRIDE,
                LONGEST_VERDICT,
                LARGEST_NUMBER);
    }

    /**
     * Checks that an addition to a group leaves room for what must always be possible.
     *
     * @throws StrandlineException.Overloaded if it does not
     */
    static void requireRoom(String group, GroupState before, GroupState after) {
        long bytes = of(after);
        if (bytes > MAX_BYTES && bytes > of(before)) {
            throw new StrandlineException.Overloaded("the state of group " + group + " could grow to " + bytes
                    + " bytes, the limit is " + MAX_BYTES + "; it has "
                    + after.partitions().size() + " partitions, "
                    + after.members().size() + " readers, "
                    + (after.checkpoints().size() + after.meetings().size()) + " checkpoints and "
                    + after.held().size() + " held keys");
        }
    }

    static long sizeOf(GroupState state) {
        Counted counted = new Counted();
        try {
            GroupUpdate.MODEL.states().encode(state, counted);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return counted.bytes;
    }

    private static final class Counted extends PayloadOutput {
        private long bytes;

        @Override
        public void write(int oneByte) {
            bytes++;
        }

        @Override
        public void write(byte[] source, int from, int length) {
            bytes += length;
        }

        @Override
        public void write(Buffer buffer) {
            bytes += buffer.length();
        }
    }
}
