package io.strandline.processing.group;

import io.strandline.Scaling.SealedPartition;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Knows what a group's readers have done, and says when they did what they must not:
 *
 * <ul>
 *   <li><b>G1</b> A committed position, and the cut of a checkpoint, has nothing before it that was not processed since the
 *       group was last reset; skipped and truncated events aside.
 *   <li><b>G2</b> Under one claim events come in order and without a gap.
 *   <li><b>G3</b> A partition is handed over at a position that its reader has not passed.
 *   <li><b>G4</b> No more than {@code maxUncommittedEvents} are delivered and not committed: so many come again after a crash.
 *   <li><b>G5</b> Committed positions do not go back, unless by a reset.
 *   <li><b>G6</b> A partition is read only when its predecessors were read to their ends.
 *   <li><b>G7</b> In the end everything was processed, and the partitions are balanced.
 * </ul>
 */
final class GroupOracle {

    private final GroupOptions options;
    private final SimLog log;
    private final Map<Long, BitSet> done = new HashMap<>();
    /** Partition → position up to which everything is known to be processed. */
    private final Map<Long, Long> verified = new HashMap<>();

    private final Map<Long, Long> nextOfClaim = new HashMap<>();
    private final Map<Long, Long> processedOfClaim = new HashMap<>();
    private final Set<String> skipped = new HashSet<>();
    private long resetClaim;
    private GroupState state = GroupState.NONE;

    GroupOracle(GroupOptions options, SimLog log) {
        this.options = options;
        this.log = log;
    }

    // ---- what readers do

    void delivered(long partition, long offset, long claim) {
        Part part = state.parts().get(partition);
        Long due = nextOfClaim.get(claim);
        if (due == null) {
            throw new AssertionError("claim " + claim + " of partition " + partition + " was never given out");
        }
        boolean current = part != null && part.claim() == claim && part.owner() != 0;
        long committed = part != null && current ? part.offset() : -1;
        boolean again = offset < due && (offset == due - 1 || (committed >= 0 && offset >= committed));
        if (!again && firstMissed(partition, due, offset) < offset) {
            throw new AssertionError("G2: claim " + claim + " of partition " + partition + " delivers offset " + offset
                    + " where " + due + " is due");
        }
        if (offset < due && !again) {
            throw new AssertionError(
                    "G2: claim " + claim + " of partition " + partition + " goes back from " + due + " to " + offset);
        }
        nextOfClaim.put(claim, Math.max(due, offset + 1));
        if (current) {
            if (offset - committed > options.getMaxUncommittedEvents()) {
                throw new AssertionError(
                        "G4: partition " + partition + " delivers offset " + offset + ", committed is " + committed);
            }
            for (SealedPartition predecessor : log.description().predecessors(partition)) {
                if (state.parts().containsKey(predecessor.partition().id())) {
                    throw new AssertionError("G6: partition " + partition + " is read before its predecessor "
                            + predecessor.partition().id() + " at "
                            + state.parts().get(predecessor.partition().id()));
                }
            }
        }
    }

    void processed(long partition, long offset, long claim) {
        processedOfClaim.merge(claim, offset + 1, Math::max);
        if (claim > resetClaim) {
            done.computeIfAbsent(partition, none -> new BitSet()).set((int) offset);
        }
    }

    // ---- what becomes of the state

    void changed(GroupState before, GroupState after) {
        state = after;
        after.decisions().forEach(decided -> skipped.add(decided.partition() + "/" + decided.offset()));
        if (after.generation() != before.generation() || before.options() == null) {
            resetClaim = after.lastClaim();
            done.clear();
            verified.clear();
            after.parts().forEach((id, part) -> verified.put(id, part.offset()));
            return;
        }
        before.parts().forEach((id, was) -> {
            Part part = after.parts().get(id);
            if (part == null) {
                requireProcessed("the end", id, log.partition(id).end);
            } else {
                requireMoved(id, was, part);
            }
        });
        after.parts().forEach((id, part) -> {
            if (part.owner() != 0) {
                nextOfClaim.putIfAbsent(part.claim(), part.offset());
            }
        });
        after.checkpoints().forEach((name, cuts) -> {
            if (!before.checkpoints().containsKey(name)) {
                cuts.values().forEach(cut -> cut.forEach((id, offset) -> requireProcessed(name, id, offset)));
            }
        });
    }

    private void requireMoved(long id, Part was, Part part) {
        if (part.offset() < was.offset()) {
            throw new AssertionError(
                    "G5: partition " + id + " goes back from " + was.offset() + " to " + part.offset());
        }
        requireProcessed("position", id, part.offset());
        boolean handedOver = was.owner() != 0 && part.owner() == 0 && part.suspectUntil() <= part.offset();
        if (handedOver && processedOfClaim.getOrDefault(was.claim(), 0L) > part.offset()) {
            throw new AssertionError("G3: partition " + id + " is handed over at " + part.offset() + ", passed was "
                    + processedOfClaim.get(was.claim()));
        }
    }

    private void requireProcessed(String what, long id, long offset) {
        long from = verified.getOrDefault(id, 0L);
        long missed = firstMissed(id, from, offset, done.getOrDefault(id, new BitSet()));
        if (missed < offset) {
            throw new AssertionError("G1: " + what + " of partition " + id + " is at " + offset + ", and " + missed
                    + " was not processed");
        }
        verified.put(id, Math.max(from, offset));
    }

    private long firstMissed(long id, long from, long to) {
        return firstMissed(id, from, to, new BitSet());
    }

    /** The first offset that a handler should have seen and has not. */
    private long firstMissed(long id, long from, long to, BitSet seen) {
        long start = log.partition(id).start;
        for (long offset = Math.max(from, start); offset < to; offset++) {
            boolean wanted = offset % 5 != 3;
            if (wanted && !seen.get((int) offset) && !skipped.contains(id + "/" + offset)) {
                return offset;
            }
        }
        return to;
    }

    // ---- the end

    void requireEnd(int readers) {
        log.partitions.forEach((id, events) -> {
            Part part = state.parts().get(id);
            if (part != null ? events.sealed || part.offset() != events.end || part.owner() == 0 : !events.sealed) {
                throw new AssertionError("G7: partition " + id + " ends at " + events.end + " (sealed: " + events.sealed
                        + "), the group has " + part);
            }
            if (part != null) {
                requireProcessed("the end", id, events.end);
            }
        });
        Map<Long, Integer> counts = new HashMap<>();
        state.members().values().forEach(member -> counts.put(member.session(), 0));
        state.parts().values().forEach(part -> counts.merge(part.owner(), 1, Integer::sum));
        int most = counts.values().stream().max(Integer::compare).orElse(0);
        int least = counts.values().stream().min(Integer::compare).orElse(0);
        if (counts.size() != readers || most - least > 1) {
            throw new AssertionError("G7: " + readers + " readers live, partitions are spread as " + counts);
        }
    }
}
