package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.GroupState.Meeting;
import io.strandline.processing.group.impl.state.GroupState.Member;
import io.strandline.spi.BytesOutput;
import io.strandline.sync.log.LogStoreOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The largest state of a group, and what it takes in a store. */
class GroupWeightTest {

    private static final int STORE_BYTES = new LogStoreOptions().getLimits().maxValueBytes();
    private static final long OFFSET = (1L << 49) - 1;

    private static final GroupDecisions DECISIONS = new GroupDecisions("shop/billing", true);
    private static final GroupOptions OPTIONS = new GroupOptions().setStreams("shop/orders");
    /** A value, which takes a second and more to decide. */
    private static final GroupState LARGEST = largest();

    private static GroupState with(int count) {
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        for (long id = 1; id <= count; id++) {
            partitions.put(id * 1_000, PartitionState.fresh(0, OFFSET, -1, List.of()));
        }
        return decided(GroupState.NONE, DECISIONS.create(OPTIONS.toJson().encode(), partitions, new TreeMap<>()));
    }

    private static <T> GroupState decided(
            GroupState state, java.util.function.Function<GroupState, Decision<T>> decision) {
        Decision<T> decided = decision.apply(state);
        if (decided.refusal() != null) {
            throw decided.refusal();
        }
        GroupState after = state;
        for (GroupUpdate update : decided.updates()) {
            after = GroupUpdate.applied(after, update);
        }
        return after;
    }

    /** As large as the documentation lets it be: 2,000 partitions, 1,000 readers, ten checkpoints and the automatic one. */
    private static GroupState largest() {
        GroupState state = with(GroupState.MAX_PARTITIONS);
        for (int checkpoint = 0; checkpoint < 10; checkpoint++) {
            state = decided(state, DECISIONS.beginCheckpoint("checkpoint-" + checkpoint, false));
        }
        state = decided(state, DECISIONS.beginCheckpoint(ReaderGroup.AUTOMATIC, true));
        for (int reader = 0; reader < GroupState.MAX_READERS; reader++) {
            state = decided(state, DECISIONS.join("reader-" + reader, null, 1, reader * 1_000_000L));
            long session = state.lastSession();
            state = decided(state, DECISIONS.take(session));
        }
        return state;
    }

    @Test
    void theLargestGroupFitsIntoTheStoreHoweverItGoesOn() {
        GroupState state = LARGEST;
        assertThat(state.checkpoints()).hasSize(11);
        for (long id : List.copyOf(state.partitions().keySet())) {
            state = GroupUpdate.applied(
                    state, new GroupUpdate.Condemned(id, OFFSET, 1_000, "cause ".repeat(33), null, true));
        }
        assertThat(GroupWeight.sizeOf(state)).isLessThan(STORE_BYTES - 1_000);
        assertThat(GroupWeight.of(state)).isLessThanOrEqualTo(GroupWeight.MAX_BYTES);
        assertThat(decided(state, DECISIONS.beginCheckpoint(ReaderGroup.AUTOMATIC, true))
                        .meetings())
                .hasSize(1);
    }

    @Test
    void whatAddsToAGroupThatIsFullIsRefusedAndWhatLightensItIsNot() {
        GroupState state = LARGEST;
        StrandlineException refusal = null;
        for (int key = 0; refusal == null && key < GroupState.MAX_HELD_KEYS; key++) {
            long id = state.partitions().firstKey();
            PartitionState known = Objects.requireNonNull(state.partitions().get(id));
            Decision<Boolean> held = DECISIONS
                    .park(
                            known.owner(),
                            new Progress(id, known.claim(), OFFSET + key, 1),
                            "no",
                            key + "k".repeat(4_000))
                    .apply(state);
            refusal = held.refusal();
            for (GroupUpdate update : held.updates()) {
                state = GroupUpdate.applied(state, update);
            }
        }
        assertThat(refusal).isInstanceOf(StrandlineException.Overloaded.class).hasMessageContaining("held keys");
        assertThat(GroupWeight.sizeOf(state)).isLessThan(STORE_BYTES);
        long session = state.members().values().iterator().next().session();
        decided(state, DECISIONS.commit(session, List.of()));
        decided(state, DECISIONS.leave(session, List.of()));
        decided(state, GroupDecisions.freeKey(state.held().get(0)));
    }

    @Test
    void everyUpdateOfTheLargestGroupIsAValueOfTheStore() throws IOException {
        GroupState state = LARGEST;
        List<Progress> all = new ArrayList<>();
        state.partitions().forEach((id, known) -> all.add(new Progress(id, Long.MAX_VALUE, OFFSET, 1_000)));
        for (GroupUpdate update : List.of(
                new GroupUpdate.Created("o".repeat(GroupOptions.MAX_JSON_BYTES), state.partitions()),
                new GroupUpdate.Reset(state.partitions(), Long.MAX_VALUE),
                new GroupUpdate.Committed(all),
                new GroupUpdate.Noted("c".repeat(64), all))) {
            BytesOutput bytes = new BytesOutput();
            GroupUpdate.MODEL.updates().encode(update, bytes);
            assertThat(bytes.toByteArray().length)
                    .as(update.getClass().getSimpleName())
                    .isLessThan(STORE_BYTES - 1_000);
        }
    }

    @Test
    void aStateIsReadBackAsItWas() throws IOException {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 200; i++) {
            GroupState state = drawn(random);
            BytesOutput bytes = new BytesOutput();
            GroupUpdate.MODEL.states().encode(state, bytes);
            byte[] stored = bytes.toByteArray();
            assertThat(stored.length).isEqualTo((int) GroupWeight.sizeOf(state));
            assertThat((long) stored.length).isLessThanOrEqualTo(GroupWeight.of(state));
            assertThat(GroupUpdate.MODEL
                            .states()
                            .decode(GroupUpdate.MODEL.states().typeOf(state), stored, 0, stored.length))
                    .isEqualTo(state);
        }
    }

    private static GroupState drawn(SplittableRandom random) {
        TreeMap<String, Member> members = new TreeMap<>();
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        List<HeldKey> held = new ArrayList<>();
        List<Decided> decided = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            members.put("r" + random.nextInt(100), new Member(random.nextLong(1L << 50), i, i, random.nextBoolean()));
            partitions.put(random.nextLong(1 << 20), partition(random));
            held.add(new HeldKey(1, "ключ" + i, i, random.nextLong(1 << 20), random.nextLong(1L << 40)));
            decided.add(new Decided(0, i, random.nextLong(1L << 40), i, random.nextBoolean(), "cause " + i));
        }
        TreeMap<String, Meeting> meetings = new TreeMap<>();
        meetings.put("m", new Meeting(List.of(3L, random.nextLong(1 << 20)), cuts(random)));
        TreeMap<String, SortedMap<Integer, SortedMap<Long, Long>>> checkpoints = new TreeMap<>();
        checkpoints.put("c", cuts(random));
        return new GroupState(
                random.nextBoolean() ? null : "{}",
                random.nextLong(100),
                random.nextLong(1L << 60),
                random.nextLong(1L << 60),
                members,
                partitions,
                meetings,
                checkpoints,
                held,
                decided,
                times(random));
    }

    private static SortedMap<Integer, Long> times(SplittableRandom random) {
        TreeMap<Integer, Long> times = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            times.put(random.nextInt(100), random.nextLong(1L << 45));
        }
        return times;
    }

    /** Version 2 had no times, which stand at the end. */
    @Test
    void aStateOfVersion2IsReadToo() throws IOException {
        BytesOutput bytes = new BytesOutput();
        GroupState state = LARGEST;
        GroupUpdate.MODEL.states().encode(state, bytes);
        byte[] stored = bytes.toByteArray();
        EventType version2 = new EventType("group-state", 2);
        assertThat(GroupUpdate.MODEL.states().decode(version2, stored, 0, stored.length - 1))
                .isEqualTo(state);
    }

    private static PartitionState partition(SplittableRandom random) {
        return new PartitionState(
                random.nextInt(100),
                random.nextLong(1L << 45),
                random.nextLong(1L << 45) - 1,
                List.of(random.nextLong(1 << 20)),
                random.nextLong(1L << 60),
                random.nextLong(1L << 60),
                random.nextInt(1_000),
                random.nextLong(1L << 45),
                random.nextInt(1_025),
                random.nextBoolean() ? null : "no",
                random.nextLong(1L << 60));
    }

    private static SortedMap<Integer, SortedMap<Long, Long>> cuts(SplittableRandom random) {
        TreeMap<Integer, SortedMap<Long, Long>> cuts = new TreeMap<>();
        TreeMap<Long, Long> cut = new TreeMap<>();
        cut.put(random.nextLong(1 << 20), random.nextLong(1L << 45));
        cut.put(random.nextLong(1 << 20), random.nextLong(1L << 45));
        cuts.put(random.nextInt(100), cut);
        return cuts;
    }
}
