package io.strandline.processing.group;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.PartitionDescription;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.ResetPlan.Move;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a reset of a group would change is told before, and is what it then changes. */
class ResetPlanTest extends GroupOnFiles {

    private ReaderGroup atTheEnd(int events) {
        ReaderGroup group = group(options());
        join(group, "only");
        append(0, events);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(events);
        return group;
    }

    /** Plans, and then resets, and gives the plan. */
    private ResetPlan planned(ReaderGroup group, Supplier<Future<ResetPlan>> plan, Supplier<Future<Void>> reset) {
        SortedMap<StreamName, StreamCut> before = get(group.position());
        Set<String> subscribers = get(log.catalog().subscribers(STREAM)).keySet();
        ResetPlan planned = get(plan.get());
        assertThat(get(group.position())).as("nothing has changed").isEqualTo(before);
        assertThat(get(log.catalog().subscribers(STREAM))).as("nothing is held").containsOnlyKeys(subscribers);
        int seen = handled.get();
        get(reset.get());
        until(vertx, "what was announced comes again", () -> handled.get() == seen + planned.again());
        get(group.awaitPosition(end()));
        assertThat(handled).as("and nothing else").hasValue(seen + (int) planned.again());
        return planned;
    }

    @Test
    void the_events_that_a_plan_announces_come_again_across_a_scaling() {
        ReaderGroup group = atTheEnd(300);
        get(group.checkpoint("noon"));
        StreamCut noon = end();
        PartitionDescription first =
                get(log.catalog().describe(STREAM)).partitions().get(0);
        get(log.catalog().scale(STREAM, Set.of(first.id()), first.keys().halves()));
        append(300, 500);
        get(group.awaitPosition(end()));

        assertThat(planned(group, () -> group.planResetToCheckpoint("noon"), () -> group.resetToCheckpoint("noon"))
                        .again())
                .isEqualTo(200);
        assertThat(planned(group, () -> group.planResetTo(noon), () -> group.resetTo(noon))
                        .again())
                .isEqualTo(200);
        ResetPlan all = planned(
                group, () -> group.planResetTo(StartPosition.start()), () -> group.resetTo(StartPosition.start()));
        assertThat(all.again()).isEqualTo(500);
        assertThat(all.skipped()).isZero();
        assertThat(all.moves()).extracting(Move::stream).containsOnly(STREAM_NAME);
        assertThat(all.moves()).extracting(Move::partition).isSorted().contains(first.id());
        assertThat(all.moves()).extracting(Move::to).containsOnly(0L);
        assertThat(get(group.planResetTo(StartPosition.end())).moves()).isEmpty();
        get(group.close());
    }

    @Test
    void what_is_passed_over_is_what_the_group_lags() {
        append(0, 300);
        ReaderGroup group = group(options());
        ResetPlan plan = get(group.planResetTo(StartPosition.end()));
        assertThat(plan.skipped()).isEqualTo(300).isEqualTo(get(group.lag()).total());
        assertThat(plan.again()).isZero();
        get(group.resetToEnd());
        assertThat(get(group.lag()).total()).isZero();
        assertThat(get(group.planResetTo(StartPosition.time(1))).again()).isEqualTo(300);
        get(group.close());
    }

    @Test
    void a_plan_fails_as_its_reset_does() {
        ReaderGroup group = atTheEnd(10);
        TreeMap<Long, Long> past = new TreeMap<>();
        end().offsets().forEach((partition, offset) -> past.put(partition, offset + 1));
        List<StreamCut> wrong = List.of(
                new StreamCut(StreamName.parse("shop/none"), end().offsets()),
                StreamCut.of(STREAM_NAME, past.firstKey(), 0),
                new StreamCut(STREAM_NAME, past));
        for (StreamCut cut : wrong) {
            assertThat(failure(group.planResetTo(cut)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessage(failure(group.resetTo(cut)).getMessage());
        }
        assertThat(failure(group.planResetToCheckpoint("noon")))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessage(failure(group.resetToCheckpoint("noon")).getMessage());
        get(group.delete());
        assertThat(failure(group.planResetTo(StartPosition.start()))).isInstanceOf(StrandlineException.NotFound.class);
        get(group.close());
        assertThat(failure(group.planResetTo(StartPosition.start())))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void what_is_null_is_invalid_at_every_call_of_a_group() {
        ReaderGroup group = group(options());
        List<Supplier<Future<?>>> calls = List.of(
                () -> group.planResetTo((StartPosition) null),
                () -> group.resetTo((StartPosition) null),
                () -> group.planResetTo((StreamCut) null),
                () -> group.resetTo((StreamCut) null),
                () -> group.planResetTo((StreamCut[]) null),
                () -> group.resetTo((StreamCut[]) null),
                () -> group.planResetToCheckpoint(null),
                () -> group.resetToCheckpoint(null),
                () -> group.checkpoint(null),
                () -> group.dropCheckpoint(null),
                () -> group.awaitPosition(null),
                () -> group.setOptions(null),
                () -> group.join(null, AccountsPipeline.TEXT),
                () -> group.join("only", null),
                () -> group.join("only", AccountsPipeline.TEXT, null),
                () -> group.replay(null, AccountsPipeline.TEXT, this::note),
                () -> group.replay(List.of(), null, this::note),
                () -> group.replay(List.of(), AccountsPipeline.TEXT, null),
                () -> group.dropParked(null));
        for (int i = 0; i < calls.size(); i++) {
            assertThat(failure(calls.get(i).get()))
                    .as("call %d", i)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(" is null, it must be given");
        }
        assertThatThrownBy(() -> StartPosition.at(null)).isInstanceOf(StrandlineException.Invalid.class);
        get(group.close());
    }

    @Test
    void removed_events_do_not_come_again() {
        ReaderGroup group = atTheEnd(300);
        StreamCut half = end();
        append(300, 400);
        get(group.awaitPosition(end()));
        get(log.catalog().truncate(STREAM, half));
        assertThat(planned(group, () -> group.planResetTo(StartPosition.start()), group::resetToStart)
                        .again())
                .isEqualTo(100);
        get(group.close());
    }
}
