package io.strandline.processing.group;

import io.strandline.Strandline;
import io.strandline.internal.Implementation;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Set;

/**
 * One member of those that share the partitions of a stream among themselves without reading them. Each partition has one holder at a
 * time, by the means of a {@link ReaderGroup}: one shared state in the {@link StateSync}, leases that expire by the observer's own
 * monotonic time, shares that differ by one at most.
 *
 * <p>Who holds a partition is agreed, not enforced: a member that was silent for a lease may still believe that it holds what another
 * one has by now. What it does has to be fenced by the log, as a claim of the partition does.
 *
 * <p>It is how owners of aggregates share. Any thread may call. Futures complete on the context of the member.
 */
public interface PartitionShare {

    /** No holder: the member of a partition that nobody holds at the moment. */
    String NOBODY = "";

    /**
     * Joins those that share the partitions of a stream, on the current context. Nothing is held before {@link #begin()}.
     *
     * <p>Fails as {@link ReaderGroup#open} and joining a group do, and with {@link io.strandline.StrandlineException.Invalid} if the
     * lease is out of the bounds of {@link GroupOptions#setLeaseMillis}.
     *
     * @param holder called on the context of the member
     */
    static Future<PartitionShare> join(
            Vertx vertx, Strandline log, StateSync sync, Member member, PartitionHolder holder) {
        return Implementation.of(GroupProvider.class).share(vertx, log, sync, member, holder);
    }

    /**
     * Who shares what.
     *
     * @param stream {@code scope/stream}
     * @param name of the member, unique among the members
     * @param leaseMillis after which a silent member is dead to the others, in milliseconds. That of the newest member is valid for all
     */
    record Member(String stream, String name, long leaseMillis) {}

    /** Begins to take its share. */
    void begin();

    /**
     * Takes up that partitions were sealed: those that took over their keys are shared instead. Reads where the stream is now, so a
     * caller says nothing but that it may have changed. Completes when the members agree.
     */
    Future<Void> follow();

    /** Reads the newest state. When it completes, the holder has heard of it. */
    Future<Void> refresh();

    /** Whether the members have not heard this one for a lease, so that others may hold its partitions. Callable from any thread. */
    boolean isLate();

    /** Gives everything back, as {@link PartitionHolder#release} allows, but within a lease, and leaves. */
    Future<Void> leave();

    /**
     * Who holds what.
     *
     * @param holders partition → name of the member that holds it, or {@link #NOBODY}
     * @param members names of all members, those that hold nothing included
     */
    record Holders(Map<Long, String> holders, Set<String> members) {

        public Holders {
            holders = Map.copyOf(holders);
            members = Set.copyOf(members);
        }
    }
}
