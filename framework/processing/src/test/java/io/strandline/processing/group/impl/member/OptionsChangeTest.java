package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.LeaseWatch;
import io.strandline.processing.group.impl.state.LeaseWatch.Silent;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Options that change while a group runs, in virtual time. */
class OptionsChangeTest {

    private static final int HOUR_MILLIS = 3_600_000;

    private final List<Long> seen = new ArrayList<>();

    private Future<?> note(GroupEvent<Long> event) {
        seen.add(event.event());
        return Future.succeededFuture();
    }

    private GroupMember<Long> join(SimGroup group, SimProcess process, String name) {
        GroupMember<Long> member = group.member(process, name);
        group.join(member, this::note);
        return member;
    }

    private GroupMember<Long> join(SimGroup group, String name) {
        return join(group, new SimProcess(group.time), name);
    }

    @Test
    void aShorterLeaseEndsNoLivingReaders() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(60_000), 6);
        SimProcess victim = new SimProcess(group.time);
        join(group, victim, "victim");
        join(group, "second");
        join(group, "third");
        group.run(60_000);
        group.change(options -> options.setLeaseMillis(300));
        group.run(10_000);
        assertThat(group.store.newest().members()).hasSize(3);
        assertThat(group.store.newest().lastSession()).isEqualTo(3);

        victim.crashed = true;
        group.run(600);
        assertThat(group.store.newest().members()).containsOnlyKeys("second", "third");
        assertThat(group.ownedBy("second")).isEqualTo(3);
    }

    @Test
    void aLongerLeaseCountsFromNowOn() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(300), 6);
        SimProcess sleeper = new SimProcess(group.time);
        join(group, sleeper, "sleeper");
        join(group, "second");
        group.run(1_000);
        group.change(options -> options.setLeaseMillis(3_000));
        group.run(100);
        sleeper.frozenUntil = group.time.nanos() + 1_500_000_000L;
        group.run(5_000);
        assertThat(group.store.newest().lastSession()).isEqualTo(2);
    }

    @Test
    void whoHasNotBeenHeardSinceIsJudgedByTheLongerLease() {
        GroupState state = new SimGroup(new GroupOptions(), 1).store.newest();
        state = GroupUpdate.applied(state, new GroupUpdate.Joined("one", 1, 0, false));
        LeaseWatch watch = new LeaseWatch(1_000);
        assertThat(watch.look(state, 0, 0)).isEmpty();
        watch.lease(100);
        assertThat(watch.look(state, 0, 900_000_000L)).isEmpty();
        assertThat(watch.look(state, 0, 1_100_000_000L)).containsExactly(new Silent(1, 0, 1_000));
        state = GroupUpdate.applied(state, new GroupUpdate.Beat(1));
        assertThat(watch.look(state, 0, 1_200_000_000L)).isEmpty();
        assertThat(watch.look(state, 0, 1_400_000_000L)).containsExactly(new Silent(1, 1, 100));
    }

    @Test
    void nobodyIsExpiredByALeaseThatHasGrownSince() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(1_000), 1);
        GroupState state = GroupUpdate.applied(group.store.newest(), new GroupUpdate.Joined("one", 1, 0, false));
        assertThat(group.decisions.expire(new Silent(1, 0, 999)).apply(state).updates())
                .isEmpty();
        assertThat(group.decisions.expire(new Silent(1, 0, 1_000)).apply(state).updates())
                .hasSize(1);
        assertThat(group.decisions
                        .join("one", new Silent(1, 0, 999), 0, 0)
                        .apply(state)
                        .refusal())
                .isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void aReaderGoesByTheNewFilter() {
        SimGroup group = new SimGroup(new GroupOptions().setTypes(Set.of(SimLog.OTHER_TYPE.name())), 1);
        GroupMember<Long> member = join(group, "only");
        group.log.append(group.log.open().get(0), 11);
        group.run(2_000);
        assertThat(seen).containsExactly(3L);
        group.change(options -> options.setTypes(Set.of(SimLog.TYPE.name())));
        group.run(2_000);
        assertThat(member.options().getTypes()).containsExactly(SimLog.TYPE.name());
        group.log.append(group.log.open().get(0), 11);
        group.run(2_000);
        assertThat(seen).hasSize(11).doesNotContain(14L).endsWith(21L);
    }

    @Test
    void anotherPolicyDecidesAboutTheNextPoisonEvent() {
        SimGroup group = new SimGroup(new GroupOptions().setMaxAttempts(2).setRetryBackOffMillis(1), 1);
        GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
        group.join(member, event -> event.event() == 5 ? Future.failedFuture("five") : note(event));
        group.run(1_000);
        group.change(options -> options.setPoison(PoisonPolicy.PARK).setMaxAttempts(1));
        group.run(1_000);
        group.log.append(group.log.open().get(0), 8);
        group.run(2_000);
        assertThat(member.ended().isComplete()).isFalse();
        assertThat(group.log.parking.open()).hasSize(1);
        assertThat(group.store.newest().decisions().get(0).attempts()).isEqualTo(1);
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L);
    }

    @Test
    void whatIsTooMuchByTheNewBoundIsCommittedAtOnce() {
        SimGroup group = new SimGroup(new GroupOptions().setCommitIntervalMillis(HOUR_MILLIS), 1);
        join(group, "only");
        group.run(1_000);
        group.log.append(group.log.open().get(0), 200);
        group.run(1_000);
        group.change(options -> options.setMaxUncommittedEvents(50).setLeaseMillis(HOUR_MILLIS));
        group.run(1_000);
        assertThat(group.store.newest().partitions().values()).allMatch(known -> known.offset() == 200);
        group.log.append(group.log.open().get(0), 200);
        group.run(1_000);
        assertThat(seen).hasSize(400);
        assertThat(group.store.newest().partitions().values()).allMatch(known -> known.offset() >= 350);
    }

    @Test
    void whatIsFixedIsRefusedWithBothValues() {
        SimGroup group = new SimGroup(new GroupOptions(), 1);
        assertRefused(group, options -> options.setStreams("sim/others"), "[\"sim/events\"]", "[\"sim/others\"]");
        assertRefused(group, options -> options.setFrom(StartPosition.time(99)), "start", "{\"time\":99}");
        assertRefused(group, options -> options.setParkingStream("sim/bad"), "null", "sim/bad");
        assertThat(group.store.newest().settings().getStreams()).containsExactly("sim/events");
    }

    private static void assertRefused(SimGroup group, UnaryOperator<GroupOptions> change, String before, String after) {
        Future<Boolean> changed = group.change(change);
        group.run(1_000);
        assertThat(changed.cause())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("is " + before)
                .hasMessageContaining("cannot change to " + after);
    }
}
