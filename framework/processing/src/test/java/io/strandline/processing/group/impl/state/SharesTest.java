package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Members that share partitions and read nothing leave sealed ones together. */
class SharesTest {

    private static final StreamName STREAM = new StreamName("bank", "accounts");
    private static final List<KeyRange> HALVES = KeyRange.equalRanges(2);
    private static final PartitionDescription FIRST = new PartitionDescription(1, 0, HALVES.get(0));
    private static final PartitionDescription SECOND = new PartitionDescription(2, 0, HALVES.get(1));
    private static final PartitionDescription MERGED = new PartitionDescription(3, 0, KeyRange.ALL);
    private static final PartitionDescription LOWER = new PartitionDescription(4, 0, HALVES.get(0));
    private static final PartitionDescription UPPER = new PartitionDescription(5, 0, HALVES.get(1));

    private static final StreamDescription BEGUN = new StreamDescription(STREAM, List.of(FIRST, SECOND));
    private static final Scaling MERGE =
            new Scaling(0, List.of(new SealedPartition(FIRST, 7), new SealedPartition(SECOND, 9)), List.of(MERGED));
    private static final Scaling SPLIT = new Scaling(1, List.of(new SealedPartition(MERGED, 3)), List.of(LOWER, UPPER));

    private final GroupDecisions decisions = new GroupDecisions("bank/accounts", true);

    /** Two members, each with one of the first partitions. */
    private final GroupState shared = applied(
            GroupState.NONE,
            List.of(
                    new GroupUpdate.Created("{}", new TreeMap<>(Lineage.opened(BEGUN))),
                    new GroupUpdate.Joined("one", 1, 0, false),
                    new GroupUpdate.Joined("two", 2, 0, false),
                    new GroupUpdate.Taken(1, List.of(1L)),
                    new GroupUpdate.Taken(2, List.of(2L))));

    private static GroupState applied(GroupState state, List<GroupUpdate> updates) {
        GroupState now = state;
        for (GroupUpdate update : updates) {
            now = GroupUpdate.applied(now, update);
        }
        return now;
    }

    private GroupState followed(GroupState state, StreamDescription stream) {
        Decision<Boolean> decision =
                decisions.follow(stream, state.partitions().keySet()).apply(state);
        assertThat(decision.refusal()).isNull();
        return applied(state, decision.updates());
    }

    @Test
    void nothing_changes_while_all_partitions_are_open() {
        assertThat(followed(shared, BEGUN)).isEqualTo(shared);
    }

    @Test
    void a_merge_waits_for_no_member() {
        GroupState merged = followed(shared, new StreamDescription(STREAM, List.of(MERGED), List.of(MERGE)));
        assertThat(merged.partitions()).containsOnlyKeys(3L);
        assertThat(Assignment.takeable(merged, 1)).containsExactly(3L);
    }

    @Test
    void scalings_that_follow_each_other_are_followed_at_once() {
        StreamDescription scaled = new StreamDescription(STREAM, List.of(LOWER, UPPER), List.of(MERGE, SPLIT));
        GroupState split = followed(shared, scaled);
        assertThat(split.partitions()).containsOnlyKeys(4L, 5L);
        assertThat(split.partitions().values()).allMatch(PartitionState::mayBeTaken);
        assertThat(followed(split, scaled)).isEqualTo(split);
    }

    @Test
    void who_looked_before_others_changed_the_partitions_looks_again() {
        GroupState merged = followed(shared, new StreamDescription(STREAM, List.of(MERGED), List.of(MERGE)));
        assertThat(decisions.follow(BEGUN, Set.of(1L, 2L)).apply(merged).refusal())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("[3]")
                .hasMessageContaining("2");
    }

    @Test
    void another_stream_of_the_name_begins_again() {
        PartitionDescription other = new PartitionDescription(9, 0, KeyRange.ALL);
        GroupState begun = followed(shared, new StreamDescription(STREAM, List.of(other)));
        assertThat(begun.partitions()).containsOnlyKeys(9L);
        assertThat(begun.partitions().values()).allMatch(PartitionState::mayBeTaken);
        assertThat(begun.lastClaim()).isGreaterThan(shared.lastClaim());
    }
}
