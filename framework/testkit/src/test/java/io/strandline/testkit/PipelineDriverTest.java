package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PipelineDriverTest {

    record Reading(String sensor, int value) {
        static final JsonCodec<Reading> CODEC = JsonCodec.of("reading", 1, Reading.class);
    }

    record Highest(String sensor, long start, int value) {
        static final JsonCodec<Highest> CODEC = JsonCodec.of("highest", 1, Highest.class);
    }

    private static final Pipeline HIGHEST = Pipeline.named("highest", 1)
            .from("s/readings", Reading.CODEC)
            .filter((reading, at) -> at.headers().text("test") == null)
            .keyBy(Reading::sensor)
            .window(Windows.tumbling(Duration.ofMinutes(1)))
            .lateTo("s/late", Reading.CODEC)
            .reduce("minute", Reading.CODEC, (one, other) -> one.value() >= other.value() ? one : other)
            .map(window ->
                    new Highest(window.key(), window.start(), window.value().value()))
            .to("s/highest", Highest.CODEC)
            .build();

    @Test
    void windows_of_stamps_are_over_when_time_has_passed() {
        PipelineDriver driver = PipelineDriver.of(HIGHEST)
                .send("a", new Reading("a", 3))
                .send("a", Headers.of("test", "yes"), new Reading("a", 99))
                .send("b", new Reading("b", 1))
                .restart()
                .send("a", new Reading("a", 5));
        long start = VirtualClock.START_MILLIS - VirtualClock.START_MILLIS % 60_000;
        assertThat(driver.<Highest>take("s/highest")).isEmpty();
        assertThat(driver.window("minute", "a", start)).isEqualTo(new Reading("a", 5));
        driver.elapse(Duration.ofMinutes(1)).send("c", new Reading("c", 7));
        assertThat(driver.<Highest>take("s/highest"))
                .containsExactly(new Highest("a", start, 5), new Highest("b", start, 1));
        assertThat(driver.<Highest>take("s/highest")).isEmpty();
        assertThat(driver.watermark()).isEqualTo(VirtualClock.START_MILLIS + 60_000);
        assertThat(driver.lateEvents()).isZero();
    }

    @Test
    void outputs_for_a_handler_are_read_or_handed_over() {
        List<String> written = new ArrayList<>();
        AtomicBoolean fails = new AtomicBoolean();
        PipelineDriver driver = PipelineDriver.of(Pipeline.named("alarms", 1)
                        .from("s/readings", Reading.CODEC)
                        .keyBy(Reading::sensor)
                        .flatMap(reading -> Collections.nCopies(reading.value(), reading))
                        .handle("alarm", output -> {
                            if (fails.get()) {
                                return Future.failedFuture("no connection");
                            }
                            written.add(output.position().id() + " "
                                    + output.event().sensor());
                            return Future.succeededFuture();
                        })
                        .build())
                .send("a", Headers.of("from", "test"), new Reading("a", 2))
                .send("b", new Reading("b", 1));
        List<HandlerOutput<Reading>> outputs = driver.takeHandled("alarm");
        assertThat(outputs)
                .extracting(output -> output.position().id())
                .containsExactly("alarms/0/0/0", "alarms/0/0/1", "alarms/0/1/0");
        assertThat(outputs.get(0))
                .isEqualTo(new HandlerOutput<>(
                        new Reading("a", 2),
                        "a",
                        Headers.of("from", "test"),
                        VirtualClock.START_MILLIS,
                        new HandlerOutput.Position("alarms", 0, 0, 0, 0)));
        assertThat(driver.takeHandled("alarm")).isEmpty();
        assertThat(written).isEmpty();
        assertThat(driver.watermark()).isEqualTo(VirtualClock.START_MILLIS);

        driver.restart().send("c", new Reading("c", 1)).send("d", new Reading("d", 1));
        fails.set(true);
        assertThat(driver.handle("alarm").cause()).hasMessage("no connection");
        fails.set(false);
        assertThat(driver.handle("alarm").succeeded()).isTrue();
        assertThat(driver.handle("alarm").succeeded()).isTrue();
        assertThat(written).containsExactly("alarms/0/2/0 c", "alarms/0/3/0 d");
        assertThatThrownBy(() -> driver.takeHandled("mail")).hasMessageContaining("has handlers [alarm], and not mail");
    }

    @Test
    void a_late_event_says_why() {
        PipelineDriver driver = PipelineDriver.of(Pipeline.named("counts", 1)
                .from("s/readings", Reading.CODEC)
                .eventTime(Reading::value, Duration.ZERO)
                .keyByRoutingKey()
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .lateTo("s/late", Reading.CODEC)
                .count("counts")
                .map(window ->
                        new Highest(window.key(), window.start(), window.value().intValue()))
                .to("s/highest", Highest.CODEC)
                .build());
        driver.send("a", new Reading("a", 25)).send("a", new Reading("a", 5));
        assertThat(driver.lateEvents()).isEqualTo(1);
        assertThat(driver.takeOutputs("s/late")).singleElement().satisfies(late -> {
            assertThat(late.key()).isEqualTo("a");
            assertThat(late.event()).isEqualTo(new Reading("a", 5));
            assertThat(late.headers().text("strandline-late")).contains("counts", "event time 5", "ended at 10", "25");
        });
    }

    @Test
    void a_key_that_is_not_the_routing_key_is_refused_as_in_a_log() {
        PipelineDriver driver = PipelineDriver.of(HIGHEST).send("a", new Reading("a", 3));
        assertThatThrownBy(() -> driver.send("another", new Reading("b", 3)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key b of operator minute is not the routing key another")
                .hasMessageContaining("keyBy(id, codec, key)");
        assertThatThrownBy(() -> driver.send(null, new Reading("b", 3)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("(there is none)");
    }

    /** In a log the state of the other key may be in another task. */
    @Test
    void a_key_that_is_not_the_routing_key_is_refused_if_it_has_a_state_too() {
        PipelineDriver driver = PipelineDriver.of(HIGHEST).send("b", new Reading("b", 3));
        assertThatThrownBy(() -> driver.send("a", new Reading("b", 4)))
                .hasMessageContaining("key b of operator minute is not the routing key a");
        PipelineDriver shuffled = PipelineDriver.of(Pipeline.named("shuffled", 1)
                        .from("s/readings", Reading.CODEC)
                        .keyBy("all", Reading.CODEC, reading -> "a")
                        .keyBy(Reading::sensor)
                        .aggregate("last", Reading.CODEC, key -> new Reading(key, 0), (last, reading) -> reading)
                        .to("s/highest", Reading.CODEC)
                        .build())
                .send("b", new Reading("a", 1));
        assertThatThrownBy(() -> shuffled.send("b", new Reading("b", 1)))
                .hasMessageContaining("key b of operator last is not the routing key a");
    }

    @Test
    void an_event_without_key_does_not_enter_a_shuffle() {
        PipelineDriver driver = PipelineDriver.of(Pipeline.named("counts", 1)
                .from("s/readings", Reading.CODEC)
                .keyBy("by-sensor", Reading.CODEC, reading -> reading.sensor().isEmpty() ? null : reading.sensor())
                .map(reading -> reading)
                .to("s/highest", Reading.CODEC)
                .build());
        assertThatThrownBy(() -> driver.send("a", new Reading("", 1)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the event at offset 0 of partition 0 has no key for operator by-sensor");
        driver.send("a", new Reading("b", 2));
        assertThat(driver.takeOutputs("s/highest")).singleElement().satisfies(output -> assertThat(output.key())
                .isEqualTo("b"));
    }

    @Test
    void a_time_far_ahead_moves_the_watermark_only_as_far_as_it_is_allowed_to() {
        for (Duration ahead : new Duration[] {Duration.ofDays(1), Duration.ofDays(30)}) {
            PipelineDriver driver = PipelineDriver.of(Pipeline.named("bookings", 1)
                    .from("s/readings", Reading.CODEC)
                    .eventTime(
                            reading -> VirtualClock.START_MILLIS
                                    + Duration.ofDays(reading.value()).toMillis(),
                            Duration.ZERO,
                            ahead)
                    .keyByRoutingKey()
                    .window(Windows.tumbling(Duration.ofDays(1)))
                    .count("days")
                    .map(window -> new Reading(window.key(), window.value().intValue()))
                    .to("s/highest", Reading.CODEC)
                    .build());
            driver.send("a", new Reading("a", 10)).send("a", new Reading("a", 12));
            assertThat(driver.<Reading>take("s/highest")).hasSize(ahead.toDays() > 12 ? 1 : 0);
        }
    }

    @Test
    void a_state_is_asked_for_and_survives_a_restart() {
        PipelineDriver driver = PipelineDriver.of(Pipeline.named("kept", 1)
                .from("s/readings", Reading.CODEC)
                .keyBy(Reading::sensor)
                .aggregate(
                        "text",
                        JsonCodec.of("text", 1, String.class),
                        key -> "",
                        (text, reading) -> text + reading.value())
                .build());
        driver.send("a", new Reading("a", 4)).restart().send("a", new Reading("a", 2));
        assertThat(driver.state("text", "a")).isEqualTo("42");
        assertThat(driver.state("text", "b")).isNull();
        assertThatThrownBy(() -> driver.take("s/nowhere")).hasMessageContaining("s/nowhere");
    }

    @Test
    void what_a_step_throws_is_thrown() {
        PipelineDriver driver = PipelineDriver.of(Pipeline.named("broken", 1)
                .from("s/readings", Reading.CODEC)
                .keyBy(Reading::sensor)
                .<String, Reading>process(
                        "broken", JsonCodec.of("text", 1, String.class), key -> "", (text, reading, at) -> {
                            if (reading.value() == 1) {
                                throw new StrandlineException.Overloaded("too much");
                            }
                            throw new Exception("checked");
                        })
                .to("s/highest", Reading.CODEC)
                .build());
        assertThatThrownBy(() -> driver.send("a", new Reading("a", 1)))
                .isInstanceOf(StrandlineException.Overloaded.class);
        assertThatThrownBy(() -> driver.send("a", new Reading("a", 2))).hasMessageContaining("checked");
    }

    @Test
    void events_of_several_sources_go_through_a_shuffle_in_one_order() {
        Pipeline.Builder builder = Pipeline.named("by-value", 1);
        Pipeline pipeline = builder.from("s/one", Reading.CODEC)
                .eventTime(Reading::value, Duration.ZERO)
                .merge(builder.from("s/two", Reading.CODEC).eventTime(Reading::value, Duration.ZERO))
                .keyBy("by-sensor", Reading.CODEC, Reading::sensor)
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .count("counts")
                .map(window ->
                        new Highest(window.key(), window.start(), window.value().intValue()))
                .to("s/highest", Highest.CODEC)
                .build();
        PipelineDriver driver = PipelineDriver.of(pipeline)
                .sendTo("s/one", "x", new Reading("a", 3))
                .sendTo("s/one", "y", new Reading("a", 25));
        assertThat(driver.<Highest>take("s/highest")).isEmpty();
        assertThat(driver.window("counts", "a", 0)).isEqualTo(1L);
        driver.restart().sendTo("s/two", "z", new Reading("a", 4)).sendTo("s/two", "z", new Reading("b", 19));
        assertThat(driver.<Highest>take("s/highest")).containsExactly(new Highest("a", 0, 2));
        assertThat(driver.watermark()).isEqualTo(19);
        assertThat(driver.lateEvents()).isZero();
        assertThatThrownBy(() -> driver.send("z", new Reading("b", 20)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("s/one")
                .hasMessageContaining("s/two");
        assertThatThrownBy(() -> driver.sendTo("s/three", "z", new Reading("b", 20)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("s/three");
    }

    /** The table is of today, and the source of the events brings the past after a silence. */
    @Test
    void a_table_of_another_source_does_not_move_time() {
        Pipeline.Builder builder = Pipeline.named("named", 1);
        KeyedTable<Reading> names =
                builder.from("s/names", Reading.CODEC).keyByRoutingKey().asTable("names", Reading.CODEC);
        PipelineDriver driver = PipelineDriver.of(builder.from("s/readings", Reading.CODEC)
                .eventTime(Reading::value, Duration.ZERO)
                .keyByRoutingKey()
                .join("named", names, Reading.CODEC, (reading, name) -> new Reading(name.sensor(), reading.value()))
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .reduce("minute", Reading.CODEC, (one, other) -> other)
                .map(window -> new Highest(
                        window.value().sensor(), window.start(), window.value().value()))
                .to("s/highest", Highest.CODEC)
                .build());
        driver.sendTo("s/names", "a", new Reading("sensor a", 0))
                .silence(Duration.ofMinutes(1))
                .restart()
                .sendTo("s/readings", "a", new Reading("a", 5))
                .sendTo("s/names", "a", new Reading("renamed", 0))
                .sendTo("s/readings", "a", new Reading("a", 7));
        assertThat(driver.watermark()).isEqualTo(7);
        driver.sendTo("s/readings", "a", new Reading("a", 25));
        assertThat(driver.<Highest>take("s/highest")).containsExactly(new Highest("renamed", 0, 7));
        assertThat(driver.lateEvents()).isZero();
    }

    @Test
    void the_last_window_after_a_shuffle_is_over_when_the_source_is_silent() {
        PipelineDriver driver = PipelineDriver.of(Pipeline.named("by-sensor", 1)
                .from("s/readings", Reading.CODEC)
                .keyBy("by-sensor", Reading.CODEC, Reading::sensor)
                .window(Windows.tumbling(Duration.ofMinutes(1)))
                .count("counts")
                .map(window ->
                        new Highest(window.key(), window.start(), window.value().intValue()))
                .to("s/highest", Highest.CODEC)
                .build());
        driver.send("x", new Reading("a", 3)).elapse(Duration.ofMinutes(2));
        assertThat(driver.<Highest>take("s/highest")).isEmpty();
        long before = driver.watermark();
        driver.silence(Duration.ofMinutes(1));
        assertThat(driver.<Highest>take("s/highest")).hasSize(1);
        driver.silence(Duration.ofDays(1));
        assertThat(driver.watermark()).as("no farther than results wait").isEqualTo(before + 60_000);
    }
}
