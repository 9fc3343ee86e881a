package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.GroupPositions;
import io.strandline.processing.group.impl.state.GroupWaits;
import io.vertx.core.Future;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a group says of itself while its stream, or the group, changes. */
class GroupLooksTest {

    @Test
    void theLagIsKnownWhenAScalingFallsBetweenTwoLooks() {
        for (long delayNanos = 0; delayNanos < 5_000_000; delayNanos += 100_000) {
            SimGroup group = new SimGroup(new GroupOptions(), 1);
            SimProcess process = new SimProcess(group.time);
            group.log.append(group.log.open().get(0), 10);
            GroupPositions positions = new GroupPositions(
                    group.log.usedBy(process), group.store.newest().settings());
            Future<GroupLag> lag = positions.lag(group.store.newest());
            group.time.after(delayNanos, process, () -> group.log.scale(group.log.open(), 2));
            group.run(1_000);
            assertThat(lag.succeeded())
                    .as("after %d ns: %s", delayNanos, lag.cause())
                    .isTrue();
            assertThat(Objects.requireNonNull(lag.result().partitions().get(SimGroup.STREAM))
                            .values())
                    .contains(10L);
            assertThat(lag.result().total()).isEqualTo(10);
        }
    }

    @Test
    void nobodyWaitsForAPositionOfAGroupThatIsClosed() {
        SimGroup group = new SimGroup(new GroupOptions(), 1);
        GroupPlace place = group.place(new SimProcess(group.time));
        GroupPositions positions =
                new GroupPositions(place.log(), group.store.newest().settings());
        GroupWaits waits = new GroupWaits(place.store(), positions, "sim/group");
        long partition = group.store.newest().partitions().firstKey();
        Future<Void> waiting = waits.forPosition(StreamCut.of(SimGroup.STREAM, partition, 1));
        group.run(1_000);
        assertThat(waiting.isComplete()).isFalse();
        waits.close();
        assertThat(waiting.cause()).isInstanceOf(StrandlineException.Unavailable.class);
        Future<Void> late = waits.forPosition(StreamCut.of(SimGroup.STREAM, partition, 1));
        group.run(1_000);
        assertThat(late.cause()).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void aReaderThatHasNotHeardOfTheDeletionHoldsNoRetention() {
        SimGroup group = new SimGroup(new GroupOptions(), 1);
        SimProcess process = new SimProcess(group.time);
        GroupPlace place = group.place(process);
        long partition = group.store.newest().partitions().firstKey();
        ConsumedNotes notes = new ConsumedNotes(place);
        notes.add(SimGroup.STREAM, partition, 5, 0);
        notes.tell();
        group.run(1_000);
        assertThat(group.log.subscribers).containsOnlyKeys("sim/group");

        group.delete().compose(deleted -> place.retention().forgetSpent());
        group.run(1_000);
        assertThat(group.log.subscribers).isEmpty();
        group.create();
        place.retention().follow(group.store.newest());
        group.run(10_000);
        notes.add(SimGroup.STREAM, partition, 6, 0);
        notes.tell();
        group.run(1_000);
        String next = place.retention().subscriber(group.store.newest().generation());
        assertThat(group.log.subscribers).containsOnlyKeys(next);
        assertThat(group.log.subscribers.get(next)).containsEntry(partition, 0L);
    }
}
