package io.strandline.client.operation;

import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.json.JsonObject;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A shape made of its two forms. */
record Form<T>(
        String description,
        BiConsumer<WireOutput, T> writing,
        Function<WireInput, T> reading,
        JsonForm<T> json,
        boolean isOptional)
        implements Shape<T> {

    @Override
    public void write(WireOutput out, T value) {
        writing.accept(out, value);
    }

    @Override
    public T read(WireInput in) {
        return reading.apply(in);
    }

    @Override
    public String describe() {
        return description;
    }

    @Override
    public @Nullable Object toJson(T value) {
        return json.to().apply(value);
    }

    @Override
    public T fromJson(String at, @Nullable Object value) {
        return json.from().read(at, value);
    }

    @Override
    public JsonObject schema() {
        return json.schema().copy();
    }
}
