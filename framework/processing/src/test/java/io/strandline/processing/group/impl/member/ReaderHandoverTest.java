package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader.Loss;
import io.strandline.processing.group.GroupReader.Lost;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.feed.Suspension;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Who reads a partition while readers come and go, in virtual time. */
class ReaderHandoverTest {

    private static final long LEASE_MILLIS = 1_000;

    /** The handler takes a little less than the lease, from any moment between two beats on. */
    @Test
    void aReaderThatLeavesKeepsWhatItsHandlerIsAtWorkWith() {
        for (long phaseMillis = 0; phaseMillis < 400; phaseMillis += 50) {
            SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 2);
            List<String> seen = new ArrayList<>();
            Promise<Void> work = Promise.promise();
            GroupMember<Long> first = group.member(new SimProcess(group.time), "first");
            group.join(first, event -> {
                seen.add("first");
                return work.future();
            });
            group.join(group.member(new SimProcess(group.time), "second"), event -> {
                seen.add("second");
                return Future.succeededFuture();
            });
            group.run(2 * LEASE_MILLIS + phaseMillis);
            assertThat(group.ownedBy("first")).isEqualTo(1);
            long session = Objects.requireNonNull(group.store.newest().members().get("first"))
                    .session();
            group.store.newest().partitions().forEach((id, known) -> {
                if (known.owner() == session) {
                    group.log.append(group.log.partition(id), 1);
                }
            });
            group.run(30);
            assertThat(seen).containsExactly("first");
            Future<Void> left = first.leave();
            group.run(LEASE_MILLIS - 50);
            assertThat(seen).as("after %d ms", phaseMillis).containsExactly("first");
            work.complete();
            group.run(2 * LEASE_MILLIS);
            assertThat(left.succeeded()).isTrue();
            assertThat(seen).containsExactly("first");
            assertThat(group.ownedBy("second")).isEqualTo(2);
        }
    }

    @Test
    void aReaderWithoutHandlerHasNoShare() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 4);
        GroupMember<Long> idle = group.member(new SimProcess(group.time), "idle");
        idle.join();
        group.run(LEASE_MILLIS);
        group.join(group.member(new SimProcess(group.time), "busy"), event -> Future.succeededFuture());
        group.run(LEASE_MILLIS);
        assertThat(group.ownedBy("idle")).isZero();
        assertThat(group.ownedBy("busy")).isEqualTo(4);

        idle.start(event -> Future.succeededFuture());
        group.run(LEASE_MILLIS);
        assertThat(group.ownedBy("idle")).isEqualTo(2);
        assertThat(group.ownedBy("busy")).isEqualTo(2);
    }

    /** The group has passed over the event, and the reader that leaves hears of it when it asks again. */
    @Test
    void aReaderThatMissesTheAnswerToASkipHandsOverAfterTheEvent() {
        SimGroup group =
                new SimGroup(new GroupOptions().setPoison(PoisonPolicy.SKIP).setMaxAttempts(1), 1);
        List<Lost> lost = lostWithout(group, GroupUpdate.Skipped.class, () -> {});
        assertThat(group.store.newest().partitions().values())
                .extracting(PartitionState::offset)
                .containsExactly(1L);
        assertThat(group.store.newest().partitions().values())
                .as("the next event has not failed")
                .extracting(PartitionState::attempts)
                .containsExactly(0);
        assertThat(lost).extracting(Lost::loss).containsExactly(Loss.HANDED_OVER);
        assertThat(lost).extracting(Lost::offset).containsExactly(1L);
    }

    @Test
    void aReaderThatMissesTheAnswerAtAnEndHasFinishedThePartition() {
        SimGroup group =
                new SimGroup(new GroupOptions().setPoison(PoisonPolicy.SKIP).setMaxAttempts(1), 1);
        List<Lost> lost = lostWithout(group, GroupUpdate.Completed.class, () -> group.log.scale(group.log.open(), 2));
        assertThat(lost).extracting(Lost::loss).containsExactly(Loss.FINISHED);
    }

    /** The group has passed over the event, and the reader that leaves does not know it. */
    @Test
    void aReaderThatNeverHearsOfASkipHandsNothingOverForSure() {
        GroupOptions options = new GroupOptions()
                .setPoison(PoisonPolicy.SKIP)
                .setMaxAttempts(1)
                .setRetryTimeoutMillis(1_000);
        SimGroup group = new SimGroup(options, 1);
        List<Lost> lost = lostWithout(group, GroupUpdate.Skipped.class, () -> {
            boolean[] skipped = new boolean[1];
            group.store.refused = updates -> {
                boolean refused = skipped[0] && updates.stream().noneMatch(GroupUpdate.Left.class::isInstance);
                skipped[0] |= updates.stream().anyMatch(GroupUpdate.Skipped.class::isInstance);
                return refused;
            };
        });
        assertThat(lost).extracting(Lost::loss).containsExactly(Loss.TAKEN);
    }

    /** Its handler took longer than a lease, and ended after the group was told where the next reader begins. */
    @Test
    void aReaderThatIsDoneAfterItHasLeftHandsNothingOver() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 1);
        GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
        List<Lost> lost = new ArrayList<>();
        member.partitionLostHandler(lost::add);
        Promise<Void> work = Promise.promise();
        group.store.unanswered = update -> {
            if (update instanceof GroupUpdate.Left) {
                work.complete();
            }
            return false;
        };
        group.join(member, event -> work.future());
        group.log.append(group.log.open().get(0), 1);
        group.run(LEASE_MILLIS);
        member.leave();
        group.run(5 * LEASE_MILLIS);
        assertThat(group.store.newest().partitions().values())
                .extracting(PartitionState::offset)
                .containsExactly(0L);
        assertThat(lost).extracting(Lost::loss).containsExactly(Loss.TAKEN);
    }

    /** The group was reset, so another reader may have the event already. Its handler is still waited for. */
    @Test
    void aReaderLeavesAfterTheHandlerOfWhatWasTakenFromIt() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 1);
        GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
        List<Lost> lost = new ArrayList<>();
        member.partitionLostHandler(lost::add);
        Promise<Void> work = Promise.promise();
        group.join(member, event -> work.future());
        group.log.append(group.log.open().get(0), 1);
        group.run(LEASE_MILLIS);
        group.reset();
        group.run(LEASE_MILLIS / 4);
        Future<Void> left = member.leave();
        group.run(LEASE_MILLIS / 2);
        assertThat(lost).isEmpty();
        assertThat(left.isComplete()).isFalse();
        work.complete();
        group.run(LEASE_MILLIS / 4);
        assertThat(left.succeeded()).isTrue();
        assertThat(lost).extracting(Lost::loss).containsExactly(Loss.TAKEN);
    }

    /** What a reader says that leaves when the group has made a change, the answer to which is lost. */
    private static List<Lost> lostWithout(SimGroup group, Class<? extends GroupUpdate> change, Runnable then) {
        GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
        List<Lost> lost = new ArrayList<>();
        member.partitionLostHandler(lost::add);
        List<Future<Void>> left = new ArrayList<>();
        group.store.unanswered = update -> {
            boolean isLost = change.isInstance(update);
            if (isLost) {
                left.add(member.leave());
            }
            return isLost;
        };
        group.join(member, event -> Future.failedFuture("no"));
        group.log.append(group.log.open().get(0), 1);
        then.run();
        group.run(60_000);
        assertThat(left).singleElement().satisfies(done -> assertThat(done.succeeded())
                .isTrue());
        return lost;
    }

    @Test
    void anAnswerToAnOldBeatProvesNothing() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 1);
        Suspension suspension = new Suspension();
        Session session = new Session(group.place(new SimProcess(group.time)), suspension);
        session.begin(1);
        long sentNanos = group.time.nanos();
        group.run(25 * LEASE_MILLIS);
        session.judge(group.time.nanos());
        session.heard(sentNanos);
        assertThat(session.isLate()).isTrue();
        session.heard(group.time.nanos());
        assertThat(session.isLate()).isFalse();
    }

    /** A reader gets back what it has just lost: by a reset, or because it was taken for dead. */
    @Test
    void whatComesBackToAReaderWaitsForTheHandlerThatIsStillAtWork() {
        SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 1);
        GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
        List<Promise<Void>> atWork = new ArrayList<>();
        group.join(member, event -> {
            Promise<Void> work = Promise.promise();
            atWork.add(work);
            return work.future();
        });
        group.log.append(group.log.open().get(0), 1);
        group.run(LEASE_MILLIS);
        assertThat(atWork).hasSize(1);
        group.reset();
        group.run(2 * LEASE_MILLIS);
        assertThat(group.ownedBy("only")).isEqualTo(1);
        assertThat(atWork).hasSize(1);
        atWork.get(0).complete();
        group.run(LEASE_MILLIS);
        assertThat(atWork).hasSize(2);

        long session = group.store.newest().lastSession();
        group.store.append(List.of(new GroupUpdate.Expired(session, 1)));
        group.run(2 * LEASE_MILLIS);
        assertThat(group.store.newest().lastSession()).isGreaterThan(session);
        assertThat(group.ownedBy("only")).isEqualTo(1);
        assertThat(atWork).hasSize(2);
        atWork.get(1).complete();
        group.run(LEASE_MILLIS);
        assertThat(atWork).hasSize(3);
    }
}
