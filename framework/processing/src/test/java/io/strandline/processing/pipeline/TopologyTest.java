package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a description says of itself, and which descriptions are refused. */
class TopologyTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;

    private static Events.Source<String> source() {
        return Pipeline.named("test", 1).from("s/in", TEXT);
    }

    private static void assertRefused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(StrandlineException.Invalid.class).hasMessageContainingAll(parts);
    }

    private static Pipeline pipeline() {
        KeyedEvents<String> keyed = source().filter(text -> !text.isEmpty()).keyByRoutingKey();
        keyed.reduce("longest", TEXT, (one, other) -> one.length() >= other.length() ? one : other)
                .to("s/longest", TEXT);
        return keyed.window(Windows.tumbling(Duration.ofMinutes(1)))
                .lateTo("s/late", TEXT)
                .count("minutes")
                .map(window -> window.key() + " " + window.value())
                .to("s/counts", TEXT)
                .build();
    }

    @Test
    void a_topology_tells_its_operators_as_text_chart_and_json() {
        Topology topology = pipeline().topology();
        assertThat(topology.toText().lines())
                .containsExactly(
                        "0. from s/in",
                        "1. filter <- 0",
                        "2. by routing key <- 1",
                        "3. reduce longest <- 2",
                        "4. to s/longest <- 3",
                        "5. window minutes, tumbling PT1M, late to s/late <- 2",
                        "6. map <- 5",
                        "7. to s/counts <- 6");
        assertThat(topology.toMermaid().lines())
                .startsWith("flowchart LR", "    o0[\"from s/in\"]", "    o1[\"filter\"]", "    o0 --> o1")
                .contains("    o5[\"window minutes, tumbling PT1M, late to s/late\"]")
                .endsWith("    o6 --> o7");
        assertThat(topology.toJson().getJsonObject(5).encode())
                .isEqualTo("{\"label\":\"window minutes, tumbling PT1M\",\"inputs\":[2],\"id\":\"minutes\","
                        + "\"lateTo\":[\"s/late\"]}");
    }

    @Test
    void a_handler_is_a_sink_with_an_id() {
        Events<String> events = source().filter(text -> !text.isEmpty());
        Topology topology = events.handle("mail", output -> Future.succeededFuture())
                .build()
                .topology();
        assertThat(topology.toText().lines()).containsExactly("0. from s/in", "1. filter <- 0", "2. handle mail <- 1");
        assertThat(topology.toMermaid().lines()).contains("    o2[\"handle mail\"]", "    o1 --> o2");
        assertThat(topology.toJson().getJsonObject(2).encode())
                .isEqualTo("{\"label\":\"handle mail\",\"inputs\":[1],\"id\":\"mail\"}");
        assertThat(topology.sinks()).isEmpty();
        assertThat(topology.handlers()).extracting(Operator.Handle::id).containsExactly("mail");
        assertRefused(() -> events.handle("mail", output -> Future.succeededFuture()), "two operators with id mail");
        assertRefused(() -> events.handle("a b", output -> Future.succeededFuture()), "operator name \"a b\"");
        String tooLong = "a".repeat(Operator.Handle.MAX_ID_LENGTH + 1);
        assertRefused(
                () -> events.handle(tooLong, output -> Future.succeededFuture()), "length of the id of handler", "180");
    }

    @Test
    void late_events_count_as_a_sink() {
        assertThat(pipeline().sinks())
                .containsExactly(
                        StreamName.parse("s/longest"), StreamName.parse("s/late"), StreamName.parse("s/counts"));
    }

    @Test
    void a_pipeline_has_sources_and_each_has_an_effect() {
        assertRefused(() -> Pipeline.named("test", 1).build(), "has no source");
        assertRefused(() -> source().map(text -> text).build(), "no effect", "s/in");
        Pipeline.Builder builder = Pipeline.named("test", 1);
        builder.from("s/in", TEXT).to("s/out", TEXT);
        assertRefused(() -> builder.from("s/in", TEXT), "s/in", "already");
        builder.from("s/other", TEXT);
        assertRefused(builder::build, "no effect", "s/other");
    }

    private static Pipeline shuffled() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> one = builder.from("s/one", TEXT).map(text -> text);
        Events<String> two = builder.from("s/two", TEXT);
        return one.merge(two)
                .keyBy("by-length", TEXT, text -> "" + text.length())
                .reduce("longest", TEXT, (a, b) -> a)
                .keyBy("again", TEXT, text -> text)
                .window(Windows.tumbling(Duration.ofMinutes(1)))
                .count("minutes")
                .map(window -> window.key() + " " + window.value())
                .to("s/counts", TEXT)
                .build();
    }

    @Test
    void shuffles_cut_a_pipeline_into_stages() {
        List<Pipeline> stages = shuffled().stages();
        assertThat(stages)
                .extracting(Pipeline::name)
                .satisfies(names -> assertThat(names.get(1)).matches("test--\\.[0-9a-f]{16}"))
                .hasSize(4)
                .contains("test", "test--by-length", "test--again");
        assertThat(stages)
                .extracting(stage -> stage.source().toString())
                .containsExactly(
                        "s/one", "s/two", "_strandline/shuffle-test--by-length", "_strandline/shuffle-test--again");
        StreamName through = StreamName.parse("_strandline/shuffle-test--by-length");
        assertThat(stages.get(0).sinks()).containsExactly(through);
        assertThat(stages.get(1).sinks()).containsExactly(through);
        assertThat(stages.get(2).topology().feeders())
                .containsExactly("test", stages.get(1).name());
        assertThat(stages.get(2).topology().withState()).hasSize(1);
        assertThat(shuffled().sinks()).containsExactly(StreamName.parse("s/counts"));
        assertThat(pipeline().stages()).hasSize(1);
    }

    // ---- tables that are loaded first

    private static KeyedTable<String> table(Events<String> events, String id) {
        return events.keyBy(text -> text).asTable(id, TEXT);
    }

    private static KeyedEvents<String> join(Events<String> events, String id, KeyedTable<String> table) {
        return events.keyBy(text -> text).join(id, table, TEXT, (event, value) -> event + value);
    }

    @Test
    void a_table_of_another_source_is_loaded_first_and_keeps_no_time() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> one = builder.from("s/one", TEXT);
        KeyedTable<String> names = table(builder.from("s/names", TEXT), "names");
        Events<String> two = builder.from("s/two", TEXT);
        join(one.merge(two), "named", names).to("s/out", TEXT);
        Topology topology = builder.build().topology();
        List<String> stages = topology.stages().stream().map(Topology::name).toList();
        assertThat(topology.loads())
                .containsExactly(
                        new Topology.Load("names", List.of(stages.get(1)), List.of(stages.get(0), stages.get(2))));
        assertThat(topology.stages().get(3).feeders()).isEqualTo(stages.subList(0, 3));
        assertThat(topology.stages().get(3).timekeepers()).containsExactly(stages.get(0), stages.get(2));
        assertThat(topology.toText()).contains("values of table names, loaded first");
    }

    @Test
    void a_table_that_is_taken_as_it_comes_is_not_loaded_and_keeps_time() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        join(
                        builder.from("s/one", TEXT),
                        "named",
                        table(builder.from("s/names", TEXT), "names").asItComes())
                .to("s/out", TEXT);
        Topology topology = builder.build().topology();
        assertThat(topology.loads()).isEmpty();
        Topology joins = topology.stages().get(2);
        assertThat(joins.timekeepers()).isEqualTo(joins.feeders()).hasSize(2);
        assertThat(topology.toText()).contains("values of table names").doesNotContain("loaded first");
    }

    /** Its order is that of its source. */
    @Test
    void a_table_of_the_source_of_its_events_is_not_loaded_first() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> one = builder.from("s/one", TEXT);
        KeyedTable<String> moved = table(one.keyBy("moved", TEXT, text -> text), "names");
        join(one, "named", moved).to("s/out", TEXT);
        assertThat(builder.build().topology().loads()).isEmpty();
    }

    @Test
    void a_table_is_loaded_through_all_stages_before_it() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> one = builder.from("s/one", TEXT);
        KeyedTable<String> lengths = builder.from("s/two", TEXT)
                .keyBy("by-length", TEXT, text -> "" + text.length())
                .asTable("lengths", TEXT);
        join(one, "named", lengths).to("s/out", TEXT);
        Topology topology = builder.build().topology();
        List<String> stages = topology.stages().stream().map(Topology::name).toList();
        assertThat(topology.loads())
                .containsExactly(new Topology.Load("lengths", stages.subList(1, 3), List.of("test")));
    }

    @Test
    void tables_that_would_wait_for_each_other_are_refused() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> one = builder.from("s/one", TEXT);
        Events<String> two = builder.from("s/two", TEXT);
        KeyedTable<String> ofTwo = table(two, "of-two");
        join(one, "first", ofTwo).to("s/out", TEXT);
        join(two, "second", table(one, "of-one")).to("s/out", TEXT);
        assertRefused(builder::build, "[of-one, of-two]", "asItComes()");

        Pipeline.Builder other = Pipeline.named("test", 1);
        Events<String> left = other.from("s/one", TEXT);
        Events<String> right = other.from("s/two", TEXT);
        join(left, "first", table(right, "of-two")).to("s/out", TEXT);
        join(right, "second", table(left, "of-one").asItComes()).to("s/out", TEXT);
        assertThat(other.build().topology().loads())
                .extracting(Topology.Load::table)
                .containsExactly("of-two");
    }

    @Test
    void text_chart_and_json_show_stages_and_internal_streams() {
        Topology topology = shuffled().topology();
        assertThat(topology.toText().lines())
                .filteredOn(line -> !line.startsWith("stage test--."))
                .containsExactly(
                        "stage test reads s/one",
                        "0. from s/one",
                        "1. map <- 0",
                        "3. merge <- 1",
                        "4. shuffle by-length <- 3",
                        "2. from s/two",
                        "3. merge <- 2",
                        "4. shuffle by-length <- 3",
                        "stage test--by-length reads _strandline/shuffle-test--by-length",
                        "4. shuffle by-length",
                        "5. reduce longest <- 4",
                        "6. shuffle again <- 5",
                        "stage test--again reads _strandline/shuffle-test--again",
                        "6. shuffle again",
                        "7. window minutes, tumbling PT1M <- 6",
                        "8. map <- 7",
                        "9. to s/counts <- 8");
        assertThat(topology.toMermaid().lines())
                .contains(
                        "    o4[(\"shuffle by-length\")]",
                        "    subgraph s2[\"test--by-length\"]",
                        "        s2o5[\"reduce longest\"]",
                        "    s0o3 --> o4",
                        "    s1o3 --> o4",
                        "    o4 --> s2o5",
                        "    s2o5 --> o6");
        assertThat(topology.toJson().getJsonObject(4).encode())
                .startsWith("{\"label\":\"shuffle by-length\",\"inputs\":[3],\"id\":\"by-length\","
                        + "\"stream\":\"_strandline/shuffle-test--by-length\",\"stages\":[\"test\",\"test--.");
    }

    @Test
    void the_chart_of_a_description_has_the_load_of_each_stage_at_its_first_operator() {
        List<Pipeline> stages = shuffled().stages();
        PipelineDescription described = described(
                shuffled(),
                List.of(
                        task(stages.get(0).name(), 0, 5, 1),
                        task(stages.get(0).name(), 1, 6, 2),
                        task(stages.get(2).name(), 0, 7, 30)));
        assertThat(described.toMermaid()).startsWith(shuffled().topology().toMermaid());
        assertThat(described.toMermaid().lines())
                .filteredOn(line -> line.contains("load"))
                .containsExactly(
                        "    s0load[\"11 events/s, lag 3\"] -.- s0o0",
                        "    s1load[\"0 events/s, lag 0\"] -.- s1o2",
                        "    s2load[\"7 events/s, lag 30\"] -.- s2o5",
                        "    s3load[\"0 events/s, lag 0\"] -.- s3o7");
        assertThat(described(pipeline(), List.of(task("test", 0, 5, 1))).toMermaid())
                .isEqualTo(pipeline().topology().toMermaid() + "    load[\"5 events/s, lag 1\"] -.- o0\n");
    }

    @Test
    void a_chart_joins_only_nodes_that_it_draws() {
        Events<String> events = source();
        Pipeline onlyShuffles = events.keyBy("one", TEXT, text -> text)
                .keyBy("two", TEXT, text -> text)
                .reduce("longest", TEXT, (a, b) -> a)
                .build();
        for (Pipeline pipeline : List.of(pipeline(), shuffled(), onlyShuffles)) {
            String chart = described(pipeline, List.of()).toMermaid();
            assertThat(nodes(chart, "(?m)^ +(\\w+)(?: -->| -\\.-)", "(?:-->|-\\.-) (\\w+)$"))
                    .as(chart)
                    .isSubsetOf(nodes(chart, "(?m)^ +(\\w+)[\\[(]"));
        }
    }

    private static Set<String> nodes(String chart, String... patterns) {
        Set<String> nodes = new HashSet<>();
        for (String pattern : patterns) {
            Pattern.compile(pattern, Pattern.MULTILINE)
                    .matcher(chart)
                    .results()
                    .forEach(node -> nodes.add(node.group(1)));
        }
        assertThat(nodes).isNotEmpty();
        return nodes;
    }

    private static PipelineDescription described(Pipeline pipeline, List<PipelineDescription.Task> tasks) {
        PipelineStatus running = new PipelineStatus(PipelineStatus.State.RUNNING, null, null);
        return new PipelineDescription(pipeline.name(), pipeline.version(), pipeline.topology(), running, tasks);
    }

    private static PipelineDescription.Task task(String stage, long partition, double eventsPerSecond, long lag) {
        return new PipelineDescription.Task(
                stage, partition, 0, lag, 0, 0, 0, 0, eventsPerSecond, 0, 0, 0, Hold.NONE, null, 0, List.of());
    }

    @Test
    void a_topology_is_printed_as_its_text() {
        assertThat(shuffled().topology()).hasToString(shuffled().topology().toText());
    }

    @Test
    void state_is_in_one_stage() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> one = builder.from("s/one", TEXT);
        one.merge(builder.from("s/two", TEXT)).keyByRoutingKey().reduce("longest", TEXT, (a, b) -> a);
        assertRefused(builder::build, "longest", "s/one", "s/two", "keyBy(id, codec, key)");
        Pipeline.Builder shuffles = Pipeline.named("test", 1);
        Events<String> read = shuffles.from("s/one", TEXT);
        read.merge(read.keyBy("a", TEXT, text -> text)).keyByRoutingKey().reduce("longest", TEXT, (a, b) -> a);
        assertRefused(shuffles::build, "longest", "from s/one", "shuffle a");
        Pipeline.Builder tables = Pipeline.named("test", 1);
        KeyedTable<String> table = tables.from("s/one", TEXT).keyByRoutingKey().asTable("table", TEXT);
        KeyedEvents<String> others = tables.from("s/two", TEXT).keyByRoutingKey();
        assertRefused(() -> others.join(table, (event, value) -> event + value), "several sources", "give it an id");
    }

    @Test
    void names_of_shuffles_are_their_own_and_fit() {
        Events<String> events = source();
        events.keyBy("one", TEXT, text -> text);
        assertRefused(() -> events.keyBy("one", TEXT, text -> text), "two operators with id one");
        assertRefused(() -> events.keyBy("strandline.upstream", TEXT, text -> text), "strandline.");
        assertRefused(() -> events.keyBy("x".repeat(177), TEXT, text -> text), "181", "180");
        assertRefused(() -> events.keyBy("a/b", TEXT, text -> text), "a/b");
        assertRefused(() -> events.to("_strandline/shuffle-test--one", TEXT), "_strandline/shuffle-test--one");
    }

    @Test
    void events_do_not_go_in_a_circle() {
        Pipeline.Builder builder = source().to("s/in", TEXT);
        assertRefused(builder::build, "s/in", "end");
        Pipeline.Builder late = Pipeline.named("test", 1);
        late.from("s/in", TEXT)
                .keyByRoutingKey()
                .window(Windows.tumbling(Duration.ofMinutes(1)))
                .lateTo("s/in", TEXT)
                .count("minutes");
        assertRefused(late::build, "s/in", "end");
    }

    @Test
    void operators_with_state_have_ids_of_their_own() {
        KeyedEvents<String> keyed = source().keyByRoutingKey();
        keyed.reduce("one", TEXT, (a, b) -> a);
        assertRefused(() -> keyed.reduce("one", TEXT, (a, b) -> a), "two operators with id one");
        assertRefused(() -> keyed.reduce("a/b", TEXT, (a, b) -> a), "a/b");
    }

    @Test
    void events_of_another_pipeline_cannot_be_merged() {
        Events<String> other = Pipeline.named("other", 1).from("s/in", TEXT);
        assertRefused(() -> source().merge(other), "pipeline test", "pipeline other");
    }

    @Test
    void event_time_is_named_once_before_everything_else_and_used() {
        Events.Source<String> late = source();
        late.map(text -> text);
        assertRefused(() -> late.eventTime(String::length, Duration.ZERO), "before its first operator");

        Events.Source<String> twice = source();
        twice.eventTime(String::length, Duration.ZERO);
        assertRefused(() -> twice.eventTime(String::length, Duration.ZERO), "twice");
        assertRefused(() -> twice.map(text -> text), "use the events that eventTime returns");
        assertRefused(() -> source().eventTime(String::length, Duration.ofMillis(-1)), "disorder", "PT-0.001S");
    }

    @Test
    void windows_have_bounds() {
        assertRefused(() -> Windows.tumbling(Duration.ZERO), "0 ms");
        assertRefused(() -> Windows.tumbling(Duration.ofSeconds(Long.MAX_VALUE)), "size");
        assertRefused(() -> Windows.sliding(Duration.ofSeconds(1), Duration.ofSeconds(2)), "1000 ms", "2000 ms");
        assertRefused(() -> Windows.sliding(Duration.ofSeconds(2), Duration.ofMillis(1)), "more than 1000");
        assertRefused(() -> Windows.session(Duration.ofSeconds(1)).startingAt(Duration.ofMillis(1)), "sessions");
        assertRefused(
                () -> Windows.tumbling(Duration.ofSeconds(1)).startingAt(Duration.ofSeconds(1)), "offset 1000 ms");
        WindowedEvents<String> sessions = source().keyByRoutingKey().window(Windows.session(Duration.ofSeconds(1)));
        assertRefused(() -> sessions.aggregate("sum", TEXT, key -> "", (a, b) -> a), "sum", "merges");
        assertRefused(() -> sessions.allowedLateness(Duration.ofMillis(-1)), "lateness");
    }
}
