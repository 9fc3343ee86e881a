package io.strandline.processing.group.impl.state;

import io.strandline.processing.group.impl.state.GroupState.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who has been silent for longer than the lease, by the observer's own monotonic time: clocks of readers are never compared,
 * only whether a counter has moved.
 */
public final class LeaseWatch {

    private final Map<Long, Seen> seen = new HashMap<>();
    private long leaseMillis;

    /**
     * When a reader was heard last.
     *
     * @param leaseMillis the longest lease by which it may go: it may not have heard yet of a shorter one
     */
    private record Seen(long beats, long sinceNanos, long leaseMillis) {}

    /**
     * A session whose lease is over, if it still has the beats that were seen.
     *
     * @param leaseMillis the lease by which it was judged
     */
    public record Silent(long session, long beats, long leaseMillis) {}

    public LeaseWatch(long leaseMillis) {
        this.leaseMillis = leaseMillis;
    }

    /** Uses another lease. For readers that have not been heard since, it uses the longer of both. */
    public void lease(long millis) {
        leaseMillis = millis;
        seen.replaceAll((session, one) -> new Seen(one.beats(), one.sinceNanos(), Math.max(one.leaseMillis(), millis)));
    }

    /** Looks at all readers but one. */
    public List<Silent> look(GroupState state, long self, long nowNanos) {
        List<Silent> silent = new ArrayList<>();
        seen.keySet().removeIf(session -> state.nameOf(session) == null);
        for (Member member : state.members().values()) {
            Seen before = seen.get(member.session());
            if (before == null || before.beats() != member.beats()) {
                seen.put(member.session(), new Seen(member.beats(), nowNanos, leaseMillis));
            } else if (member.session() != self && nowNanos - before.sinceNanos() > before.leaseMillis() * 1_000_000) {
                silent.add(new Silent(member.session(), member.beats(), before.leaseMillis()));
            }
        }
        return silent;
    }

    /** Starts to watch again. The observer itself heard nothing for a while, so silence means nothing. */
    public void restart() {
        seen.clear();
    }
}
