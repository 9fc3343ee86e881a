package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.Lineage;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Resets;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Several keys of one partition at once, in virtual time. The one partition has 24 keys, which take turns. */
class KeyConcurrencyTest {

    private static final long LEASE_MILLIS = 1_000;
    private static final int KEYS = 24;
    private static final int KEY_CONCURRENCY = 4;
    private static final long TIMEOUT_MILLIS = 400;

    private final SimGroup group = new SimGroup(
            new GroupOptions()
                    .setLeaseMillis(LEASE_MILLIS)
                    .setCommitIntervalMillis(50)
                    .setMaxAttempts(2)
                    .setRetryBackOffMillis(100)
                    .setPoison(PoisonPolicy.SKIP),
            1);
    private final long partition = group.store.newest().partitions().firstKey();
    private final SimProcess process = new SimProcess(group.time);
    private final List<Long> seen = new ArrayList<>();
    /** The events at the handler. */
    private final Map<Long, Promise<Void>> atWork = new TreeMap<>();

    private GroupMember<Long> member(SimProcess its, String name) {
        return member(its, name, KEY_CONCURRENCY, GroupSimulation.CODEC);
    }

    private GroupMember<Long> member(SimProcess its, String name, int keyConcurrency, EventCodec<Long> codec) {
        return group.member(its, name, codec, new GroupReaderOptions().setKeyConcurrency(keyConcurrency));
    }

    private GroupMember<Long> join() {
        GroupMember<Long> member = member(process, "only");
        group.join(member, this::work);
        group.run(LEASE_MILLIS);
        return member;
    }

    private Future<?> work(GroupEvent<Long> event) {
        return work(event.event());
    }

    private Future<?> work(long event) {
        seen.add(event);
        Promise<Void> work = Promise.promise();
        assertThat(atWork.put(event, work)).as("event %s twice at once", event).isNull();
        return work.future();
    }

    private Promise<Void> end(long event) {
        return Objects.requireNonNull(atWork.remove(event));
    }

    private void complete(long event) {
        end(event).complete();
        group.run(LEASE_MILLIS);
    }

    /** Completes what is at work and what comes then. */
    private void completeAll() {
        while (!atWork.isEmpty()) {
            List.copyOf(atWork.keySet()).forEach(event -> end(event).complete());
            group.run(LEASE_MILLIS);
        }
    }

    private void append(int events) {
        group.log.append(group.log.partition(partition), events);
        group.run(LEASE_MILLIS);
    }

    private PartitionState known() {
        return Objects.requireNonNull(group.store.newest().partitions().get(partition));
    }

    // ---- order, and how many

    @Test
    void soManyKeysAreAtTheHandlerAndTheNextComesWhenOneIsDone() {
        join();
        append(10);
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L);
        complete(2);
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L);
        completeAll();
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(known().offset()).isEqualTo(10);
    }

    @Test
    void eventsOfOneKeyComeInOrderAndOneByOne() {
        join();
        append(3 * KEYS);
        for (long event = 1; event < KEYS; event++) {
            complete(event);
        }
        assertThat(atWork).containsOnlyKeys(0L, 25L, 26L, 27L);
        complete(0);
        assertThat(atWork).doesNotContainKey(2L * KEYS).hasSize(KEY_CONCURRENCY);
        complete(25);
        assertThat(atWork).containsKey((long) KEYS);
        completeAll();
        for (long key = 0; key < KEYS; key++) {
            long itsKey = key;
            assertThat(seen.stream().filter(event -> event % KEYS == itsKey))
                    .containsExactly(key, key + KEYS, key + 2 * KEYS);
        }
    }

    /** The group has passed over the event. Its reader asks again, goes on, and nothing comes twice. */
    @Test
    void aSkipWhoseAnswerIsLostLetsNoEventComeAgain() {
        boolean[] lost = new boolean[1];
        group.store.unanswered = update -> {
            boolean loses = update instanceof GroupUpdate.Skipped && !lost[0];
            lost[0] |= loses;
            return loses;
        };
        List<GroupReader.Gained> gained = new ArrayList<>();
        GroupMember<Long> member = member(process, "only");
        member.partitionGainedHandler(partition -> {
            gained.add(partition);
            return Future.succeededFuture();
        });
        group.join(member, event -> {
            seen.add(event.event());
            return event.event() == 0 ? Future.failedFuture("zero") : Future.succeededFuture();
        });
        append(10);
        group.run(10 * LEASE_MILLIS);
        assertThat(lost[0]).isTrue();
        assertThat(known().offset()).isEqualTo(10);
        assertThat(seen.stream().filter(event -> event != 0)).doesNotHaveDuplicates();
        assertThat(gained).hasSize(1);
        assertThat(group.store.newest().decisions()).hasSize(1);
    }

    /** Event 0 is skipped while its reader leaves. The later ones are done, but for the next of its key, which fills the gap. */
    @Test
    void aSkipWhileItsReaderLeavesLetsNoEventComeAgain() {
        List<Future<Void>> left = new ArrayList<>();
        GroupMember<Long> member = member(process, "only");
        group.store.unanswered = update -> {
            if (update instanceof GroupUpdate.Skipped && left.isEmpty()) {
                left.add(member.leave());
            }
            return false;
        };
        group.join(member, this::work);
        append(2 * KEYS);
        for (long event = 1; event < KEYS; event++) {
            complete(event);
        }
        end(0).fail("zero");
        List.copyOf(atWork.keySet()).forEach(event -> end(event).complete());
        group.run(LEASE_MILLIS);
        end(0).fail("zero");
        group.run(LEASE_MILLIS / 2);
        assertThat(left).hasSize(1);
        assertThat(atWork).as("the gap is filled").containsOnlyKeys((long) KEYS);
        complete(KEYS);
        assertThat(left.get(0).succeeded()).isTrue();
        assertThat(known().offset()).isEqualTo(KEYS + 4);
        assertThat(known().attempts()).isZero();
        assertThat(seen.stream().filter(event -> event != 0)).doesNotHaveDuplicates();
    }

    /** A gap before event 25 is left to the next reader: the group was told so. */
    @Test
    void nothingIsBegunAfterTheReaderHasLeft() {
        GroupMember<Long> member = join();
        append(2 * KEYS);
        for (long event = 1; event < KEYS; event++) {
            complete(event);
        }
        group.store.unanswered = update -> {
            if (update instanceof GroupUpdate.Left) {
                end(0).complete();
            }
            return false;
        };
        Future<Void> left = member.leave();
        group.run(3 * LEASE_MILLIS);
        assertThat(left.succeeded()).isTrue();
        assertThat(known().offset()).isZero();
        assertThat(seen).contains(KEYS + 1L).doesNotContain((long) KEYS);
    }

    /** The last half of the last half, and so on, has no key. */
    @Test
    void eventsWithoutKeyAreHandledLikeThoseOfOneKey() {
        for (int i = 0; i < 6; i++) {
            List<SimLog.Events> open = group.log.open();
            group.log.scale(open.subList(open.size() - 1, open.size()), 2);
        }
        join();
        SimLog.Events keyless = group.log.open().stream()
                .filter(events -> events.key(0) == null)
                .findFirst()
                .orElseThrow();
        group.log.append(keyless, 3);
        group.run(LEASE_MILLIS);
        assertThat(seen).containsExactly(0L);
        complete(0);
        assertThat(seen).containsExactly(0L, 1L);
        complete(1);
        complete(2);
        assertThat(seen).containsExactly(0L, 1L, 2L);
    }

    // ---- position

    @Test
    void thePositionIsTheFirstEventThatIsNotProcessedAndWhatIsAfterItComesAgainAfterACrash() {
        join();
        append(6);
        List.of(0L, 2L, 3L, 4L).forEach(this::complete);
        assertThat(known().offset()).isEqualTo(1);
        process.crashed = true;
        seen.clear();
        atWork.clear();
        group.join(member(new SimProcess(group.time), "next"), event -> {
            seen.add(event.event());
            return Future.succeededFuture();
        });
        group.run(5 * LEASE_MILLIS);
        assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(known().offset()).isEqualTo(6);
    }

    @Test
    void soManyEventsAreHandedOverAfterTheCommittedPosition() {
        group.change(options -> options.setMaxUncommittedEvents(10));
        join();
        append(KEYS);
        while (atWork.size() > 1) {
            complete(atWork.keySet().stream()
                    .filter(event -> event > 0)
                    .findFirst()
                    .orElseThrow());
        }
        assertThat(seen).hasSize(10);
        complete(0);
        completeAll();
        assertThat(known().offset()).isEqualTo(KEYS);
    }

    @Test
    void eventsOfTheWindowAreBoundedByNumber() {
        join();
        int most = KEY_CONCURRENCY * GroupReaderOptions.KEY_EVENTS_AHEAD;
        append(2 * most);
        boolean others = true;
        while (others) {
            others = false;
            for (long event : List.copyOf(atWork.keySet())) {
                if (event > 0) {
                    complete(event);
                    others = true;
                }
            }
        }
        assertThat(seen).hasSize(most - (most - 1) / KEYS);
        complete(0);
        completeAll();
        assertThat(known().offset()).isEqualTo(2L * most);
    }

    @Test
    void eventsOfTheWindowAreBoundedByBytes() {
        int bytes = 8 << 10;
        int[] decoded = new int[1];
        EventCodec<Long> large = new EventCodec<>() {
            @Override
            public EventType typeOf(Long event) {
                return SimLog.TYPE;
            }

            @Override
            public void encode(Long event, PayloadOutput out) {}

            @Override
            public Long decode(EventType type, byte[] payload, int from, int length) throws IOException {
                decoded[0]++;
                return GroupSimulation.CODEC.decode(type, payload, from, length);
            }
        };
        group.log.paddingBytes = bytes;
        GroupReaderOptions options =
                new GroupReaderOptions().setKeyConcurrency(KEY_CONCURRENCY).setReadAheadBytes(8 * bytes);
        group.join(group.member(process, "only", large, options), this::work);
        group.run(LEASE_MILLIS);
        append(2 * KEYS);
        assertThat(decoded[0]).isEqualTo(8);
        completeAll();
        assertThat(known().offset()).isEqualTo(2 * KEYS);
    }

    // ---- failures

    @Test
    void anEventThatFailedComesAgainAloneAndWhatWasDoneAfterItDoesNot() {
        join();
        append(6);
        complete(3);
        end(1).fail("no");
        group.run(LEASE_MILLIS);
        assertThat(atWork).as("nothing is begun after the one that failed").containsOnlyKeys(0L, 2L, 4L);
        complete(0);
        assertThat(atWork).containsOnlyKeys(2L, 4L);
        complete(2);
        complete(4);
        assertThat(atWork).as("it comes again alone").containsOnlyKeys(1L);
        assertThat(known().attempts()).isEqualTo(2);
        end(1).fail("no");
        group.run(LEASE_MILLIS);
        assertThat(group.store.newest().decisions()).extracting(Decided::offset).containsExactly(1L);
        assertThat(known().offset()).isEqualTo(5);
        assertThat(atWork).containsOnlyKeys(5L);
        completeAll();
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 1L, 5L);
    }

    @Test
    void aHandlerWithoutEndIsGivenUpAndTheNextDeliveryIsAnotherReaders() {
        group.change(options -> options.setHandlerTimeoutMillis(TIMEOUT_MILLIS));
        GroupMember<Long> member = member(process, "first");
        group.join(member, event -> event.event() == 1 ? work(event) : Future.succeededFuture());
        group.run(LEASE_MILLIS);
        List<String> others = new ArrayList<>();
        group.join(member(new SimProcess(group.time), "second"), event -> {
            others.add(event.event() + " " + event.attempt());
            return Future.succeededFuture();
        });
        group.run(LEASE_MILLIS);
        append(4);
        group.run(2 * LEASE_MILLIS);
        assertThat(others).containsExactly("1 2", "2 1", "3 1");
        assertThat(known().offset()).isEqualTo(4);
        complete(1);
        assertThat(others).hasSize(3);
    }

    /** Event 0 is given up and passed over. It would otherwise count as one that has failed, before all others. */
    @Test
    void whatAHandlerEndsWithAfterItWasGivenUpDoesNotCount() {
        group.change(options -> options.setHandlerTimeoutMillis(TIMEOUT_MILLIS).setMaxAttempts(1));
        join();
        append(1);
        group.run(LEASE_MILLIS);
        assertThat(known().offset()).isEqualTo(1);
        end(0).fail("late");
        append(2);
        assertThat(seen).containsExactly(0L, 1L, 2L);
    }

    // ---- it pauses, and goes

    @Test
    void atABoundaryNothingIsAtTheHandlerAndNothingAfterTheCutWasProcessed() {
        List<GroupReader.Boundary> boundaries = new ArrayList<>();
        GroupMember<Long> member = join();
        member.boundaryHandler(boundary -> {
            boundaries.add(boundary);
            return Future.succeededFuture();
        });
        beginAfterAGap();
        group.checkpoint("noon");
        group.run(LEASE_MILLIS);
        complete(0);
        assertThat(atWork)
                .as("the gap is filled, and nothing after it is begun")
                .containsOnlyKeys(26L, 27L, 28L, 24L);
        List.of(26L, 27L, 28L).forEach(this::complete);
        assertThat(boundaries).isEmpty();
        complete(24);
        assertThat(boundaries).singleElement().satisfies(boundary -> assertThat(
                        Objects.requireNonNull(boundary.cuts().get(SimGroup.STREAM))
                                .offset(partition))
                .isEqualTo(29));
        assertThat(atWork).as("it goes on").isNotEmpty();
    }

    /** What was done after the event that is tried again may not be after a cut. */
    @Test
    void aBoundaryWaitsForAnEventThatIsTriedAgainAfterOthersWereDone() {
        List<GroupReader.Boundary> boundaries = new ArrayList<>();
        GroupMember<Long> member = join();
        member.boundaryHandler(boundary -> {
            boundaries.add(boundary);
            return Future.succeededFuture();
        });
        append(3);
        complete(1);
        complete(2);
        end(0).fail("no");
        group.run(10);
        group.checkpoint("noon");
        group.run(LEASE_MILLIS);
        assertThat(atWork).containsOnlyKeys(0L);
        assertThat(boundaries).isEmpty();
        complete(0);
        assertThat(boundaries).singleElement().satisfies(boundary -> assertThat(
                        Objects.requireNonNull(boundary.cuts().get(SimGroup.STREAM))
                                .offset(partition))
                .isEqualTo(3));
    }

    /** Event 0 is at the handler, 24 of the same key waits for it, and 25 to 28 were begun. */
    private void beginAfterAGap() {
        append(3 * KEYS);
        for (long event = 1; event < KEYS; event++) {
            complete(event);
        }
        complete(25);
        assertThat(atWork).containsOnlyKeys(0L, 26L, 27L, 28L);
    }

    @Test
    void aPausedReaderFillsTheGap() {
        GroupMember<Long> member = join();
        beginAfterAGap();
        member.pause(true);
        completeAll();
        assertThat(known().offset()).isEqualTo(29);
        member.pause(false);
        group.run(LEASE_MILLIS);
        completeAll();
        assertThat(known().offset()).isEqualTo(3 * KEYS);
    }

    @Test
    void aReaderThatLeavesFillsTheGapSoThatNothingComesAgain() {
        GroupMember<Long> member = join();
        beginAfterAGap();
        Future<Void> left = member.leave();
        for (long event : List.of(0L, 26L, 27L, 28L)) {
            end(event).complete();
        }
        group.run(100);
        assertThat(left.isComplete()).isFalse();
        end(24).complete();
        group.run(100);
        assertThat(left.succeeded()).isTrue();
        assertThat(known().offset()).isEqualTo(29);
        assertThat(seen).doesNotHaveDuplicates().hasSize(29);
    }

    /** It delivers nothing while the group may believe that it is dead, and leaves when it has heard of the group again. */
    @Test
    void aReaderThatLeavesWhileItsGroupIsAwayFillsTheGapWhenItIsBack() {
        GroupMember<Long> member = join();
        beginAfterAGap();
        group.store.faults = 1_000;
        group.run(2 * LEASE_MILLIS);
        for (long event : List.of(0L, 26L, 27L, 28L)) {
            end(event).complete();
        }
        group.run(10);
        assertThat(atWork).isEmpty();
        member.leave();
        group.run(100);
        group.store.faults = 0;
        group.run(LEASE_MILLIS / 2);
        assertThat(atWork).containsOnlyKeys(24L);
        complete(24);
        assertThat(known().offset()).isEqualTo(29);
        assertThat(seen).doesNotHaveDuplicates().hasSize(29);
    }

    /** The key of the event in the gap is held meanwhile. It is for the next reader to put the event into the parking stream. */
    @Test
    void aReaderThatLeavesDecidesNothingAboutAnEventOfAHeldKey() {
        SimGroup two = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 2);
        long first = two.store.newest().partitions().firstKey();
        int keys = KEYS / 2;
        GroupMember<Long> member =
                two.member(process(two), "only", GroupSimulation.CODEC, new GroupReaderOptions().setKeyConcurrency(2));
        two.join(member, event -> event.event() % keys == 0 ? work(event.event()) : note(event));
        two.run(LEASE_MILLIS);
        SimLog.Events events = two.log.partition(first);
        two.log.append(events, keys + 2);
        two.run(LEASE_MILLIS);
        assertThat(seen).contains(keys + 1L).doesNotContain((long) keys);
        long other = two.store.newest().partitions().lastKey();
        two.store.append(List.of(new GroupUpdate.Condemned(other, 0, 0, "another event", events.key(0), true)));
        two.run(LEASE_MILLIS);
        Future<Void> left = member.leave();
        end(0).complete();
        two.run(LEASE_MILLIS / 2);
        assertThat(left.succeeded()).isTrue();
        PartitionState given =
                Objects.requireNonNull(two.store.newest().partitions().get(first));
        assertThat(given.offset()).isEqualTo(keys);
        assertThat(given.verdict()).isNull();
        assertThat(seen).doesNotContain((long) keys);
    }

    /** The reader gives a partition back, cannot fill its gap because it has not heard of the group, and is lost to a reset. */
    @Test
    void aPartitionThatIsTakenWhileItsGapWaitsComesBack() {
        SimGroup two = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 2);
        long last = two.store.newest().partitions().lastKey();
        int keys = KEYS / 2;
        GroupMember<Long> first =
                two.member(process(two), "first", GroupSimulation.CODEC, new GroupReaderOptions().setKeyConcurrency(2));
        two.join(
                first,
                event ->
                        event.event() == 0 ? work(event.event() + event.record().partition()) : note(event));
        two.run(LEASE_MILLIS);
        two.log.open().forEach(events -> two.log.append(events, keys + 2));
        two.run(LEASE_MILLIS);
        SimProcess other = process(two);
        two.join(two.member(other, "second"), this::note);
        two.run(100);
        two.store.faults = 1_000;
        two.run(LEASE_MILLIS + LEASE_MILLIS / 2);
        List.copyOf(atWork.keySet()).forEach(event -> end(event).complete());
        two.run(10);
        two.store.append(Resets.reset(
                        two.decisions,
                        state -> Lineage.partitionsAt(
                                0, two.log.description(), two.log.startCut().offsets(), new TreeMap<>()),
                        before -> before)
                .apply(two.store.newest())
                .updates());
        two.run(50);
        other.crashed = true;
        two.store.faults = 0;
        for (int i = 0; i < 20; i++) {
            two.run(LEASE_MILLIS);
            List.copyOf(atWork.keySet()).forEach(event -> end(event).complete());
        }
        assertThat(Objects.requireNonNull(two.store.newest().partitions().get(last))
                        .offset())
                .isEqualTo(keys + 2);
    }

    /** A reader of a group that is bounded at an offset, with more events after that. */
    private GroupMember<Long> joinUntil(long end) {
        TreeMap<Long, Long> until = new TreeMap<>(Map.of(partition, end));
        group.store.append(Resets.reset(
                        group.decisions,
                        state -> Lineage.partitionsAt(
                                0, group.log.description(), group.log.startCut().offsets(), until),
                        before -> before)
                .apply(group.store.newest())
                .updates());
        append(KEYS);
        GroupMember<Long> member = new GroupMember<>(
                group.place(process),
                "only",
                GroupSimulation.CODEC,
                new GroupReaderOptions().setKeyConcurrency(KEY_CONCURRENCY),
                new TreeMap<>(Map.of(0, until)));
        group.join(member, this::work);
        return member;
    }

    @Test
    void aBoundedGroupEndsWhenAllKeysBeforeItsEndAreDone() {
        GroupMember<Long> member = joinUntil(7);
        group.run(LEASE_MILLIS);
        List.of(1L, 2L, 3L).forEach(this::complete);
        List.of(4L, 5L, 6L).forEach(this::complete);
        assertThat(atWork).containsOnlyKeys(0L);
        assertThat(member.ended().isComplete()).isFalse();
        complete(0);
        assertThat(member.ended().succeeded()).isTrue();
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
    }

    /** Each commit lets one event more in. */
    @Test
    void aBoundedGroupEndsWhenOneEventAtATimeMayBeUncommitted() {
        group.change(options -> options.setMaxUncommittedEvents(1));
        GroupMember<Long> member = joinUntil(7);
        for (int round = 0; round < KEYS; round++) {
            group.run(LEASE_MILLIS);
            completeAll();
        }
        assertThat(member.ended().succeeded()).isTrue();
        assertThat(seen).hasSize(7);
    }

    private Future<?> note(GroupEvent<Long> event) {
        seen.add(event.event());
        return Future.succeededFuture();
    }

    private static SimProcess process(SimGroup of) {
        return new SimProcess(of.time);
    }

    @Test
    void theSuccessorsOfAPartitionComeWhenAllKeysOfItAreDone() {
        join();
        append(6);
        List.of(1L, 2L, 3L, 4L, 5L).forEach(this::complete);
        group.log.scale(List.of(group.log.partition(partition)), 2);
        group.log.append(group.log.open().get(0), 1);
        group.run(LEASE_MILLIS);
        assertThat(seen).hasSize(6);
        complete(0);
        assertThat(seen).hasSize(7);
        assertThat(group.store.newest().partitions()).doesNotContainKey(partition);
    }

    @Test
    void aBatchHoldsTheEventsOfAllKeys() {
        assertThatThrownBy(member(process, "only")::requireBatches)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("keyConcurrency is 4, with a batch handler it must be 1");
        assertThatThrownBy(new GroupReaderOptions().setKeyConcurrency(0)::validate)
                .hasMessage("keyConcurrency is 0, it must be 1 to 1000");
    }
}
