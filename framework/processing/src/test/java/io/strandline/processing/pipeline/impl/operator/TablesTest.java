package io.strandline.processing.pipeline.impl.operator;

import static io.strandline.processing.pipeline.impl.operator.Harness.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events are {@code key time payload}. Those of table A have a payload with A, and a deletion is just the letter. */
class TablesTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;

    private static KeyedEvents<String> keyed() {
        return Pipeline.named("test", 1).from("s/in", TEXT).keyBy(Harness::key);
    }

    private static String payload(String event) {
        return event.substring(event.lastIndexOf(' ') + 1);
    }

    private static KeyedTable<String> table(KeyedEvents<String> events, String letter) {
        return events.map(TablesTest::payload)
                .filter(payload -> payload.startsWith(letter))
                .asTable(letter, TEXT, payload -> payload.equals(letter) ? null : payload);
    }

    private static Topology changes(KeyedTable<String> table) {
        return table.changes()
                .map(change -> change.before() + " -> " + change.value())
                .to("s/out", TEXT)
                .build()
                .topology();
    }

    private static String both(@Nullable String left, @Nullable String right) {
        return left + "+" + right;
    }

    @Test
    void a_table_has_the_last_value_of_each_key_and_passes_on_changes() {
        assertThat(run(changes(table(keyed(), "A")), "a 9 A1", "b 8 A2", "a 7 A3", "a 6 A", "a 5 A", "a 4 A4"))
                .containsExactly(
                        "0 out a null -> A1",
                        "1 out b null -> A2",
                        "2 out a A1 -> A3",
                        "3 out a A3 -> null",
                        "5 out a null -> A4");
    }

    @Test
    void an_event_is_joined_with_the_value_of_its_moment() {
        KeyedEvents<String> events = keyed();
        KeyedTable<String> table = table(events, "A");
        KeyedEvents<String> others = events.map(TablesTest::payload).filter(payload -> payload.startsWith("E"));
        others.join(table, (event, value) -> event + "+" + value).to("s/inner", TEXT);
        Topology topology = others.leftJoin(table, TablesTest::both)
                .to("s/left", TEXT)
                .build()
                .topology();
        assertThat(run(topology, "a 1 E1", "a 1 A1", "a 1 E2", "b 1 E3", "a 1 A2", "a 1 E4", "a 1 A", "a 1 E5"))
                .containsExactly(
                        "0 left a E1+null",
                        "2 inner a E2+A1",
                        "2 left a E2+A1",
                        "3 left b E3+null",
                        "5 inner a E4+A2",
                        "5 left a E4+A2",
                        "7 left a E5+null");
    }

    /** The order in which the operators were added is the order in which one event goes through them. */
    @Test
    void an_event_that_fills_the_table_too_meets_itself_if_the_table_was_added_before() {
        KeyedEvents<String> before = keyed().map(TablesTest::payload);
        KeyedTable<String> own = before.asTable("own", TEXT);
        Topology tableFirst =
                before.leftJoin(own, TablesTest::both).to("s/out", TEXT).build().topology();
        assertThat(run(tableFirst, "a 1 x", "a 1 y")).containsExactly("0 out a x+x", "1 out a y+y");
    }

    @Test
    void tables_are_joined_where_both_have_the_key() {
        KeyedEvents<String> events = keyed();
        Topology topology = changes(table(events, "A").join(table(events, "B"), (one, other) -> both(one, other)));
        assertThat(run(topology, "a 1 A1", "a 1 B1", "a 1 A2", "a 1 B2", "b 1 B9", "a 1 A", "a 1 B3", "a 1 A3"))
                .containsExactly(
                        "1 out a null -> A1+B1",
                        "2 out a A1+B1 -> A2+B1",
                        "3 out a A2+B1 -> A2+B2",
                        "5 out a A2+B2 -> null",
                        "7 out a null -> A3+B3");
    }

    @Test
    void tables_are_joined_where_the_left_one_or_one_at_all_has_the_key() {
        KeyedEvents<String> events = keyed();
        Topology left = changes(table(events, "A").leftJoin(table(events, "B"), TablesTest::both));
        assertThat(run(left, "a 1 B1", "a 1 A1", "a 1 B", "a 1 A", "a 1 B2"))
                .containsExactly("1 out a null -> A1+B1", "2 out a A1+B1 -> A1+null", "3 out a A1+null -> null");
        events = keyed();
        Topology outer = changes(table(events, "A").outerJoin(table(events, "B"), TablesTest::both));
        assertThat(run(outer, "a 1 B1", "a 1 A1", "a 1 B", "a 1 A", "a 1 B2"))
                .containsExactly(
                        "0 out a null -> null+B1",
                        "1 out a null+B1 -> A1+B1",
                        "2 out a A1+B1 -> A1+null",
                        "3 out a A1+null -> null",
                        "4 out a null -> null+B2");
    }

    @Test
    void a_join_of_tables_is_joined_on() {
        KeyedEvents<String> events = keyed();
        KeyedTable<String> two =
                table(events, "A").join(table(events, "B"), (one, other) -> one.equals("A0") ? null : both(one, other));
        KeyedTable<String> three = two.outerJoin(table(events, "C"), TablesTest::both);
        events.map(TablesTest::payload)
                .filter(payload -> payload.startsWith("E"))
                .leftJoin(three, TablesTest::both)
                .to("s/events", TEXT);
        assertThat(run(changes(three), "a 1 A1", "a 1 C1", "a 1 B1", "a 1 E1", "a 1 A0", "a 1 C", "a 1 E2"))
                .containsExactly(
                        "1 out a null -> null+C1",
                        "2 out a null+C1 -> A1+B1+C1",
                        "3 events a E1+A1+B1+C1",
                        "4 out a A1+B1+C1 -> null+C1",
                        "5 out a null+C1 -> null",
                        "6 events a E2+null");
    }

    @Test
    void a_table_on_both_sides_of_a_join_is_refused() {
        KeyedEvents<String> events = keyed();
        KeyedTable<String> one = table(events, "A");
        KeyedTable<String> two = one.join(table(events, "B"), (a, b) -> both(a, b));
        assertThatThrownBy(() -> two.join(one, (a, b) -> both(a, b)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("[A] on both sides");
    }

    /** Events and tables of two sources. */
    private record Sources(Pipeline.Builder builder, KeyedEvents<String> events, KeyedTable<String> table) {

        static Sources create() {
            Pipeline.Builder builder = Pipeline.named("test", 1);
            return new Sources(
                    builder,
                    builder.from("s/in", TEXT).keyBy(Harness::key),
                    builder.from("s/values", TEXT).keyBy(Harness::key).asTable("values", TEXT));
        }
    }

    @Test
    void events_and_tables_of_several_sources_need_an_id() {
        Sources sources = Sources.create();
        KeyedTable<String> other = sources.events().asTable("other", TEXT);
        assertThatThrownBy(() -> sources.events().join(sources.table(), TablesTest::both))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("this join takes events and a table of several sources", "an id, and the codec");
        assertThatThrownBy(() -> other.outerJoin(sources.table(), TablesTest::both))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("this outer join takes tables of several sources", "an id");
        KeyedTable<String> both = other.join("both", sources.table(), TablesTest::both);
        assertThatThrownBy(() -> sources.events().leftJoin("joined", both, TEXT, TablesTest::both))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("joined", "changes().asTable(id, codec, Change::value)");
        assertThatThrownBy(() -> other.join("both", sources.table(), TablesTest::both))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("two operators with id both");
    }

    /** Otherwise it takes the room twice. */
    @Test
    void a_table_that_only_other_stages_take_is_kept_there_alone() {
        Sources sources = Sources.create();
        sources.events().join("joined", sources.table(), TEXT, TablesTest::both).to("s/out", TEXT);
        Topology topology = sources.builder().build().topology();
        assertThat(topology.stages().stream().map(stage -> stage.withState().size()))
                .containsExactly(0, 0, 1);
        sources.table().changes().map(change -> change.value()).to("s/changes", TEXT);
        topology = sources.builder().build().topology();
        assertThat(topology.stages().stream().map(stage -> stage.withState().size()))
                .containsExactly(0, 1, 1);
    }

    @Test
    void a_join_with_an_id_that_needs_no_shuffle_has_none() {
        KeyedEvents<String> events = keyed();
        KeyedTable<String> table = table(events, "A");
        Topology topology = events.join("joined", table, TEXT, TablesTest::both)
                .to("s/out", TEXT)
                .build()
                .topology();
        assertThat(topology.stages()).hasSize(1);
    }

    @Test
    void a_key_other_than_the_routing_key_is_refused_and_not_taken_for_one_without_value() {
        KeyedEvents<String> events = keyed();
        KeyedTable<String> table = events.map(TablesTest::payload).asTable("own", TEXT);
        KeyRange other = KeyRange.equalRanges(2)
                .get(OperatorsTest.isIn("everything", KeyRange.equalRanges(2).get(0)) ? 1 : 0);
        Topology topology = events.keyBy(event -> "everything")
                .leftJoin(table, TablesTest::both)
                .to("s/out", TEXT)
                .build()
                .topology();
        Harness harness = Harness.of(topology, other);
        assertThatThrownBy(() -> harness.event(OperatorsTest.keyIn(other) + " 1 x"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("is not the routing key");
    }

    @Test
    void the_topology_names_joins_and_their_inputs() {
        KeyedEvents<String> events = keyed();
        KeyedTable<String> table = table(events, "A");
        Topology topology = events.leftJoin(table, TablesTest::both)
                .to("s/out", TEXT)
                .build()
                .topology();
        assertThat(topology.toText()).isEqualTo("""
                        0. from s/in
                        1. by key <- 0
                        2. map <- 1
                        3. filter <- 2
                        4. table A <- 3
                        5. left join with table <- 1, 4
                        6. to s/out <- 5
                        """);
    }
}
