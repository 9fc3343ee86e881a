package io.strandline.client.operation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events in JSON, as doors append and answer them.
 *
 * <pre>{@code
 * {"key": "account-7", "type": "deposited", "version": 2, "event": {"amount": 5}, "headers": {"user": "anna"}}
 * {"partition": 1, "offset": 17, "stamp": 1700000000000, "key": …, "type": …, "version": …, "event": …, "headers": …}
 * }</pre>
 *
 * <p>{@code event} is any JSON, and is stored as its text. So an application reads it by a {@link io.strandline.json.JsonCodec} that
 * knows the type and the version, and what such a codec wrote is read here. {@code bytes}, base64, takes its place for other events. A
 * stored event is answered as {@code event} if its bytes are one JSON document in UTF-8, of at most 128 levels and without a name twice in an object, and as
 * {@code bytes} otherwise.
 *
 * <p>{@code key} may be missing: then the event has none. Without {@code type} it is an event of which nothing is said, and {@code version}
 * is 0 if it is missing. A header is a text, or {@code {"bytes": base64}}. An event to be appended may have a {@code sequence}: a number, or
 * {@code [major, minor]}.
 */
public final class JsonEvents {

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final List<String> NEW_FIELDS =
            List.of("key", "type", "version", "event", "bytes", "headers", "sequence");
    private static final List<String> RECORD_FIELDS =
            List.of("partition", "offset", "stamp", "key", "type", "version", "event", "bytes", "headers");

    static final JsonForm<Headers> HEADERS = new JsonForm<>(
            JsonForm.type("object")
                    .put(
                            "additionalProperties",
                            new JsonObject()
                                    .put(
                                            "anyOf",
                                            new JsonArray()
                                                    .add(JsonForm.type("string"))
                                                    .add(JsonForm.type("object")
                                                            .put(
                                                                    "properties",
                                                                    new JsonObject()
                                                                            .put("bytes", JsonForm.BYTES.schema()))
                                                            .put("required", new JsonArray().add("bytes"))))),
            JsonEvents::headersToJson,
            JsonEvents::headers);

    static final JsonForm<Payload> PAYLOAD = new JsonForm<>(
            schema(List.of("type", "version", "event", "bytes")),
            payload -> putPayload(new JsonObject(), payload),
            (at, json) -> {
                JsonObject object = JsonForm.object(at, json);
                JsonForm.requireKnown(at, object, List.of("type", "version", "event", "bytes"));
                return payload(at, object);
            });

    static final JsonForm<NewEvent<Payload>> NEW =
            new JsonForm<>(schema(NEW_FIELDS), JsonEvents::toJson, JsonEvents::event);

    static final JsonForm<EventRecord<Payload>> RECORD =
            new JsonForm<>(schema(RECORD_FIELDS), JsonEvents::toJson, JsonEvents::record);

    private JsonEvents() {}

    private static JsonObject schema(List<String> fields) {
        JsonObject whole = JsonForm.type("integer").put("format", "int64").put("minimum", 0);
        JsonObject all = new JsonObject()
                .put("partition", whole)
                .put("offset", whole)
                .put("stamp", whole)
                .put("key", JsonForm.type("string"))
                .put("type", JsonForm.type("string").put("maxLength", EventType.MAX_NAME_LENGTH))
                .put("version", JsonForm.type("integer").put("minimum", 0).put("maximum", 0xffff))
                .put("event", new JsonObject().put("description", "any JSON"))
                .put("bytes", JsonForm.BYTES.schema().copy())
                .put("headers", HEADERS.schema().copy())
                .put(
                        "sequence",
                        new JsonObject()
                                .put(
                                        "anyOf",
                                        new JsonArray()
                                                .add(whole)
                                                .add(JsonForm.type("array")
                                                        .put("items", whole)
                                                        .put("minItems", 2)
                                                        .put("maxItems", 2))));
        JsonObject properties = new JsonObject();
        fields.forEach(field -> properties.put(field, all.getValue(field)));
        JsonObject schema = JsonForm.type("object").put("properties", properties);
        if (fields.contains("offset")) {
            schema.put(
                    "required", new JsonArray().add("partition").add("offset").add("stamp"));
        }
        return schema.put(
                "oneOf",
                new JsonArray()
                        .add(new JsonObject().put("required", new JsonArray().add("event")))
                        .add(new JsonObject().put("required", new JsonArray().add("bytes"))));
    }

    // ---- events to be appended

    /**
     * An event to be appended.
     *
     * @param at name of the field that holds it, for messages. Empty for a whole message
     * @throws StrandlineException.Invalid if it is none. The message names the field
     */
    public static NewEvent<Payload> event(String at, @Nullable Object json) {
        JsonObject object = JsonForm.object(at, json);
        JsonForm.requireKnown(at, object, NEW_FIELDS);
        return new NewEvent<>(
                key(at, object),
                payload(at, object),
                headers(JsonForm.within(at, "headers"), object.getValue("headers")),
                sequence(JsonForm.within(at, "sequence"), object.getValue("sequence")));
    }

    /** The event as {@link #event(String, Object)} reads it. */
    public static JsonObject toJson(NewEvent<Payload> event) {
        JsonObject json = new JsonObject();
        putKey(json, event.key());
        putPayload(json, event.event());
        putHeaders(json, event.headers());
        Sequence sequence = event.sequence();
        if (sequence != null) {
            json.put("sequence", new JsonArray().add(sequence.major()).add(sequence.minor()));
        }
        return json;
    }

    /**
     * An event to be appended, out of its text. What {@code event} holds is stored as the bytes that it has there.
     *
     * @param at what the text is, for messages
     * @throws StrandlineException.Invalid if it is none
     */
    public static NewEvent<Payload> parse(String at, byte[] text, int from, int length) {
        byte[] payload = null;
        JsonObject rest = new JsonObject();
        requireUtf8(at, text, from, length);
        try (JsonParser in = FACTORY.createParser(text, from, length)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new StrandlineException.Invalid(JsonForm.named(at) + " must be an object");
            }
            for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                if (rest.containsKey(name)) {
                    throw new StrandlineException.Invalid(
                            JsonForm.named(JsonForm.within(at, name)) + " is there twice");
                }
                JsonToken token = in.nextToken();
                int begin = from + (int) in.currentTokenLocation().getByteOffset();
                if (name.equals("event")) {
                    in.skipChildren();
                    in.finishToken();
                    payload = Arrays.copyOfRange(
                            text, begin, from + (int) in.currentLocation().getByteOffset());
                    rest.put(name, true);
                } else {
                    rest.put(name, token == null ? null : JsonTree.read(in, token));
                }
            }
            if (in.currentToken() != JsonToken.END_OBJECT || in.nextToken() != null) {
                throw new StrandlineException.Invalid(JsonForm.named(at) + " must be one object");
            }
        } catch (IOException | NumberFormatException e) {
            throw new StrandlineException.Invalid(JsonForm.named(at) + " is no JSON: " + JsonTree.message(e), e);
        }
        NewEvent<Payload> event = event(at, rest);
        return payload == null
                ? event
                : new NewEvent<>(
                        event.key(), new Payload(event.event().type(), payload), event.headers(), event.sequence());
    }

    private static void requireUtf8(String at, byte[] text, int from, int length) {
        if (!JsonTree.isUtf8(text, from, length)) {
            throw new StrandlineException.Invalid(JsonForm.named(at) + " is no JSON in UTF-8");
        }
    }

    // ---- events that were read

    /** An event that was read. */
    public static JsonObject toJson(EventRecord<Payload> record) {
        JsonObject json = new JsonObject()
                .put("partition", record.partition())
                .put("offset", record.offset())
                .put("stamp", record.stamp());
        putKey(json, record.key());
        putPayload(json, record.event());
        putHeaders(json, record.headers());
        return json;
    }

    /** As {@link #toJson(EventRecord)}, as text in one line, without the end of the line. The JSON of the event is as it is stored. */
    public static void write(EventRecord<Payload> record, Buffer out) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(record.event().bytes().length + 128);
        try (JsonGenerator to = FACTORY.createGenerator(bytes)) {
            to.writeStartObject();
            to.writeNumberField("partition", record.partition());
            to.writeNumberField("offset", record.offset());
            to.writeNumberField("stamp", record.stamp());
            String key = record.key();
            if (key != null) {
                to.writeStringField("key", key);
            }
            Payload payload = record.event();
            if (!payload.type().equals(EventType.RAW)) {
                to.writeStringField("type", payload.type().name());
                to.writeNumberField("version", payload.type().version());
            }
            if (JsonTree.of(payload.bytes()) == JsonTree.NONE) {
                to.writeStringField("bytes", (String) JsonForm.BYTES.to().apply(payload.bytes()));
            } else {
                to.writeFieldName("event");
                to.writeRawValue(oneLine(payload.bytes()));
            }
            if (!record.headers().isEmpty()) {
                to.writeFieldName("headers");
                to.writeRawValue(headersToJson(record.headers()).encode());
            }
            to.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("an array took no bytes", e);
        }
        out.appendBytes(bytes.toByteArray());
    }

    /** Ends of lines are white space in JSON, because a text holds none as it is. */
    private static String oneLine(byte[] json) {
        return new String(json, StandardCharsets.UTF_8).replace('\n', ' ').replace('\r', ' ');
    }

    static EventRecord<Payload> record(String at, @Nullable Object json) {
        JsonObject object = JsonForm.object(at, json);
        JsonForm.requireKnown(at, object, RECORD_FIELDS);
        Payload payload = payload(at, object);
        return new EventRecord<>(
                JsonForm.whole(JsonForm.within(at, "partition"), object.getValue("partition")),
                JsonForm.whole(JsonForm.within(at, "offset"), object.getValue("offset")),
                JsonForm.whole(JsonForm.within(at, "stamp"), object.getValue("stamp")),
                key(at, object),
                payload.type(),
                headers(JsonForm.within(at, "headers"), object.getValue("headers")),
                payload);
    }

    // ---- parts

    private static void putKey(JsonObject json, @Nullable String key) {
        if (key != null) {
            json.put("key", key);
        }
    }

    private static @Nullable String key(String at, JsonObject json) {
        Object key = json.getValue("key");
        return key == null ? null : JsonForm.text(JsonForm.within(at, "key"), key);
    }

    private static JsonObject putPayload(JsonObject json, Payload payload) {
        if (!payload.type().equals(EventType.RAW)) {
            json.put("type", payload.type().name())
                    .put("version", payload.type().version());
        }
        Object tree = JsonTree.of(payload.bytes());
        return tree == JsonTree.NONE
                ? json.put("bytes", JsonForm.BYTES.to().apply(payload.bytes()))
                : json.put("event", tree);
    }

    private static Payload payload(String at, JsonObject json) {
        boolean isJson = json.containsKey("event");
        if (isJson == json.containsKey("bytes")) {
            throw new StrandlineException.Invalid(JsonForm.named(at) + " must have either event or bytes");
        }
        byte[] bytes = isJson
                ? encoded(at, json.getValue("event"))
                : JsonForm.bytes(JsonForm.within(at, "bytes"), json.getValue("bytes"));
        return new Payload(type(at, json), bytes);
    }

    private static byte[] encoded(String at, @Nullable Object event) {
        try {
            return JsonTree.encode(event);
        } catch (IOException e) {
            throw new StrandlineException.Invalid(
                    JsonForm.named(JsonForm.within(at, "event")) + " cannot be written: " + JsonTree.message(e), e);
        }
    }

    private static EventType type(String at, JsonObject json) {
        Object name = json.getValue("type");
        Object version = json.getValue("version");
        if (name == null && version == null) {
            return EventType.RAW;
        }
        return new EventType(
                JsonForm.text(JsonForm.within(at, "type"), name),
                version == null
                        ? 0
                        : (int) JsonForm.within(
                                JsonForm.within(at, "version"),
                                JsonForm.whole(JsonForm.within(at, "version"), version),
                                0,
                                0xffff));
    }

    private static @Nullable Sequence sequence(String at, @Nullable Object json) {
        if (json == null) {
            return null;
        }
        if (!(json instanceof JsonArray pair)) {
            return Sequence.of(JsonForm.within(at, JsonForm.whole(at, json), 0, Long.MAX_VALUE));
        }
        if (pair.size() != 2) {
            throw new StrandlineException.Invalid(JsonForm.named(at) + " must be a number or [major, minor]");
        }
        return new Sequence(
                JsonForm.within(at, JsonForm.whole(at, pair.getValue(0)), 0, Long.MAX_VALUE),
                JsonForm.within(at, JsonForm.whole(at, pair.getValue(1)), 0, Long.MAX_VALUE));
    }

    private static void putHeaders(JsonObject json, Headers headers) {
        if (!headers.isEmpty()) {
            json.put("headers", headersToJson(headers));
        }
    }

    private static JsonObject headersToJson(Headers headers) {
        JsonObject json = new JsonObject();
        for (String name : headers.names()) {
            byte[] bytes = headers.bytes(name);
            json.put(
                    name,
                    headers.isText(name)
                            ? headers.text(name)
                            : new JsonObject()
                                    .put("bytes", JsonForm.BYTES.to().apply(bytes == null ? new byte[0] : bytes)));
        }
        return json;
    }

    private static Headers headers(String at, @Nullable Object json) {
        Headers headers = Headers.NONE;
        if (json == null) {
            return headers;
        }
        JsonObject object = JsonForm.object(at, json);
        for (String name : object.fieldNames()) {
            Object value = object.getValue(name);
            if (value instanceof JsonObject bytes) {
                String field = JsonForm.within(at, name);
                JsonForm.requireKnown(field, bytes, List.of("bytes"));
                headers = headers.with(name, JsonForm.bytes(JsonForm.within(field, "bytes"), bytes.getValue("bytes")));
            } else {
                headers = headers.with(name, JsonForm.text(JsonForm.within(at, name), value));
            }
        }
        return headers;
    }
}
