package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How far the tasks before a shuffle have come, as a task after it knows it. */
class ShuffleStoreTest {

    private static final long NONE = EventTime.NO_WATERMARK;

    /** Fed by the stages of two sources. */
    private static final Topology STAGE = stage();

    private static final String ONE = STAGE.feeders().get(0);
    private static final String TWO = STAGE.feeders().get(1);

    private final ShuffleStore store = new ShuffleStore(STAGE);

    private static Topology stage() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        return builder.from("s/one", TextCodec.STRING)
                .merge(builder.from("s/two", TextCodec.STRING))
                .keyBy("by-text", TextCodec.STRING, text -> text)
                .to("s/out", TextCodec.STRING)
                .build()
                .topology()
                .stages()
                .get(2);
    }

    private static void begin(ShuffleStore store) {
        store.take(new Shuffled.Origin(ONE, List.of(1L, 2L)));
        store.take(new Shuffled.Origin(TWO, List.of(9L)));
    }

    private static void mark(ShuffleStore store, long task, long watermark) {
        store.take(new Shuffled.Mark(task, watermark));
    }

    private static ShuffleStore restored(ShuffleStore from) {
        ShuffleStore restored = new ShuffleStore(STAGE);
        from.forEach(entry -> assertThat(restored.restore(entry)).isTrue());
        return restored;
    }

    private static ShuffleStore after(ShuffleStore... predecessors) {
        ShuffleStore merged = new ShuffleStore(STAGE);
        merged.succeed(List.of(predecessors));
        return merged;
    }

    @Test
    void nothing_is_known_before_all_stages_and_their_tasks_have_spoken() {
        assertThat(store.watermark()).isEqualTo(NONE);
        store.take(new Shuffled.Origin(ONE, List.of(1L, 2L)));
        mark(store, 1, 100);
        mark(store, 2, 200);
        assertThat(store.watermark()).isEqualTo(NONE);
        store.take(new Shuffled.Origin(TWO, List.of(9L)));
        assertThat(store.watermark()).isEqualTo(NONE);
        mark(store, 9, 50);
        assertThat(store.watermark()).isEqualTo(50);
        store.take(new Shuffled.Event(0, 9, 150, 150, 0, "event"));
        assertThat(store.watermark()).isEqualTo(100);
        mark(store, 9, 20);
        assertThat(store.watermark()).isEqualTo(100);
    }

    /** It fills a table that is loaded first. */
    @Test
    void a_stage_that_keeps_no_time_neither_holds_back_nor_moves_it() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        KeyedTable<String> table =
                builder.from("s/one", TextCodec.STRING).keyByRoutingKey().asTable("names", TextCodec.STRING);
        Topology joins = builder.from("s/two", TextCodec.STRING)
                .keyByRoutingKey()
                .join("named", table, TextCodec.STRING, (event, name) -> event)
                .to("s/out", TextCodec.STRING)
                .build()
                .topology()
                .stages()
                .get(2);
        ShuffleStore named = new ShuffleStore(joins);
        named.take(new Shuffled.Origin(TWO, List.of(9L)));
        mark(named, 9, 50);
        assertThat(named.watermark()).isEqualTo(50);
        named.take(new Shuffled.Origin(ONE, List.of(1L)));
        assertThat(named.watermark()).isEqualTo(50);
        mark(named, 1, 20);
        mark(named, 1, 1_000);
        mark(named, 9, 60);
        assertThat(named.watermark()).isEqualTo(60);
        mark(named, 9, Shuffled.IDLE);
        assertThat(named.watermark()).isEqualTo(NONE);
        ShuffleStore restored = new ShuffleStore(joins);
        named.forEach(entry -> assertThat(restored.restore(entry)).isTrue());
        mark(restored, 9, 70);
        mark(restored, 1, 65);
        assertThat(restored.watermark()).isEqualTo(70);
    }

    @Test
    void a_stage_that_says_again_how_it_began_changes_nothing() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 100);
        mark(store, 9, 100);
        begin(store);
        assertThat(store.watermark()).isEqualTo(100);
    }

    @Test
    void nobody_waits_for_a_task_that_is_idle_until_it_says_something() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 200);
        mark(store, 9, Shuffled.IDLE);
        assertThat(store.watermark()).isEqualTo(100);
        mark(store, 1, Shuffled.IDLE);
        assertThat(restored(store).watermark()).isEqualTo(200);
        store.begin();
        store.take(new Shuffled.Event(0, 1, 90, 150, 0, "event"));
        assertThat(store.watermark()).isEqualTo(100);
        store.undo();
        assertThat(store.watermark()).isEqualTo(200);
        store.begin();
        store.take(new Shuffled.Event(0, 9, 50, 150, 0, "event"));
        assertThat(store.watermark()).isEqualTo(50);
        mark(store, 9, Shuffled.IDLE);
        mark(store, 2, Shuffled.IDLE);
        assertThat(store.watermark()).as("all are idle").isEqualTo(NONE);
        assertThat(after(store, store).watermark()).isEqualTo(NONE);
        mark(store, 2, 210);
        assertThat(after(store, restored(store)).watermark()).isEqualTo(210);
    }

    @Test
    void successors_begin_where_the_last_of_their_predecessors_ended() {
        begin(store);
        mark(store, 9, 1_000);
        Shuffled.End first = new Shuffled.End(1, 300, List.of(3L, 4L));
        store.take(first);
        store.take(first);
        assertThat(store.watermark()).isEqualTo(NONE);
        mark(store, 2, 400);
        assertThat(store.watermark()).isEqualTo(300);
        store.take(new Shuffled.End(2, 500, List.of(4L)));
        mark(store, 3, 900);
        assertThat(store.watermark()).isEqualTo(300); // that of 4
        mark(store, 4, 800);
        store.take(first); // once more, under another key
        assertThat(store.watermark()).isEqualTo(800);
        mark(store, 1, 900); // came late, under a key of another former partition
        assertThat(store.watermark()).isEqualTo(800);
    }

    @Test
    void what_is_kept_is_read_back() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 200);
        mark(store, 9, 300);
        assertThat(restored(store).watermark()).isEqualTo(100);
        List<String> kept = new ArrayList<>();
        store.forEach(entry -> kept.add(entry.key() + " " + entry.times()[0]));
        assertThat(kept).containsExactlyInAnyOrder(ONE + "/1 100", ONE + "/2 200", TWO + "/9 300");
        StateEntry twice = new StateEntry(0, ONE + "/1", new long[] {1}, null);
        ShuffleStore restored = restored(store);
        assertThat(restored.restore(twice)).isFalse();
    }

    /** Its source was sealed, so nothing of it says any more that it had begun, and it never says so again. */
    @Test
    void a_stage_that_is_over_is_waited_for_after_a_restore_no_more_than_before() {
        store.take(new Shuffled.Origin(ONE, List.of(1L)));
        store.take(new Shuffled.Origin(TWO, List.of(9L)));
        mark(store, 1, 100);
        store.take(new Shuffled.End(1, 100, List.of()));
        mark(store, 9, 200);
        assertThat(store.watermark()).isEqualTo(200);
        assertThat(restored(store).watermark()).isEqualTo(200);
        assertThat(restored(restored(store)).watermark()).isEqualTo(200);
        assertThat(restored(after(restored(store), store)).watermark()).isEqualTo(200);
        store.take(new Shuffled.End(9, 300, List.of()));
        assertThat(restored(store).watermark()).isEqualTo(store.watermark());
        List<String> kept = new ArrayList<>();
        restored(store).forEach(entry -> kept.add(entry.key()));
        assertThat(kept).containsExactlyInAnyOrder(ONE + "/", TWO + "/");
    }

    /** One of two predecessors has not heard of the end, and then it has. */
    @Test
    void a_stage_is_over_after_a_merge_as_soon_as_the_last_task_of_it_is() {
        store.take(new Shuffled.Origin(ONE, List.of(1L)));
        store.take(new Shuffled.Origin(TWO, List.of(9L)));
        mark(store, 1, 100);
        mark(store, 9, 200);
        ShuffleStore other = restored(store);
        Shuffled.End end = new Shuffled.End(1, 100, List.of());
        store.take(end);
        ShuffleStore merged = restored(after(restored(store), other));
        assertThat(merged.watermark()).isEqualTo(100);
        merged.take(end);
        assertThat(merged.watermark()).isEqualTo(200);
        assertThat(restored(merged).watermark()).isEqualTo(200);
    }

    @Test
    void a_task_that_succeeds_others_knows_the_least_that_they_knew() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 500);
        mark(store, 9, 300);
        ShuffleStore other = restored(store);
        mark(other, 1, 400);
        mark(store, 2, 700);
        ShuffleStore merged = after(store, other);
        assertThat(merged.watermark()).isEqualTo(100);
        mark(merged, 1, 1_000);
        mark(merged, 9, 1_000);
        assertThat(merged.watermark()).isEqualTo(500);
    }

    @Test
    void a_task_that_one_predecessor_does_not_know_yet_is_held_back() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 500);
        mark(store, 9, 300);
        ShuffleStore other = new ShuffleStore(STAGE);
        other.take(new Shuffled.Origin(TWO, List.of(9L)));
        mark(other, 9, 200);
        ShuffleStore merged = after(store, other);
        assertThat(merged.watermark()).isEqualTo(NONE);
        mark(merged, 1, 600);
        mark(merged, 2, 700);
        assertThat(merged.watermark()).isEqualTo(200);
    }

    @Test
    void an_end_that_one_predecessor_has_heard_of_is_heard_by_the_successor_too() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 500);
        mark(store, 9, 300);
        ShuffleStore other = restored(store);
        Shuffled.End end = new Shuffled.End(1, 150, List.of(3L));
        store.take(end);
        mark(store, 3, 900);
        ShuffleStore merged = after(store, other);
        assertThat(merged.watermark()).isEqualTo(100);
        merged.take(end);
        assertThat(merged.watermark()).isEqualTo(150);
        mark(merged, 3, 901);
        assertThat(merged.watermark()).isEqualTo(300);
    }

    /** The end came under the keys of one predecessor, which the successor does not have, and is not told again. */
    @Test
    void a_task_is_over_when_one_that_succeeds_it_speaks() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 500);
        mark(store, 9, 300);
        ShuffleStore other = restored(store);
        store.take(new Shuffled.End(1, 150, List.of(3L)));
        ShuffleStore merged = restored(after(restored(store), other));
        mark(merged, 2, 600);
        assertThat(merged.watermark()).isEqualTo(100);
        merged.take(new Shuffled.Event(0, 3, 160, 160, 0, "event"));
        mark(merged, 3, 170);
        assertThat(merged.watermark()).isEqualTo(170);
        assertThat(restored(merged).watermark()).isEqualTo(170);
        ShuffleStore again = after(merged, other, restored(store));
        assertThat(again.watermark()).isEqualTo(100);
        again.take(new Shuffled.End(3, 200, List.of(4L)));
        mark(again, 4, 210);
        assertThat(again.watermark()).isEqualTo(210);
    }

    /** It ended before it said anything else, so only its own successor has spoken. */
    @Test
    void those_before_a_task_that_is_over_are_over_too() {
        begin(store);
        mark(store, 1, 100);
        mark(store, 2, 500);
        mark(store, 9, 300);
        ShuffleStore first = restored(store);
        store.take(new Shuffled.End(1, 150, List.of(3L)));
        ShuffleStore second = restored(store);
        store.take(new Shuffled.End(3, 160, List.of(4L)));
        ShuffleStore merged = after(store, second, first);
        mark(merged, 4, 200);
        assertThat(merged.watermark()).isEqualTo(200);
    }

    @Test
    void what_was_told_stays_as_it_is_kept_over_a_restore_without_a_step() {
        Topology feeding = ShuffledTest.stages().get(0);
        ShuffleStore told = new ShuffleStore(feeding);
        told.eventsCameTo(90);
        told.stepped();
        told.told(100, 2_000);
        List<StateEntry> kept = new ArrayList<>();
        told.forEach(kept::add);
        for (int restart = 0; restart < 3; restart++) {
            ShuffleStore again = new ShuffleStore(feeding);
            assertThat(again.restoredPieces()).isZero();
            kept.forEach(entry -> assertThat(again.restore(entry)).isTrue());
            again.restored();
            kept.clear();
            again.forEach(kept::add);
            assertThat(kept).hasSize(1);
            assertThat(kept.get(0).times()).containsExactly(100, 2_000, 90, 0, 0, 0);
            assertThat(again.isTimeToTell(101, 2_999)).isFalse();
            assertThat(again.isTimeToTell(101, 3_000)).isTrue();
        }
    }

    @Test
    void nothing_is_told_after_the_end_in_a_later_run_either() {
        Topology feeding = ShuffledTest.stages().get(0);
        ShuffleStore told = new ShuffleStore(feeding);
        assertThat(told.isTimeToTell(100, 2_000)).isTrue();
        told.endTold();
        ShuffleStore again = new ShuffleStore(feeding);
        told.forEach(entry -> assertThat(again.restore(entry)).isTrue());
        assertThat(again.isEndTold()).isTrue();
        assertThat(again.isTimeToTell(100, 2_000)).isFalse();
    }

    @Test
    void results_of_any_predecessor_may_wait_after_a_task_that_succeeds_them() {
        ShuffleStore other = new ShuffleStore(STAGE);
        store.eventsCameTo(500);
        other.eventsCameTo(300);
        assertThat(after(store, other).watermarkOfEvents()).isEqualTo(500);
        assertThat(after(other, store).watermarkOfEvents()).isEqualTo(500);
    }
}
