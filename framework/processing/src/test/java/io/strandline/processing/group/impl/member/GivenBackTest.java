package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a reader may say of a partition that it has given back under the claim that it had. */
class GivenBackTest {

    private final SimGroup group = new SimGroup(new GroupOptions(), 1);

    @Test
    void itCommitsAndDecidesNothingThereAnyMore() {
        group.join(group.member(new SimProcess(group.time), "only"), event -> Future.succeededFuture());
        group.run(1_000);
        GroupState held = group.store.newest();
        long session = Objects.requireNonNull(held.members().get("only")).session();
        long partition = held.partitions().firstKey();
        PartitionState known = Objects.requireNonNull(held.partitions().get(partition));
        assertThat(known.owner()).isEqualTo(session);
        Progress late = new Progress(partition, known.claim(), 7, 0);
        assertThat(group.decisions.commit(session, List.of(late)).apply(held).answer())
                .containsExactly(late);

        GroupState free = GroupUpdate.applied(
                held, new GroupUpdate.Released(List.of(new Progress(partition, known.claim(), 0, 0))));
        assertThat(Objects.requireNonNull(free.partitions().get(partition)).claim())
                .isEqualTo(known.claim());
        assertThat(group.decisions.commit(session, List.of(late)).apply(free).answer())
                .isEmpty();
        assertThat(group.decisions.release(session, List.of(late)).apply(free).updates())
                .isEmpty();
        assertThat(group.decisions.attempt(session, late).apply(free).refusal())
                .isInstanceOf(StrandlineException.Fenced.class);
        assertThat(group.decisions.skip(session, late, "no").apply(free).refusal())
                .isInstanceOf(StrandlineException.Fenced.class);
    }
}
