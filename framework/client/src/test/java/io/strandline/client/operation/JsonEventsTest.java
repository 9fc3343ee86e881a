package io.strandline.client.operation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.spi.BytesOutput;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events in JSON, in both directions. */
class JsonEventsTest {

    record Deposited(long amount, String note) {}

    private static final JsonCodec<Deposited> CODEC = JsonCodec.of("deposited", 2, Deposited.class);

    private static NewEvent<Payload> parse(String text) {
        byte[] bytes = ("##" + text + "##").getBytes(UTF_8);
        return JsonEvents.parse("line 1", bytes, 2, bytes.length - 4);
    }

    private static String textOf(NewEvent<Payload> event) {
        return new String(event.event().bytes(), UTF_8);
    }

    private static EventRecord<Payload> recordOf(byte[] payload) {
        return new EventRecord<>(1, 2, 3, null, EventType.RAW, new Payload(EventType.RAW, payload));
    }

    @Test
    void a_codec_reads_what_a_door_appends() throws IOException {
        JsonObject json = new JsonObject("""
                {"key": "account-7", "type": "deposited", "version": 2, "event": {"amount": 5, "note": "ü"}}""");
        for (NewEvent<Payload> event : List.of(JsonEvents.event("", json), parse(json.encode()))) {
            assertThat(event.key()).isEqualTo("account-7");
            byte[] bytes = event.event().bytes();
            assertThat(CODEC.decode(event.event().type(), bytes, 0, bytes.length))
                    .isEqualTo(new Deposited(5, "ü"));
        }
    }

    @Test
    void a_door_reads_what_a_codec_writes() throws IOException {
        Deposited event = new Deposited(1L << 60, "a \"b\"");
        Payload payload = new Payload(CODEC.typeOf(event), BytesOutput.of(CODEC, event));
        EventRecord<Payload> record = new EventRecord<>(4, 5, 6, "k", payload.type(), payload);
        JsonObject json = JsonEvents.toJson(record);
        assertThat(json).isEqualTo(new JsonObject("""
                {"partition": 4, "offset": 5, "stamp": 6, "key": "k", "type": "deposited", "version": 2,
                 "event": {"amount": 1152921504606846976, "note": "a \\"b\\""}}"""));
        Buffer line = Buffer.buffer();
        JsonEvents.write(record, line);
        assertThat(new JsonObject(line)).isEqualTo(json);
    }

    @Test
    void headers_and_sequences_have_two_forms() {
        NewEvent<Payload> event = parse("""
                {"bytes": "AP8", "headers": {"user": "anna", "raw": {"bytes": "AQI="}}, "sequence": [3, 4]}""");
        assertThat(event.event().bytes()).containsExactly(0, 255);
        assertThat(event.event().type()).isEqualTo(EventType.RAW);
        assertThat(event.headers()).isEqualTo(Headers.of("user", "anna").with("raw", new byte[] {1, 2}));
        assertThat(event.sequence()).isEqualTo(new Sequence(3, 4));
        assertThat(parse("{\"event\": 1, \"sequence\": 9}").sequence()).isEqualTo(Sequence.of(9));
        assertThat(JsonEvents.event("", JsonEvents.toJson(event)).headers()).isEqualTo(event.headers());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ \"a\" : 1.50 }",
                "12345678901234567890123",
                "1e3",
                "\"text\"",
                "[ 1,2 ]",
                "null",
                "true",
                "{}",
                "-0.0",
                "\"\\u00e9\"",
                "{\"event\": {\"event\": 2}}"
            })
    void the_text_of_an_event_is_stored_as_it_is(String json) {
        assertThat(textOf(parse("{\"event\": " + json + " , \"key\": \"k\"}"))).isEqualTo(json);
        assertThat(textOf(parse("{\"event\":" + json + "}"))).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.50", "12345678901234567890123", "0.1", "1e400", "-7", "123456789012345678901234567.5"})
    void numbers_keep_their_value(String number) {
        String json = JsonEvents.toJson(recordOf(number.getBytes(UTF_8))).encode();
        String written = json.substring(json.indexOf("\"event\":") + 8, json.length() - 1);
        assertThat(new BigDecimal(written)).isEqualByComparingTo(new BigDecimal(number));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "1 2",
                "{\"a\": 1, \"a\": 2}",
                "{\"a\":",
                "\"\\ud800\"",
                "NaN",
                "\u00001",
                "'a'",
                "// comment"
            })
    void what_a_tree_would_change_is_bytes(String payload) {
        byte[] bytes = payload.getBytes(UTF_8);
        JsonObject json = JsonEvents.toJson(recordOf(bytes));
        assertThat(json.containsKey("event")).isFalse();
        assertThat(Base64.getDecoder().decode(json.getString("bytes"))).isEqualTo(bytes);
        Buffer line = Buffer.buffer();
        JsonEvents.write(recordOf(bytes), line);
        assertThat(new JsonObject(line)).isEqualTo(json);
    }

    @Test
    void other_encodings_are_bytes() {
        for (byte[] bytes : List.of(
                "{\"a\": 1}".getBytes(StandardCharsets.UTF_16BE),
                "{\"a\": 1}".getBytes(StandardCharsets.UTF_16),
                "{\"a\": 1}".getBytes(StandardCharsets.UTF_16LE),
                "\ufeff{}".getBytes(UTF_8),
                new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'})) {
            assertThat(JsonEvents.toJson(recordOf(bytes)).containsKey("event")).isFalse();
            assertThatThrownBy(() -> JsonEvents.parse("line 1", bytes, 0, bytes.length))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
    }

    @Test
    void a_line_is_one_line() {
        Buffer line = Buffer.buffer();
        JsonEvents.write(recordOf("{\r\n \"a\":\n\"x\\ny\"}".getBytes(UTF_8)), line);
        assertThat(line.toString()).doesNotContain("\n").doesNotContain("\r");
        assertThat(new JsonObject(line).getJsonObject("event").getString("a")).isEqualTo("x\ny");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "[]",
                "{",
                "{}",
                "{\"event\": 1",
                "{\"event\": 1} 2",
                "{\"event\": 1, \"event\": 2}",
                "{\"event\": 1, \"bytes\": \"\"}",
                "{\"event\": 1, \"key\": 5}",
                "{\"event\": 1, \"key\": \"\\ud800\"}",
                "{\"event\": 1, \"version\": 5}",
                "{\"event\": 1, \"type\": \"t\", \"version\": 70000}",
                "{\"event\": 1, \"sequence\": -1}",
                "{\"event\": 1, \"sequence\": [1]}",
                "{\"event\": 1, \"sequence\": 1.5}",
                "{\"event\": 1, \"headers\": []}",
                "{\"event\": 1, \"headers\": {\"\": \"a\"}}",
                "{\"event\": 1, \"headers\": {\"a\": 1}}",
                "{\"bytes\": \"*\"}",
                "{\"bytes\": 1}",
                "{\"event\": 1, \"offset\": 1}"
            })
    void what_is_no_event_is_refused(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void deep_and_long_documents_are_bounded() {
        String deep = "[".repeat(100_000);
        assertThatThrownBy(() -> parse("{\"event\": " + deep)).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(JsonEvents.toJson(recordOf(deep.getBytes(UTF_8))).containsKey("event"))
                .isFalse();
    }

    @Test
    void a_deep_event_is_bytes_in_a_tree_and_itself_in_a_line() {
        String deep = "[".repeat(500) + "]".repeat(500);
        assertThat(textOf(parse("{\"event\": " + deep + "}"))).isEqualTo(deep);
        assertThat(JsonEvents.toJson(recordOf(deep.getBytes(UTF_8))).containsKey("event"))
                .isFalse();
        String flat = "[".repeat(100) + "]".repeat(100);
        assertThat(JsonEvents.toJson(recordOf(flat.getBytes(UTF_8))).encode()).contains(flat);
    }

    @Test
    void what_cannot_be_written_as_json_is_refused() {
        JsonArray nested = new JsonArray();
        for (int i = 0; i < 2_000; i++) {
            nested = new JsonArray().add(nested);
        }
        for (Object event : List.of(nested, "\ud800", Double.NaN)) {
            assertThatThrownBy(() -> JsonEvents.event("", new JsonObject().put("event", event)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("event");
        }
    }
}
