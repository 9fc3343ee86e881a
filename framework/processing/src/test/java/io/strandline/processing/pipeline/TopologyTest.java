package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.time.Duration;
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
                        "5. window minutes, tumbling PT1M <- 2",
                        "6. map <- 5",
                        "7. to s/counts <- 6");
        assertThat(topology.toMermaid().lines())
                .startsWith("flowchart LR", "    o0[\"from s/in\"]", "    o1[\"filter\"]", "    o0 --> o1")
                .endsWith("    o6 --> o7");
        assertThat(topology.toJson().getJsonObject(5).encode())
                .isEqualTo("{\"label\":\"window minutes, tumbling PT1M\",\"inputs\":[2],\"id\":\"minutes\"}");
    }

    @Test
    void late_events_count_as_a_sink() {
        assertThat(pipeline().sinks())
                .containsExactly(
                        StreamName.parse("s/longest"), StreamName.parse("s/late"), StreamName.parse("s/counts"));
    }

    @Test
    void a_pipeline_has_one_source_and_an_effect() {
        assertRefused(() -> Pipeline.named("test", 1).build(), "has no source");
        assertRefused(() -> source().map(text -> text).build(), "no effect");
        Pipeline.Builder builder = Pipeline.named("test", 1);
        builder.from("s/in", TEXT);
        assertRefused(() -> builder.from("s/other", TEXT), "s/in", "s/other", "one source");
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
