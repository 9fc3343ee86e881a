package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RecordContext;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A task between two shuffles, whose events are joined with a table that is loaded first. */
class TableTimeTest {

    private static final long EVENTS = 1;
    private static final long TABLE = 2;

    private static final List<Topology> STAGES = stages();
    private static final Topology JOINS = STAGES.get(2);

    private final List<Shuffled> passedOn = new ArrayList<>();
    private final Operators operators = new Operators(
            JOINS,
            new PartitionDescription(7, 0, KeyRange.ALL),
            0,
            new OperatorStates(JOINS, EventTime.START),
            new PassedOn());

    private final class PassedOn implements StepOutputs {

        @Override
        public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
            if (event instanceof Shuffled.Event || MarkKeys.all().get(0).equals(key)) {
                passedOn.add((Shuffled) event);
            }
        }

        @Override
        public void handle(Operator.Handle sink, @Nullable String key, RecordContext place, Object event) {
            throw new AssertionError("there is no handler " + sink.id());
        }
    }

    private long offset;

    private static List<Topology> stages() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        var events = builder.from("s/in", TextCodec.STRING).keyByRoutingKey();
        KeyedTable<String> table =
                builder.from("s/names", TextCodec.STRING).keyByRoutingKey().asTable("names", TextCodec.STRING);
        return events.leftJoin("named", table, TextCodec.STRING, (event, name) -> event + " " + name)
                .keyBy("again", TextCodec.STRING, text -> text)
                .to("s/out", TextCodec.STRING)
                .build()
                .topology()
                .stages();
    }

    private void take(Shuffled record) {
        operators.event(new EventRecord<>(7, offset++, 1_000, "key", EventType.RAW, record));
        operators.done();
    }

    private void tick(long time) {
        assertThat(operators.wantsTick(time, false)).isTrue();
        operators.tick(time, false, false);
        operators.done();
    }

    private void begin() {
        take(new Shuffled.Origin(JOINS.feeders().get(0), List.of(EVENTS)));
        take(new Shuffled.Origin(JOINS.feeders().get(1), List.of(TABLE)));
    }

    private static Shuffled event(long time) {
        return new Shuffled.Event(0, EVENTS, time, time, 1_000, "event");
    }

    private static Shuffled value(long time) {
        return new Shuffled.Event(1, TABLE, time, time, 1_000, Optional.of("value"));
    }

    @Test
    void a_table_neither_holds_time_back_nor_moves_it() {
        begin();
        take(value(5_000));
        take(event(10));
        assertThat(operators.watermark()).isEqualTo(10);
        take(value(1));
        take(new Shuffled.Mark(TABLE, 6_000));
        take(event(20));
        assertThat(operators.watermark()).isEqualTo(20);
        assertThat(operators.lateEvents()).isZero();
    }

    /** Otherwise a table that changes all the time holds back what comes after the next shuffle. */
    @Test
    void a_task_whose_table_changes_is_idle_when_its_events_are() {
        begin();
        take(event(10));
        take(new Shuffled.Mark(EVENTS, 15));
        take(value(5_000));
        assertThat(operators.wantsTick(1_001, false)).isFalse();
        take(new Shuffled.Mark(EVENTS, Shuffled.IDLE));
        take(value(5_001));
        passedOn.clear();
        tick(1_001);
        assertThat(passedOn).containsExactly(new Shuffled.Mark(7, 15), new Shuffled.Mark(7, Shuffled.IDLE));
        take(value(5_002));
        assertThat(passedOn).hasSize(2);
        assertThat(operators.wantsTick(900_000, false)).isFalse();
        take(event(30));
        assertThat(passedOn).endsWith(new Shuffled.Mark(7, 30));
        assertThat(operators.watermark()).isEqualTo(30);
    }
}
