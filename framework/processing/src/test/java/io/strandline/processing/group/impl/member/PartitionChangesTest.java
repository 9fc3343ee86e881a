package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReader.Gained;
import io.strandline.processing.group.GroupReader.Loss;
import io.strandline.processing.group.GroupReader.Lost;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** When a reader hears that partitions have come and gone, and what a failure does, in virtual time. */
class PartitionChangesTest {

    private static final long LEASE_MILLIS = 1_000;
    /** The ids of the partitions, as texts below have them. */
    private static final long FIRST = 3;

    private static final long SECOND = 4;

    private final SimGroup group =
            new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS).setCommitIntervalMillis(50), 2);
    /** What one reader has heard, in order. */
    private final List<String> seen = new ArrayList<>();

    private final List<Lost> losses = new ArrayList<>();
    private final Map<Long, Promise<Void>> loading = new HashMap<>();
    private final GroupMember<Long> member = group.member(new SimProcess(group.time), "first");

    private void listen(Function<Gained, Future<?>> atGain) {
        member.partitionGainedHandler(gained -> {
            seen.add("gained " + gained.partition() + " at " + gained.offset());
            return atGain.apply(gained);
        });
        member.partitionLostHandler(this::lost);
    }

    private void lost(Lost lost) {
        seen.add("lost " + lost.partition());
        losses.add(lost);
    }

    private static Future<?> atOnce(Gained gained) {
        return Future.succeededFuture();
    }

    private Future<?> later(Gained gained) {
        Promise<Void> loaded = Promise.promise();
        loading.put(gained.partition(), loaded);
        return loaded.future();
    }

    private Future<?> handle(GroupEvent<Long> event) {
        seen.add("event " + event.record().offset() + " of " + event.record().partition());
        return Future.succeededFuture();
    }

    private void append() {
        group.log.open().forEach(events -> group.log.append(events, 1));
    }

    private Promise<Void> loadingOf(long partition) {
        return Objects.requireNonNull(loading.get(partition));
    }

    private PartitionState known(long partition) {
        return Objects.requireNonNull(group.store.newest().partitions().get(partition));
    }

    private GroupMember<Long> joinOther() {
        GroupMember<Long> other = group.member(new SimProcess(group.time), "second");
        group.join(other, event -> Future.succeededFuture());
        return other;
    }

    private List<Loss> kinds() {
        return losses.stream().map(Lost::loss).toList();
    }

    @Test
    void eventsOfAPartitionWaitUntilTheApplicationIsReadyForIt() {
        listen(this::later);
        append();
        group.join(member, this::handle);
        group.run(2 * LEASE_MILLIS);
        assertThat(seen).containsExactly("gained 3 at 0", "gained 4 at 0");
        loadingOf(SECOND).complete();
        group.run(LEASE_MILLIS);
        assertThat(seen).containsExactly("gained 3 at 0", "gained 4 at 0", "event 0 of 4");
        loadingOf(FIRST).complete();
        group.run(LEASE_MILLIS);
        assertThat(seen).containsExactly("gained 3 at 0", "gained 4 at 0", "event 0 of 4", "event 0 of 3");
        assertThat(losses).isEmpty();
    }

    @Test
    void aPartitionIsLostAfterItsLastEventAndCommit() {
        listen(PartitionChangesTest::atOnce);
        List<Promise<Void>> atWork = new ArrayList<>();
        group.join(member, event -> {
            Promise<Void> work = Promise.promise();
            atWork.add(work);
            return work.future();
        });
        append();
        group.run(LEASE_MILLIS);
        assertThat(atWork).hasSize(2);
        GroupMember<Long> other = joinOther();
        group.run(3 * LEASE_MILLIS);
        assertThat(losses).as("it is at the handler").isEmpty();
        atWork.forEach(Promise::complete);
        group.run(LEASE_MILLIS);
        assertThat(losses).containsExactly(new Lost(SimGroup.STREAM, SECOND, 1, Loss.HANDED_OVER));
        assertThat(known(SECOND).offset()).isEqualTo(1);
        assertThat(other.position()).hasSize(1);
    }

    /** Its reader is asked to give it back before the application is ready for it. */
    @Test
    void aPartitionStaysWhileTheApplicationIsNotReadyForIt() {
        listen(this::later);
        append();
        group.join(member, this::handle);
        group.run(LEASE_MILLIS);
        GroupMember<Long> other = joinOther();
        group.run(3 * LEASE_MILLIS);
        assertThat(other.position()).isEmpty();
        loading.values().forEach(Promise::complete);
        group.run(LEASE_MILLIS);
        assertThat(losses).containsExactly(new Lost(SimGroup.STREAM, SECOND, 0, Loss.HANDED_OVER));
        assertThat(seen).containsExactlyInAnyOrder("gained 3 at 0", "gained 4 at 0", "event 0 of 3", "lost 4");
        assertThat(other.position()).hasSize(1);
    }

    @Test
    void aResetTakesEveryPartitionAndTheReaderGainsItAgain() {
        listen(PartitionChangesTest::atOnce);
        group.join(member, this::handle);
        append();
        group.run(LEASE_MILLIS);
        seen.clear();
        group.reset();
        group.run(LEASE_MILLIS);
        assertThat(seen).containsSubsequence("lost 3", "gained 3 at 0", "event 0 of 3");
        assertThat(seen).containsSubsequence("lost 4", "gained 4 at 0", "event 0 of 4");
        assertThat(kinds()).containsExactly(Loss.TAKEN, Loss.TAKEN);
    }

    @Test
    void aPartitionThatWasReadToItsEndIsFinished() {
        listen(PartitionChangesTest::atOnce);
        group.join(member, this::handle);
        append();
        group.run(LEASE_MILLIS);
        seen.clear();
        group.log.scale(List.of(group.log.partition(FIRST)), 2);
        group.run(2 * LEASE_MILLIS);
        assertThat(losses).containsExactly(new Lost(SimGroup.STREAM, FIRST, 1, Loss.FINISHED));
        assertThat(seen).hasSize(3).startsWith("lost 3");
        assertThat(group.store.newest().partitions()).doesNotContainKey(FIRST).hasSize(3);
    }

    @Test
    void aReaderThatLeavesHasLostEverythingBeforeItHasEnded() {
        listen(PartitionChangesTest::atOnce);
        group.join(member, this::handle);
        append();
        group.run(LEASE_MILLIS);
        List<Integer> lostAtEnd = new ArrayList<>();
        member.ended().onComplete(ended -> lostAtEnd.add(losses.size()));
        member.leave();
        group.run(LEASE_MILLIS);
        assertThat(lostAtEnd).containsExactly(2);
        assertThat(losses)
                .containsExactly(
                        new Lost(SimGroup.STREAM, FIRST, 1, Loss.HANDED_OVER),
                        new Lost(SimGroup.STREAM, SECOND, 1, Loss.HANDED_OVER));
        assertThat(known(FIRST).offset()).isEqualTo(1);
    }

    @Test
    void whatIsAtAHandlerThatDoesNotEndIsTaken() {
        listen(PartitionChangesTest::atOnce);
        group.join(member, event -> Promise.promise().future());
        group.log.append(group.log.partition(FIRST), 1);
        group.run(LEASE_MILLIS);
        member.leave();
        group.run(3 * LEASE_MILLIS);
        assertThat(losses)
                .containsExactly(
                        new Lost(SimGroup.STREAM, FIRST, 0, Loss.TAKEN),
                        new Lost(SimGroup.STREAM, SECOND, 0, Loss.HANDED_OVER));
    }

    /** The lease is over for the group by the time the reader says that it leaves. */
    @Test
    void whatAReaderLeavesAfterItsLeaseIsTaken() {
        SimProcess process = new SimProcess(group.time);
        GroupMember<Long> frozen = group.member(process, "frozen");
        frozen.partitionLostHandler(this::lost);
        group.join(frozen, this::handle);
        append();
        group.run(LEASE_MILLIS);
        process.frozenUntil = group.time.nanos() + 4 * LEASE_MILLIS * 1_000_000;
        GroupMember<Long> other = joinOther();
        group.run(3 * LEASE_MILLIS);
        assertThat(other.position().values()).isNotEmpty();
        frozen.leave();
        group.run(3 * LEASE_MILLIS);
        assertThat(frozen.ended().isComplete()).isTrue();
        assertThat(kinds()).containsExactly(Loss.TAKEN, Loss.TAKEN);
    }

    @Test
    void aReaderWhoseLeaseHasEndedLosesEverythingAndGainsWhatItGetsAgain() {
        SimProcess process = new SimProcess(group.time);
        GroupMember<Long> frozen = group.member(process, "frozen");
        frozen.partitionGainedHandler(gained -> {
            seen.add("gained " + gained.partition());
            return Future.succeededFuture();
        });
        frozen.partitionLostHandler(this::lost);
        group.join(frozen, event -> Future.succeededFuture());
        group.run(LEASE_MILLIS);
        process.frozenUntil = group.time.nanos() + 4 * LEASE_MILLIS * 1_000_000;
        joinOther();
        group.run(10 * LEASE_MILLIS);
        assertThat(kinds()).containsExactly(Loss.TAKEN, Loss.TAKEN);
        assertThat(seen)
                .hasSize(5)
                .startsWith("gained 3", "gained 4", "lost 3", "lost 4")
                .element(4)
                .asString()
                .startsWith("gained");
    }

    @SuppressWarnings("NullAway") // what a handler must not do
    static Stream<Function<Gained, Future<?>>> failures() {
        return Stream.of(
                gained -> {
                    throw new AssertionError("no table");
                },
                gained -> null,
                gained -> Future.failedFuture("no table"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureToGainStopsTheReader(Function<Gained, Future<?>> failing) {
        listen(failing);
        append();
        group.join(member, this::handle);
        group.run(2 * LEASE_MILLIS);
        assertThat(member.ended().failed()).isTrue();
        assertThat(member.ended().cause()).hasMessageMatching(".*(no table|returned null).*");
        assertThat(seen).contains("gained 3 at 0", "lost 3").noneMatch(what -> what.startsWith("event"));
        assertThat(known(FIRST).owner()).isZero();
        assertThat(group.store.newest().members()).isEmpty();
    }

    /** The partition is another's by then. */
    @Test
    void aFailureToGainWhatIsGoneIsPassedOver() {
        listen(this::later);
        group.join(member, this::handle);
        group.run(LEASE_MILLIS);
        Promise<Void> before = loadingOf(FIRST);
        group.reset();
        group.run(LEASE_MILLIS);
        before.fail("no table");
        loadingOf(SECOND).complete();
        group.run(LEASE_MILLIS);
        loading.values().forEach(Promise::tryComplete);
        append();
        group.run(LEASE_MILLIS);
        loading.values().forEach(Promise::tryComplete);
        group.run(LEASE_MILLIS);
        assertThat(member.ended().isComplete()).isFalse();
        assertThat(seen).contains("event 0 of 3", "event 0 of 4");
        assertThat(kinds()).containsExactly(Loss.TAKEN, Loss.TAKEN);
    }

    @Test
    void aHandlerOfLossesThatThrowsDoesNotStopTheReader() {
        member.partitionLostHandler(lost -> {
            losses.add(lost);
            throw new AssertionError("unexpected");
        });
        group.join(member, this::handle);
        append();
        group.run(LEASE_MILLIS);
        group.reset();
        group.run(LEASE_MILLIS);
        assertThat(losses).hasSize(2);
        assertThat(seen).hasSize(4);
        assertThat(member.ended().isComplete()).isFalse();
    }

    /** The reader is in the middle of a comparison with the state then. */
    @Test
    void aReaderMayLeaveWhenItHearsOfAGain() {
        member.partitionGainedHandler(gained -> {
            seen.add("gained " + gained.partition());
            member.leave();
            return Future.succeededFuture();
        });
        member.partitionLostHandler(this::lost);
        append();
        requireItLeaves();
        assertThat(seen).containsExactly("gained 3", "lost 3");
    }

    @Test
    void aReaderMayLeaveWhenItHearsOfALoss() {
        listen(PartitionChangesTest::atOnce);
        member.partitionLostHandler(lost -> {
            lost(lost);
            member.leave();
        });
        group.join(member, this::handle);
        group.run(LEASE_MILLIS);
        seen.clear();
        group.reset();
        requireItLeaves();
        assertThat(seen).containsExactly("lost 3", "lost 4");
    }

    private void requireItLeaves() {
        if (!group.store.newest().members().containsKey("first")) {
            group.join(member, this::handle);
        }
        group.run(3 * LEASE_MILLIS);
        assertThat(member.ended().succeeded()).isTrue();
        assertThat(group.store.newest().members()).isEmpty();
        append();
        group.run(LEASE_MILLIS);
        assertThat(seen).noneMatch(what -> what.startsWith("event"));
    }

    @Test
    void aBoundaryCountsNothingOfWhatTheApplicationIsNotReadyFor() {
        listen(this::later);
        List<GroupReader.Boundary> boundaries = new ArrayList<>();
        member.boundaryHandler(boundary -> {
            boundaries.add(boundary);
            return Future.succeededFuture();
        });
        append();
        group.join(member, this::handle);
        group.run(LEASE_MILLIS);
        group.checkpoint("noon");
        group.run(LEASE_MILLIS);
        assertThat(boundaries).hasSize(1);
        assertThat(Objects.requireNonNull(boundaries.get(0).cuts().get(SimGroup.STREAM))
                        .offsets()
                        .values())
                .containsOnly(0L);
    }

    @Test
    void aReaderThatCannotLearnWhereAPartitionBeginsEndsWithTheCause() {
        group.change(options -> options.setRetryTimeoutMillis(5_000));
        SimLog.Events truncated = group.log.partition(FIRST);
        group.log.append(truncated, 10);
        truncated.start = 5;
        StrandlineException cause = new StrandlineException.Unavailable("the catalog recovers");
        group.log.startFailure = cause;
        group.join(member, event -> Future.succeededFuture());
        group.run(2_000);
        assertThat(member.ended().isComplete()).isFalse();
        group.run(10_000);
        assertThat(member.ended().cause()).isSameAs(cause);
    }

    @Test
    void aReaderOfADeletedStreamEndsAtOnce() {
        SimLog.Events truncated = group.log.partition(FIRST);
        group.log.append(truncated, 10);
        truncated.start = 5;
        StrandlineException cause = new StrandlineException.NotFound("stream was deleted");
        group.log.startFailure = cause;
        group.join(member, event -> Future.succeededFuture());
        group.run(2_000);
        assertThat(member.ended().cause()).isSameAs(cause);
    }
}
