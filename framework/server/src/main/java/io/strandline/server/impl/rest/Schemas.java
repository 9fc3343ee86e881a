package io.strandline.server.impl.rest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** JSON Schemas of what routes take and give beside the messages of the table. Each call makes one that the caller may change. */
final class Schemas {

    private static final Map<String, String> PATH_TEXTS = Map.ofEntries(
            Map.entry("scope", "name of the scope"),
            Map.entry("stream", "name of the stream in its scope"),
            Map.entry("key", "routing key, percent-encoded"),
            Map.entry("subscriber", "name of the subscriber"),
            Map.entry("writer", "id of the writer"),
            Map.entry("transaction", "id of the transaction"),
            Map.entry("group", "name of the reader group in its scope"),
            Map.entry("checkpoint", "name of the checkpoint"),
            Map.entry("pipeline", "name of the pipeline"),
            Map.entry("operator", "id of the operator"),
            Map.entry("aggregate", "name of the kind of aggregate"),
            Map.entry("id", "id of the aggregate"),
            Map.entry("state", "name of the shared state in its scope"));

    private Schemas() {}

    static String pathText(String variable) {
        return PATH_TEXTS.getOrDefault(variable, variable);
    }

    static JsonObject text() {
        return new JsonObject().put("type", "string");
    }

    static JsonObject flag() {
        return new JsonObject().put("type", "boolean");
    }

    static JsonObject whole(long least) {
        return new JsonObject().put("type", "integer").put("format", "int64").put("minimum", least);
    }

    static JsonObject whole(long least, long most, long otherwise) {
        return whole(least).put("maximum", most).put("default", otherwise);
    }

    static JsonObject oneOf(String... texts) {
        JsonArray all = new JsonArray();
        for (String text : texts) {
            all.add(text);
        }
        return text().put("enum", all);
    }

    static JsonObject any(String description) {
        return new JsonObject().put("description", description);
    }

    static JsonObject listOf(JsonObject element) {
        return new JsonObject().put("type", "array").put("items", element);
    }

    /** An object of which each property is required. */
    static JsonObject object(Map<String, JsonObject> properties) {
        JsonObject json = new JsonObject();
        JsonArray required = new JsonArray();
        new TreeMap<>(properties).forEach((name, schema) -> {
            json.put(name, schema);
            required.add(name);
        });
        return new JsonObject().put("type", "object").put("properties", json).put("required", required);
    }

    /** An object of which no property is required. */
    static JsonObject options(Map<String, JsonObject> properties) {
        JsonObject json = new JsonObject();
        new TreeMap<>(properties).forEach(json::put);
        return new JsonObject().put("type", "object").put("properties", json).put("additionalProperties", false);
    }

    /** Partition → offset. */
    static JsonObject offsets() {
        return new JsonObject()
                .put("type", "object")
                .put("description", "partition → offset")
                .put("propertyNames", new JsonObject().put("pattern", "^[0-9]{1,19}$"))
                .put("additionalProperties", whole(0));
    }

    /** A reference to a schema of the document. */
    static JsonObject ref(String name) {
        return new JsonObject().put("$ref", "#/components/schemas/" + name);
    }
}
