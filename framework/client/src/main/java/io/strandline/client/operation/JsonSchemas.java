package io.strandline.client.operation;

import io.strandline.IfExists;
import io.strandline.OptionsJson;
import io.strandline.ScalingPolicy;
import io.strandline.StreamOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** JSON Schemas of what has a form in JSON without the table. */
final class JsonSchemas {

    static final JsonObject CUT = object(new JsonObject()
                    .put("stream", JsonForm.type("string"))
                    .put(
                            "offsets",
                            JsonForm.type("object")
                                    .put("propertyNames", new JsonObject().put("pattern", "^[0-9]{1,19}$"))
                                    .put("additionalProperties", whole(0))))
            .put("required", new JsonArray().add("stream"));

    static final JsonObject POLICY = object(new JsonObject()
            .put("kind", constant(ScalingPolicy.Kind.values()))
            .put("target", whole(0))
            .put("minPartitions", partitions())
            .put("maxPartitions", partitions())
            .put("coolDownMillis", whole(100)));

    static final JsonObject RETENTION = object(new JsonObject()
            .put("maxAgeMillis", whole(0))
            .put("maxBytes", whole(0))
            .put("untilConsumed", JsonForm.type("boolean"))
            .put("hardBytes", whole(0)));

    static final JsonObject STREAM_OPTIONS = object(new JsonObject()
            .put("partitions", partitions())
            .put("scaling", POLICY)
            .put("retention", RETENTION)
            .put("exclusive", JsonForm.type("boolean"))
            .put("ifExists", constant(IfExists.values()))
            .put("createScope", JsonForm.type("boolean")));

    /** {@code "start"}, {@code "end"}, a cut or a time. */
    static final JsonObject START_POSITION = new JsonObject()
            .put(
                    "anyOf",
                    new JsonArray()
                            .add(JsonForm.type("string")
                                    .put("enum", new JsonArray().add("start").add("end")))
                            .add(object(new JsonObject().put("time", whole(0)))
                                    .put("required", new JsonArray().add("time")))
                            .add(CUT));

    private JsonSchemas() {}

    private static JsonObject object(JsonObject properties) {
        return JsonForm.type("object").put("properties", properties);
    }

    private static JsonObject whole(long least) {
        return JsonForm.type("integer").put("format", "int64").put("minimum", least);
    }

    private static JsonObject partitions() {
        return JsonForm.type("integer").put("minimum", 1).put("maximum", StreamOptions.MAX_PARTITIONS);
    }

    /** A constant, whose name is written in capitals by some options and in small letters by others. */
    private static JsonObject constant(Enum<?>[] constants) {
        JsonArray names = new JsonArray();
        for (Enum<?> constant : constants) {
            names.add(constant.name()).add(OptionsJson.nameOf(constant));
        }
        return JsonForm.type("string").put("enum", names);
    }

    /** The form of what reads and writes an object by itself. */
    static <T> JsonForm<T> objectForm(JsonObject schema, Function<JsonObject, T> from, Function<T, JsonObject> to) {
        JsonForm<JsonObject> object = new JsonForm<>(schema, value -> value, JsonForm::object);
        return object.as(from, to);
    }
}
