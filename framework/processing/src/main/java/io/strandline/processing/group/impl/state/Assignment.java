package io.strandline.processing.group.impl.state;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who should have how many partitions: readers with a handler share them, one without has none. A function of the state alone, so all readers come to the same answer: shares differ
 * by at most one, and the larger ones go to those who have most, then to the older sessions. So a group at rest stays at
 * rest, and after a change as few partitions move as can.
 */
public final class Assignment {

    private Assignment() {}

    /**
     * The number of partitions that a session should have. 0 for a session that is not in the group or has no handler.
     */
    public static int share(GroupState state, long session) {
        Map<Long, Integer> owned = owned(state);
        List<Long> sessions = new ArrayList<>();
        state.members().values().stream()
                .filter(member -> !member.idle())
                .forEach(member -> sessions.add(member.session()));
        sessions.sort((a, b) -> {
            int byOwned = Integer.compare(owned.getOrDefault(b, 0), owned.getOrDefault(a, 0));
            return byOwned != 0 ? byOwned : Long.compare(a, b);
        });
        int place = sessions.indexOf(session);
        if (place < 0) {
            return 0;
        }
        int partitions = (int) state.partitions().values().stream()
                .filter(known -> known.waitsFor().isEmpty())
                .count();
        int extra = partitions % sessions.size();
        return partitions / sessions.size() + (place < extra ? 1 : 0);
    }

    /** The free partitions that a session may take now, lowest ids first. */
    public static List<Long> takeable(GroupState state, long session) {
        int missing = share(state, session) - owned(state).getOrDefault(session, 0);
        return missing <= 0
                ? List.of()
                : state.partitions().entrySet().stream()
                        .filter(known -> known.getValue().mayBeTaken())
                        .map(Map.Entry::getKey)
                        .limit(missing)
                        .toList();
    }

    /**
     * The oldest of the sessions with a handler that have the fewest partitions, with one session left out. 0 if there is
     * none.
     */
    static long leastLoaded(GroupState state, long except) {
        Map<Long, Integer> owned = owned(state);
        return state.members().values().stream()
                .filter(member -> !member.idle() && member.session() != except)
                .map(GroupState.Member::session)
                .min(Comparator.comparing((Long session) -> owned.getOrDefault(session, 0))
                        .thenComparing(Comparator.naturalOrder()))
                .orElse(0L);
    }

    private static Map<Long, Integer> owned(GroupState state) {
        Map<Long, Integer> owned = new HashMap<>();
        for (PartitionState known : state.partitions().values()) {
            if (known.owner() != 0) {
                owned.merge(known.owner(), 1, Integer::sum);
            }
        }
        return owned;
    }
}
