package io.strandline.processing.group.impl.state;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a group knows of one partition that it has not read to its end.
 *
 * @param stream index of its stream in the options of the group
 * @param offset the committed position: everything before it was processed
 * @param until offset at which a bounded group ends here, or -1
 * @param waitsFor partitions that must be read to their ends before this one
 * @param owner session of the reader that has it, or 0
 * @param claim number of this assignment, unique in the group. Commits under another claim are refused
 * @param attempts deliveries of the event at {@code offset} that were begun and not finished
 * @param suspectUntil a reader died somewhere before this offset. 0 if none did
 * @param stride how many events may be delivered between two commits up to {@code suspectUntil}. 0 for the usual number
 * @param verdict why the event at {@code offset} is to be parked, or null
 * @param condemnedUnder the claim under which the event at {@code offset} was first to be parked: its number in the parking stream,
 *     also after an acquittal. 0 if it never was, or an earlier version gave the verdict
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record PartitionState(
        int stream,
        long offset,
        long until,
        List<Long> waitsFor,
        long owner,
        long claim,
        int attempts,
        long suspectUntil,
        int stride,
        @Nullable String verdict,
        long condemnedUnder) {

    /** Events between two commits after the first death of a reader. */
    public static final int FIRST_STRIDE = 1_024;

    /** By how much each further death narrows the search. */
    private static final int NARROWING = 32;

    public PartitionState {
        waitsFor = waitsFor == null ? List.of() : List.copyOf(waitsFor);
    }

    /** A partition that nobody has read yet. */
    static PartitionState fresh(int stream, long offset, long until, List<Long> waitsFor) {
        return new PartitionState(stream, offset, until, waitsFor, 0, 0, 0, 0, 0, null, 0);
    }

    boolean mayBeTaken() {
        return owner == 0 && waitsFor.isEmpty();
    }

    PartitionState ownedBy(long session, long newClaim) {
        return new PartitionState(
                stream,
                offset,
                until,
                waitsFor,
                session,
                newClaim,
                attempts,
                suspectUntil,
                stride,
                verdict,
                condemnedUnder);
    }

    /** Goes on under another claim. Earlier decisions count as decided under that claim. */
    PartitionState renewed(long newClaim) {
        PartitionState renewed = ownedBy(owner, newClaim);
        return verdict == null ? renewed : renewed.condemned(attempts, verdict, newClaim);
    }

    /** Moves to a position. Notes about the event before it are forgotten. */
    PartitionState at(long next, int begun) {
        boolean passed = next >= suspectUntil;
        return new PartitionState(
                stream,
                next,
                until,
                waitsFor,
                owner,
                claim,
                begun,
                passed ? 0 : suspectUntil,
                passed ? 0 : stride,
                next == offset ? verdict : null,
                next == offset ? condemnedUnder : 0);
    }

    /**
     * The event at the position is to be parked, under the number that it has if it was to be parked before: it may be in the
     * parking stream already.
     */
    PartitionState condemned(int begun, String why) {
        return condemned(begun, why, condemnedUnder == 0 ? claim : condemnedUnder);
    }

    private PartitionState condemned(int begun, String why, long under) {
        return new PartitionState(
                stream,
                offset,
                until,
                waitsFor,
                owner,
                claim,
                begun,
                suspectUntil,
                stride,
                Causes.cut(why, Causes.MAX_VERDICT_BYTES),
                under);
    }

    /** The event at the position is as good as any. Only its number is kept. */
    PartitionState acquitted() {
        return new PartitionState(
                stream, offset, until, waitsFor, owner, claim, 0, suspectUntil, stride, null, condemnedUnder);
    }

    PartitionState without(long predecessor) {
        List<Long> left = new ArrayList<>(waitsFor);
        left.remove(predecessor);
        return new PartitionState(
                stream, offset, until, left, owner, claim, attempts, suspectUntil, stride, verdict, condemnedUnder);
    }

    /**
     * The owner died. If an event killed it, that event is among those that it may have delivered, up to their bound.
     * Each further death narrows that range, until deliveries are counted one by one.
     */
    PartitionState orphaned(int horizon) {
        long bound = stride == 0 ? offset + horizon : Math.min(suspectUntil, offset + stride);
        int next = stride == 0 ? FIRST_STRIDE : Math.max(1, stride / NARROWING);
        return new PartitionState(
                stream,
                offset,
                until,
                waitsFor,
                0,
                claim,
                attempts,
                Math.max(bound, offset + 1),
                next,
                verdict,
                condemnedUnder);
    }
}
