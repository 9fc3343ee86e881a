package io.strandline.client.operation;

import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The shapes of which messages consist. */
final class Shapes {

    static final Shape<Nothing> NOTHING = of(
            "nothing",
            (out, value) -> {},
            in -> Nothing.NOTHING,
            new JsonForm<>(JsonForm.type("object"), value -> new JsonObject(), Shapes::nothing));
    static final Shape<String> TEXT = of("text", WireOutput::text, WireInput::text, JsonForm.TEXT);
    static final Shape<Boolean> FLAG = of("flag", WireOutput::flag, WireInput::flag, JsonForm.FLAG);

    /** Whether anything was changed. */
    static final Shape<Boolean> DONE = Message.single("done", FLAG);

    static final Shape<Long> NUMBER = of("number", WireOutput::number, WireInput::number, JsonForm.NUMBER);
    /** A number that uses all its bits, and so is text in JSON. */
    static final Shape<Long> ID = of("number", WireOutput::number, WireInput::number, JsonForm.DIGITS);
    /** 0 or more, of 31 bits. */
    static final Shape<Integer> COUNT =
            of("count", (out, value) -> out.number(value), in -> in.integer(0, Integer.MAX_VALUE), JsonForm.COUNT);

    static final Shape<Long> HASH = of("64 bits", WireOutput::fixed, WireInput::fixed, JsonForm.HASH);
    static final Shape<byte[]> BYTES = of("bytes", WireOutput::bytes, WireInput::bytes, JsonForm.BYTES);

    private Shapes() {}

    static <T> Shape<T> of(
            String description, BiConsumer<WireOutput, T> write, Function<WireInput, T> read, JsonForm<T> json) {
        return new Form<>(description, write, read, json, false);
    }

    /** The shape of a value that has a form in JSON. Its bytes are the text of that. */
    static <T> Shape<T> ofJson(String description, JsonForm<T> json) {
        return of(
                description,
                (out, value) ->
                        out.bytes(Json.encodeToBuffer(json.to().apply(value)).getBytes()),
                in -> json.from().read(description, parsed(description, in.bytes())),
                json);
    }

    private static @Nullable Object parsed(String what, byte[] text) {
        try {
            return Json.decodeValue(Buffer.buffer(text));
        } catch (DecodeException e) {
            throw new StrandlineException.Invalid("not " + what + " in JSON: " + JsonForm.why(e), e);
        }
    }

    /** The same bytes, and another form in JSON. */
    static <T> Shape<T> withJson(Shape<T> shape, JsonForm<T> json) {
        return of(shape.describe(), shape::write, shape::read, json);
    }

    /** The form in JSON of a shape, for another one that has other bytes. */
    static <T> JsonForm<T> jsonOf(Shape<T> shape) {
        return new JsonForm<>(shape.schema(), shape::toJson, shape::fromJson);
    }

    private static Nothing nothing(String at, @Nullable Object json) {
        if (json != null) {
            JsonForm.requireKnown(at, JsonForm.object(at, json), List.of());
        }
        return Nothing.NOTHING;
    }

    /** A list as long as the message has bytes for it: of a reply. */
    static <T> Shape<List<T>> listOf(Shape<T> element) {
        return listOf(element, Integer.MAX_VALUE);
    }

    /** A list of at most so many elements. */
    static <T> Shape<List<T>> listOf(Shape<T> element, int most) {
        JsonObject schema = JsonForm.type("array").put("items", element.schema());
        JsonForm<List<T>> json = new JsonForm<>(
                most == Integer.MAX_VALUE ? schema : schema.put("maxItems", most),
                values -> {
                    JsonArray array = new JsonArray();
                    values.forEach(value -> array.add(element.toJson(value)));
                    return array;
                },
                (at, value) -> {
                    JsonArray array = JsonForm.array(at, value, most);
                    List<T> values = new ArrayList<>(array.size());
                    for (int i = 0; i < array.size(); i++) {
                        values.add(element.fromJson(at + "[" + i + "]", array.getValue(i)));
                    }
                    return values;
                });
        return of(
                "[" + element.describe() + "]",
                (out, values) -> {
                    out.number(values.size());
                    values.forEach(value -> element.write(out, value));
                },
                in -> {
                    int count = in.count(most);
                    List<T> values = new ArrayList<>();
                    for (int i = 0; i < count; i++) {
                        values.add(element.read(in));
                    }
                    return values;
                },
                json);
    }

    static <T> Shape<Optional<T>> optional(Shape<T> element) {
        JsonForm<Optional<T>> json = new JsonForm<>(
                element.schema(),
                value -> value.map(element::toJson).orElse(null),
                (at, value) -> value == null ? Optional.empty() : Optional.of(element.fromJson(at, value)));
        return new Form<>(
                element.describe() + " or nothing",
                (out, value) -> {
                    out.flag(value.isPresent());
                    value.ifPresent(there -> element.write(out, there));
                },
                in -> in.flag() ? Optional.of(element.read(in)) : Optional.empty(),
                json,
                true);
    }

    /** As {@link #optional}, in a list, where nothing is null. */
    static <T> Shape<Optional<T>> orNull(Shape<T> element) {
        Shape<Optional<T>> optional = optional(element);
        JsonForm<Optional<T>> json = jsonOf(optional);
        JsonObject schema = new JsonObject()
                .put("anyOf", new JsonArray().add(element.schema()).add(JsonForm.type("null")));
        return withJson(optional, new JsonForm<>(schema, json.to(), json.from()));
    }

    /** A value that is another one if it is missing in JSON. Its bytes always hold it. */
    static <T> Shape<T> or(Shape<T> shape, T otherwise) {
        JsonForm<T> json = new JsonForm<>(
                shape.schema().put("default", shape.toJson(otherwise)),
                shape::toJson,
                (at, value) -> value == null ? otherwise : shape.fromJson(at, value));
        return new Form<>(shape.describe(), shape::write, shape::read, json, true);
    }

    /** A count within bounds. */
    static Shape<Integer> count(int least, int most) {
        return of(
                "count",
                (out, value) -> out.number(value),
                in -> in.integer(least, most),
                new JsonForm<>(
                        JsonForm.type("integer").put("minimum", least).put("maximum", most),
                        value -> value,
                        (at, json) -> (int) JsonForm.within(at, JsonForm.whole(at, json), least, most)));
    }

    /**
     * A constant, as its place in a list, to which constants are only ever added at the end. In JSON its name in small letters, and
     * letters of any case are taken.
     */
    static <E extends Enum<E>> Shape<E> constant(List<E> constants) {
        List<@Nullable String> names =
                constants.stream().<@Nullable String>map(OptionsJson::nameOf).toList();
        JsonForm<E> json = new JsonForm<>(
                JsonForm.type("string").put("enum", new JsonArray(new ArrayList<>(names))),
                OptionsJson::nameOf,
                (at, value) -> {
                    String text = JsonForm.text(at, value);
                    for (E constant : constants) {
                        if (constant.name().equalsIgnoreCase(text)) {
                            return constant;
                        }
                    }
                    throw new StrandlineException.Invalid(JsonForm.named(at) + " must be one of " + names);
                });
        return of(
                constants.toString(),
                (out, value) -> out.number(constants.indexOf(value)),
                in -> constants.get(in.integer(0, constants.size() - 1)),
                json);
    }
}
