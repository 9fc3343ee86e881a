package io.strandline.processing.group.impl.member;

import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.Progress;
import io.vertx.core.Future;
import java.util.List;

/** What a member does with the partitions that it is assigned. {@link Membership} calls it on the member's context. */
interface MemberWork extends Commits.Positions {

    /** A session has begun. Nothing is assigned to it yet. */
    void entered();

    /** Time has passed, before the state is looked at. To be called also while there is no session. */
    void passed(long nowNanos);

    /** As {@link #passed}, while there is a session and the member is not about to leave. */
    void ticked(long nowNanos);

    /** Milliseconds until the next tick at the latest. */
    long mostTickMillis();

    /** Does what the state asks of this member, whose session is in it. */
    void follow(GroupState state);

    /** The session is over. Others have, or will have, the partitions. */
    void sessionLost();

    /** Begins nothing more, and completes when nothing is in flight. */
    Future<?> drain();

    /** Begins nothing more, whatever is in flight. Gives the position in each partition, where the next member begins. */
    List<Progress> releaseAll();

    /**
     * The member has left.
     *
     * @param known the positions that the group has from it
     */
    void memberLeft(List<Progress> known);
}
