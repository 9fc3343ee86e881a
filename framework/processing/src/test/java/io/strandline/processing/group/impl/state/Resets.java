package io.strandline.processing.group.impl.state;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Resets of a group whose retention is not looked at, so that nobody hears of them before. */
public final class Resets {

    private Resets() {}

    /** A reset to a position that is no time. */
    public static Function<GroupState, Decision<Boolean>> reset(
            GroupDecisions decisions, Function<GroupState, SortedMap<Long, PartitionState>> target) {
        return reset(decisions, target, before -> new TreeMap<>());
    }

    /** A reset in whatever generation the group is. */
    public static Function<GroupState, Decision<Boolean>> reset(
            GroupDecisions decisions,
            Function<GroupState, SortedMap<Long, PartitionState>> target,
            UnaryOperator<SortedMap<Integer, Long>> notBefore) {
        return state -> decisions
                .reset(state.generation(), Generations.next(state.generation()), target, notBefore)
                .apply(state);
    }
}
