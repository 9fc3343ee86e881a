package io.strandline.processing.group;

import io.strandline.processing.group.GroupState.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who has been silent for longer than the lease, by the observer's own monotonic time: clocks of readers are never compared,
 * only whether a counter has moved.
 */
final class LeaseWatch {

    private final long leaseNanos;
    private final Map<Long, Seen> seen = new HashMap<>();

    private record Seen(long beats, long sinceNanos) {}

    /** A session whose lease is over, if it still has the beats that were seen. */
    record Silent(long session, long beats) {}

    LeaseWatch(long leaseMillis) {
        this.leaseNanos = leaseMillis * 1_000_000;
    }

    /** Looks at all readers but one. */
    List<Silent> look(GroupState state, long self, long nowNanos) {
        List<Silent> silent = new ArrayList<>();
        seen.keySet().removeIf(session -> state.nameOf(session) == null);
        for (Member member : state.members().values()) {
            Seen before = seen.get(member.session());
            if (before == null || before.beats() != member.beats()) {
                seen.put(member.session(), new Seen(member.beats(), nowNanos));
            } else if (member.session() != self && nowNanos - before.sinceNanos() > leaseNanos) {
                silent.add(new Silent(member.session(), member.beats()));
            }
        }
        return silent;
    }

    /** Begins to watch anew: the observer itself heard nothing for a while, so silence says nothing. */
    void restart() {
        seen.clear();
    }
}
