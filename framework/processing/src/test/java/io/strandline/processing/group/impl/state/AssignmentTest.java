package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.spi.BytesOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AssignmentTest {

    private static GroupState group(int count) {
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        for (long id = 0; id < count; id++) {
            partitions.put(id, PartitionState.fresh((int) id % 3, 0, -1, List.of()));
        }
        return GroupUpdate.applied(GroupState.NONE, new GroupUpdate.Created("{}", partitions));
    }

    private static GroupState joined(GroupState state) {
        long session = state.lastSession() + 1;
        return GroupUpdate.applied(state, new GroupUpdate.Joined("r" + session, session, 0, false));
    }

    /** Lets all readers give and take until none wants to. Fails if that takes too long. */
    private static GroupState settled(GroupState start, SplittableRandom random, int[] moves) {
        GroupState state = start;
        for (int round = 0; round < 1_000; round++) {
            List<GroupUpdate> wanted = new ArrayList<>();
            for (GroupState.Member member : state.members().values()) {
                List<Long> owned = owned(state, member.session());
                int share = Assignment.share(state, member.session());
                if (owned.size() > share) {
                    long id = owned.get(0);
                    wanted.add(new GroupUpdate.Released(List.of(new Progress(id, claim(state, id), 0, 0))));
                } else if (!Assignment.takeable(state, member.session()).isEmpty()) {
                    wanted.add(new GroupUpdate.Taken(member.session(), Assignment.takeable(state, member.session())));
                }
            }
            if (wanted.isEmpty()) {
                return state;
            }
            moves[0]++;
            state = GroupUpdate.applied(state, wanted.get(random.nextInt(wanted.size())));
        }
        throw new AssertionError("readers never come to rest: " + state);
    }

    private static long claim(GroupState state, long id) {
        PartitionState known = state.partitions().get(id);
        return known == null ? 0 : known.claim();
    }

    private static List<Long> owned(GroupState state, long session) {
        List<Long> owned = new ArrayList<>();
        state.partitions().forEach((id, known) -> {
            if (known.owner() == session) {
                owned.add(id);
            }
        });
        return owned;
    }

    private static void assertBalanced(GroupState state) {
        List<Integer> counts = state.members().values().stream()
                .map(member -> owned(state, member.session()).size())
                .sorted()
                .toList();
        assertThat(counts.get(counts.size() - 1) - counts.get(0)).isLessThanOrEqualTo(1);
        assertThat(counts.stream().mapToInt(count -> count).sum())
                .isEqualTo(state.partitions().size());
    }

    @Test
    void readersBalanceAndMoveNoMoreThanTheyMust() {
        SplittableRandom random = new SplittableRandom(1);
        for (int run = 0; run < 200; run++) {
            int partitions = random.nextInt(40);
            GroupState state = group(partitions);
            for (int reader = 0; reader < 1 + random.nextInt(8); reader++) {
                int[] moves = new int[1];
                state = settled(joined(state), random, moves);
                assertBalanced(state);
                int share = Assignment.share(state, state.lastSession());
                assertThat(moves[0]).isLessThanOrEqualTo(2 * share + 1);
            }
            GroupState left = GroupUpdate.applied(state, new GroupUpdate.Left(1));
            if (!left.members().isEmpty()) {
                assertBalanced(settled(left, random, new int[1]));
            }
        }
    }

    @Test
    void whatWaitsForItsPredecessorsIsNobodysShare() {
        GroupState state = joined(group(2));
        TreeMap<Long, PartitionState> successors = new TreeMap<>();
        successors.put(9L, PartitionState.fresh(0, 0, -1, List.of(1L)));
        state = GroupUpdate.applied(state, new GroupUpdate.Completed(0, 5, successors));
        assertThat(Assignment.takeable(state, 1)).containsExactly(1L);
        state = GroupUpdate.applied(state, new GroupUpdate.Completed(1, 5, new TreeMap<>()));
        assertThat(Assignment.takeable(state, 1)).containsExactly(9L);
    }

    /** Otherwise partitions would move for ever between readers that both have their share. */
    @Test
    void whoHasMoreKeepsIt() {
        GroupState state = joined(joined(group(3)));
        state = GroupUpdate.applied(state, new GroupUpdate.Taken(2, List.of(0L, 1L)));
        assertThat(Assignment.share(state, 2)).isEqualTo(2);
        assertThat(Assignment.share(state, 1)).isEqualTo(1);
        GroupState even = joined(joined(group(3)));
        assertThat(Assignment.share(even, 1)).as("the older session").isEqualTo(2);
        assertThat(Assignment.share(even, 2)).isEqualTo(1);
    }

    @Test
    void whatWaitsIsNotShared() {
        GroupState state = joined(joined(group(2)));
        TreeMap<Long, PartitionState> successors = new TreeMap<>();
        successors.put(9L, PartitionState.fresh(0, 0, -1, List.of(1L)));
        state = GroupUpdate.applied(state, new GroupUpdate.Completed(0, 5, successors));
        assertThat(Assignment.share(state, 1)).isEqualTo(1);
        assertThat(Assignment.share(state, 2)).isZero();
    }

    @Test
    void aCauseKeepsAsMuchAsThereIsRoomFor() {
        assertThat(Causes.cut("x".repeat(32), 32)).isEqualTo("x".repeat(32));
        assertThat(Causes.cut("x".repeat(33), 32)).isEqualTo("x".repeat(29) + "…");
        assertThat(Causes.cut("é".repeat(17), 32)).isEqualTo("é".repeat(14) + "…");
    }

    @Test
    void aStateComesBackFromItsBytes() throws Exception {
        GroupState state = joined(group(3));
        state = GroupUpdate.applied(state, new GroupUpdate.Taken(1, List.of(0L, 1L)));
        state = GroupUpdate.applied(state, new GroupUpdate.Condemned(0, 7, 3, "why", "key", true));
        state = GroupUpdate.applied(state, new GroupUpdate.MeetingBegun("noon"));
        state = GroupUpdate.applied(state, new GroupUpdate.Noted("noon", List.of(new Progress(0, 1, 7, 0))));
        assertThat(state.meetings()).containsKey("noon");
        assertThat(copied(state)).isEqualTo(state);
        state = GroupUpdate.applied(state, new GroupUpdate.Expired(1, 100));
        assertThat(state.checkpoints())
                .hasEntrySatisfying("noon", cuts -> assertThat(cuts.get(0)).containsEntry(0L, 7L));
        assertThat(copied(state)).isEqualTo(state);
        assertThat(copied(GroupState.NONE)).isEqualTo(GroupState.NONE);
    }

    private static GroupState copied(GroupState state) throws Exception {
        BytesOutput bytes = new BytesOutput();
        GroupUpdate.MODEL.states().encode(state, bytes);
        byte[] stored = bytes.toByteArray();
        return GroupUpdate.MODEL.states().decode(GroupUpdate.MODEL.states().typeOf(state), stored, 0, stored.length);
    }
}
