package io.strandline.client.operation;

import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a value of a request or reply is written, as bytes and as JSON. A shape is known before any value is, so that documents and
 * other renderings can be made from it.
 */
public interface Shape<T> {

    void write(WireOutput out, T value);

    /**
     * Reads a value.
     *
     * @throws io.strandline.StrandlineException.Invalid if the bytes hold none
     */
    T read(WireInput in);

    /** The shape in words, such as {@code {stream: text, offset: number}}. */
    String describe();

    /** The value as a {@link JsonObject} may hold it. A message is a {@link JsonObject}, a list a {@link JsonArray}. */
    @Nullable
    Object toJson(T value);

    /**
     * Reads what {@link #toJson} writes.
     *
     * @param at name of the field that holds it, for messages. Empty for a whole message
     * @throws io.strandline.StrandlineException.Invalid if it is anything else, or has a field that the shape does not know
     */
    T fromJson(String at, @Nullable Object json);

    /** JSON Schema of what {@link #toJson} writes, of draft 2020-12. The caller may change it. */
    JsonObject schema();

    /** True if the value may be missing in JSON, because it has a meaning then. */
    default boolean isOptional() {
        return false;
    }

    /** The shape of a value that is written as another one. A refusal of {@code to} is one of the message. */
    default <V> Shape<V> as(String description, Function<T, V> to, Function<V, T> from) {
        JsonForm<T> json = new JsonForm<>(schema(), this::toJson, this::fromJson);
        return new Form<>(
                description,
                (out, value) -> write(out, from.apply(value)),
                in -> to.apply(read(in)),
                json.as(to, from),
                isOptional());
    }
}
