package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.Lineage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Where retention waits for a group that is reset, also when the reset comes to nothing. */
class GroupResetTest {

    private static final long END = 40;

    private final SimGroup group = new SimGroup(new GroupOptions(), 1);
    private final SimProcess process = new SimProcess(group.time);
    private final SimProcess other = new SimProcess(group.time);
    private final long partition = group.store.newest().partitions().firstKey();

    GroupResetTest() {
        other.salt = 1_000;
        group.log.append(group.log.open().get(0), (int) END);
        group.place(process).retention().follow(group.store.newest());
        group.run(1_000);
        assertThat(group.log.subscribers).containsOnlyKeys("sim/group");
    }

    private Future<Void> reset(SimProcess by, long offset) {
        TreeMap<Long, Long> cut = new TreeMap<>(Map.of(partition, offset));
        return new GroupReset(
                        group.place(by),
                        state -> Lineage.partitionsAt(0, group.log.description(), cut, new TreeMap<>()),
                        before -> new TreeMap<>())
                .run();
    }

    private String subscriber() {
        GroupPlace place = group.place(process);
        return place.retention().subscriber(group.store.newest().generation());
    }

    private void assertHeldAlone(long offset) {
        assertThat(group.log.subscribers).containsOnlyKeys(subscriber());
        assertThat(group.log.subscribers.get(subscriber())).containsOnly(Map.entry(partition, offset));
    }

    private static boolean resets(List<GroupUpdate> updates) {
        return updates.stream().anyMatch(GroupUpdate.Reset.class::isInstance);
    }

    @Test
    void aRefusedResetHoldsNothing() {
        group.store.refused = GroupResetTest::resets;
        Future<Void> refused = reset(process, END);
        group.run(1_000);
        assertThat(refused.cause()).isInstanceOf(StrandlineException.Unavailable.class);
        assertHeldAlone(0);
    }

    @Test
    void aResetWhoseTargetIsRefusedHoldsNothing() {
        Future<Void> refused = new GroupReset(
                        group.place(process),
                        state -> {
                            throw new StrandlineException.NotFound("no checkpoint");
                        },
                        before -> before)
                .run();
        group.run(1_000);
        assertThat(refused.cause()).isInstanceOf(StrandlineException.NotFound.class);
        assertHeldAlone(0);
    }

    /** Its note is still there when others reset the group. */
    @Test
    void aProcessThatDiesBeforeItsResetIsDecidedMovesNobodyElse() {
        reset(process, END);
        for (int i = 0; i < 100_000 && group.log.subscribers.size() < 2; i++) {
            group.time.run(1_000);
        }
        process.crashed = true;
        group.store.refused = GroupResetTest::resets; // it may have sent its decision
        group.run(1_000);
        group.store.refused = updates -> false;
        assertThat(group.log.subscribers).hasSize(2);
        Future<Void> back = reset(other, 0);
        group.run(1_000);
        assertThat(back.succeeded()).isTrue();
        assertHeldAlone(0);
    }

    @Test
    void anUnknownResetKeepsItsNote() {
        group.store.unanswered = update -> update instanceof GroupUpdate.Reset;
        Future<Void> unknown = reset(process, END);
        group.run(1_000);
        assertThat(unknown.cause()).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(group.log.subscribers).containsKeys("sim/group", subscriber());
        group.store.unanswered = update -> false;
        reset(process, 7);
        group.run(1_000);
        assertHeldAlone(7);
    }

    @Test
    void eachResetIsNotedBeforeItIsDecidedAlsoIfOthersAreFaster() {
        group.store.refused = updates -> {
            for (GroupUpdate update : updates) {
                if (update instanceof GroupUpdate.Reset reset) {
                    String noted = group.place(process).retention().subscriber(reset.generation());
                    assertThat(group.log.subscribers.get(noted))
                            .containsOnly(Map.entry(
                                    partition,
                                    reset.partitions()
                                            .values()
                                            .iterator()
                                            .next()
                                            .offset()));
                }
            }
            return false;
        };
        Future<Void> toStart = reset(process, 0);
        Future<Void> toEnd = reset(other, END);
        group.run(1_000);
        assertThat(toStart.succeeded()).isTrue();
        assertThat(toEnd.succeeded()).isTrue();
        assertHeldAlone(
                group.store.newest().partitions().values().iterator().next().offset());
    }

    @Test
    void aGroupThatHoldsNoRetentionIsResetWithoutANote() {
        group.change(options -> options.setHoldRetention(false));
        group.run(1_000);
        group.store.refused = updates -> {
            assertThat(group.log.subscribers).containsOnlyKeys("sim/group");
            return false;
        };
        Future<Void> reset = reset(process, 7);
        group.run(1_000);
        assertThat(reset.succeeded()).isTrue();
        assertThat(group.log.subscribers).isEmpty();
    }

    @Test
    void nothingIsResetWithoutAGroup() {
        group.delete();
        group.run(1_000);
        Future<Void> reset = reset(process, 0);
        group.run(1_000);
        assertThat(reset.cause()).isInstanceOf(StrandlineException.NotFound.class);
    }
}
