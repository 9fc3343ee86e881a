package io.strandline.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCodecTest {

    sealed interface Event permits Deposited, Moved, Closed {}

    record Deposited(String account, long cents, String currency) implements Event {}

    sealed interface Moved extends Event permits MovedIn, MovedOut {}

    record MovedIn(List<String> from) implements Moved {}

    record MovedOut(String to) implements Moved {}

    enum Closed implements Event {
        BY_OWNER,
        BY_BANK {
            @Override
            public String toString() {
                return "bank";
            }
        }
    }

    private static JsonCodec.Builder<Event> all() {
        return JsonCodec.builder(Event.class)
                .type("deposited", 3, Deposited.class)
                .type("moved-in", 1, MovedIn.class)
                .type("moved-out", 1, MovedOut.class)
                .type("closed", 1, Closed.class);
    }

    private static JsonCodec<Event> codec() {
        return all().upcast(
                        "deposited",
                        1,
                        json -> json.put("cents", json.remove("euros").asLong() * 100))
                .upcast("deposited", 2, json -> json.put("currency", "EUR"))
                .build();
    }

    /** Collects what a codec writes. */
    private static <E> E decode(EventCodec<E> codec, EventType type, String json) throws IOException {
        byte[] bytes = ("##" + json + "##").getBytes(StandardCharsets.UTF_8);
        return codec.decode(type, bytes, 2, bytes.length - 4);
    }

    private static void roundTrip(Event event) throws IOException {
        JsonCodec<Event> codec = codec();
        assertThat(decode(codec, codec.typeOf(event), JsonTexts.json(codec, event)))
                .isEqualTo(event);
    }

    @Test
    void events_of_every_class_come_back() throws IOException {
        roundTrip(new Deposited("ä\"1", Long.MAX_VALUE, "€"));
        roundTrip(new MovedIn(List.of("a", "b")));
        roundTrip(new MovedOut(""));
        roundTrip(Closed.BY_OWNER);
        roundTrip(Closed.BY_BANK);
        assertThat(codec().typeOf(new MovedOut("x"))).isEqualTo(new EventType("moved-out", 1));
    }

    @Test
    void one_class_needs_no_builder() throws IOException {
        JsonCodec<MovedOut> codec = JsonCodec.of("moved", 7, MovedOut.class);
        assertThat(decode(codec, new EventType("moved", 7), "{\"to\":\"x\"}")).isEqualTo(new MovedOut("x"));
    }

    @Test
    void older_versions_are_lifted_step_by_step() throws IOException {
        EventType first = new EventType("deposited", 1);
        EventType second = new EventType("deposited", 2);
        assertThat(decode(codec(), first, "{\"account\":\"a\",\"euros\":5}")).isEqualTo(new Deposited("a", 500, "EUR"));
        assertThat(decode(codec(), second, "{\"account\":\"a\",\"cents\":5}")).isEqualTo(new Deposited("a", 5, "EUR"));
    }

    @Test
    void properties_that_the_class_does_not_have_are_ignored() throws IOException {
        assertThat(decode(codec(), new EventType("moved-out", 1), "{\"to\":\"x\",\"more\":[1]}"))
                .isEqualTo(new MovedOut("x"));
    }

    @Test
    void unknown_types_and_versions_are_invalid_and_named() {
        assertThatThrownBy(() -> decode(codec(), new EventType("renamed", 1), "{}"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("renamed v1")
                .hasMessageContaining("deposited");
        assertThatThrownBy(() -> decode(codec(), new EventType("deposited", 4), "{}"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("deposited v4")
                .hasMessageContaining("3");
        assertThatThrownBy(() -> decode(codec(), new EventType("deposited", 0), "{}"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("deposited v0");
        assertThatThrownBy(() -> decode(codec(), new EventType("closed", 0), "{}"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("closed v0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{\"to\":{}}", "{\"to\":\"x\"} {}", "\u0000", "nonsense"})
    void bad_json_fails_the_one_event(String json) {
        assertThatThrownBy(() -> decode(codec(), new EventType("moved-out", 1), json))
                .isInstanceOfAny(IOException.class, StrandlineException.Invalid.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "5"})
    void bad_json_of_an_older_version_fails_too(String json) {
        assertThatThrownBy(() -> decode(codec(), new EventType("deposited", 1), json))
                .isInstanceOfAny(IOException.class, StrandlineException.Invalid.class);
    }

    @Test
    void a_class_without_type_is_invalid_when_written() {
        JsonCodec<Object> codec =
                JsonCodec.builder(Object.class).type("text", 1, String.class).build();
        assertThatThrownBy(() -> codec.typeOf(5))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("java.lang.Integer");
    }

    @Test
    void build_names_every_defect() {
        assertThatThrownBy(() -> JsonCodec.builder(Event.class)
                        .type("deposited", 3, Deposited.class)
                        .type("deposited", 3, MovedIn.class)
                        .type("again", 1, Deposited.class)
                        .upcast("deposited", 1, json -> json)
                        .upcast("deposited", 1, json -> json)
                        .upcast("deposited", 3, json -> json)
                        .upcast("nobody", 1, json -> json)
                        .build())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("MovedOut has no event type")
                .hasMessageContaining("Closed has no event type")
                .hasMessageContaining("deposited is given to")
                .hasMessageContaining("Deposited has two event types")
                .hasMessageContaining("deposited v1 has two upcasters")
                .hasMessageContaining("deposited v3 starts at or above")
                .hasMessageContaining("nobody v1 belongs to no event type")
                .hasMessageContaining("deposited has no upcaster from version 2");
    }

    @Test
    void a_codec_without_types_is_none() {
        assertThatThrownBy(() -> JsonCodec.builder(Object.class).build())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no event type is given");
    }
}
