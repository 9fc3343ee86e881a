package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** When a reader's boundary handler is called, and what its failure does, in virtual time. */
class BoundaryTest {

    private static final long LEASE_MILLIS = 1_000;

    private final SimGroup group =
            new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS).setCommitIntervalMillis(50), 2);
    private final GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
    private final List<Promise<Void>> atWork = new ArrayList<>();
    private final List<GroupReader.Boundary> boundaries = new ArrayList<>();

    private Future<?> work(GroupEvent<Long> event) {
        Promise<Void> work = Promise.promise();
        atWork.add(work);
        return work.future();
    }

    private void appendToAll() {
        group.log.open().forEach(events -> group.log.append(events, 1));
    }

    @Test
    void nothingIsAtTheHandlerAtABoundary() {
        member.boundaryHandler(boundary -> {
            boundaries.add(boundary);
            return Future.succeededFuture();
        });
        group.join(member, this::work);
        group.run(LEASE_MILLIS);
        appendToAll();
        group.run(LEASE_MILLIS);
        assertThat(atWork).hasSize(2);

        group.checkpoint("noon");
        group.run(LEASE_MILLIS);
        assertThat(boundaries).isEmpty();
        atWork.get(0).complete();
        appendToAll();
        group.run(LEASE_MILLIS);
        assertThat(boundaries).isEmpty();
        assertThat(atWork).as("nothing more is delivered").hasSize(2);
        atWork.get(1).complete();
        group.run(LEASE_MILLIS);
        assertThat(boundaries).hasSize(1);
        assertThat(Objects.requireNonNull(boundaries.get(0).cuts().get(SimGroup.STREAM))
                        .offsets()
                        .values())
                .containsOnly(1L);
        assertThat(group.store.newest().checkpoints()).containsOnlyKeys("noon");
        assertThat(atWork).hasSize(4);
    }

    /** What a reader has lost may still be at its handler. */
    @Test
    void nothingOfALostPartitionIsAtTheHandlerEither() {
        member.boundaryHandler(boundary -> {
            boundaries.add(boundary);
            return Future.succeededFuture();
        });
        group.join(member, this::work);
        appendToAll();
        group.run(LEASE_MILLIS);
        assertThat(atWork).hasSize(2);
        group.reset();
        group.run(LEASE_MILLIS);
        group.checkpoint("noon");
        group.run(LEASE_MILLIS);
        assertThat(boundaries).isEmpty();
        atWork.forEach(Promise::complete);
        group.run(LEASE_MILLIS);
        assertThat(boundaries).hasSize(1);
    }

    @Test
    void aBoundaryThatFailsWhileTheStoreIsAwayGivesTheCheckpointUp() {
        requireGivenUp(LEASE_MILLIS / 2);
    }

    /** The session is over by then. The one that follows meets for the checkpoint again. */
    @Test
    void aBoundaryThatFailsWhileTheStoreIsAwayForLongGivesTheCheckpointUp() {
        requireGivenUp(5 * LEASE_MILLIS);
    }

    private void requireGivenUp(long awayMillis) {
        List<Long> seen = new ArrayList<>();
        member.boundaryHandler(boundary -> {
            boundaries.add(boundary);
            group.store.faults = boundaries.size() == 1 ? 1_000 : 0;
            return Future.failedFuture("no room");
        });
        group.join(member, event -> {
            seen.add(event.event());
            return Future.succeededFuture();
        });
        group.join(group.member(new SimProcess(group.time), "other"), event -> Future.succeededFuture());
        group.run(LEASE_MILLIS);
        group.checkpoint("noon");
        group.run(100);
        assertThat(boundaries).hasSize(1);
        group.run(awayMillis);
        assertThat(group.store.newest().meetings()).containsOnlyKeys("noon");
        group.store.faults = 0;
        group.run(4 * LEASE_MILLIS);
        assertThat(group.store.newest().meetings()).isEmpty();
        assertThat(group.store.newest().checkpoints()).isEmpty();
        group.log.open().forEach(events -> group.log.append(events, 1));
        group.run(2 * LEASE_MILLIS);
        assertThat(seen).isNotEmpty();
    }
}
