package io.strandline.client.operation;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The words of JSON Schema that the table uses. A word that is not here fails. */
final class JsonSchemaCheck {

    private static final Set<String> KNOWN = Set.of(
            "type",
            "format",
            "minimum",
            "maximum",
            "pattern",
            "contentEncoding",
            "properties",
            "required",
            "items",
            "minItems",
            "maxItems",
            "maxLength",
            "enum",
            "anyOf",
            "oneOf",
            "additionalProperties",
            "propertyNames",
            "default",
            "description");

    private JsonSchemaCheck() {}

    /** What is wrong with a value, or null. */
    static @Nullable String defect(JsonObject schema, @Nullable Object value) {
        if (!KNOWN.containsAll(schema.fieldNames())) {
            return "unknown words in " + schema;
        }
        String type = schema.getString("type");
        if (type != null && !isOf(type, value)) {
            return value + " is no " + type;
        }
        JsonArray constants = schema.getJsonArray("enum");
        if (constants != null && !constants.contains(value)) {
            return value + " is none of " + constants;
        }
        if (value instanceof Number number) {
            if (number.doubleValue() < schema.getDouble("minimum", -1e300)
                    || number.doubleValue() > schema.getDouble("maximum", 1e300)) {
                return value + " is out of bounds";
            }
        }
        if (value instanceof String text) {
            if (schema.containsKey("pattern") && !text.matches(".*" + schema.getString("pattern") + ".*")) {
                return text + " does not match";
            }
            if (text.length() > schema.getInteger("maxLength", Integer.MAX_VALUE)) {
                return text + " is too long";
            }
        }
        long any = matches(schema, "anyOf", value);
        long one = matches(schema, "oneOf", value);
        if (any == 0 || one == 0 || (schema.containsKey("oneOf") && one > 1)) {
            return value + " is not as one of several";
        }
        if (value instanceof JsonArray array) {
            return defect(schema, array);
        }
        return value instanceof JsonObject object ? defect(schema, object) : null;
    }

    private static long matches(JsonObject schema, String word, @Nullable Object value) {
        JsonArray all = schema.getJsonArray(word);
        return all == null
                ? -1
                : all.stream()
                        .filter(each -> defect((JsonObject) each, value) == null)
                        .count();
    }

    private static @Nullable String defect(JsonObject schema, JsonArray array) {
        if (array.size() < schema.getInteger("minItems", 0)
                || array.size() > schema.getInteger("maxItems", Integer.MAX_VALUE)) {
            return array.size() + " items";
        }
        JsonObject items = schema.getJsonObject("items", new JsonObject());
        for (Object each : array) {
            String found = defect(items, each);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String defect(JsonObject schema, JsonObject object) {
        for (Object name : schema.getJsonArray("required", new JsonArray())) {
            if (!object.containsKey((String) name)) {
                return "field " + name + " is missing";
            }
        }
        JsonObject properties = schema.getJsonObject("properties", new JsonObject());
        for (String name : List.copyOf(object.fieldNames())) {
            JsonObject of =
                    properties.getJsonObject(name, schema.getJsonObject("additionalProperties", new JsonObject()));
            String found = defect(of, object.getValue(name));
            if (found == null) {
                found = defect(schema.getJsonObject("propertyNames", new JsonObject()), name);
            }
            if (found != null) {
                return name + ": " + found;
            }
        }
        return null;
    }

    private static boolean isOf(String type, @Nullable Object value) {
        return switch (type) {
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Integer || value instanceof Long;
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            case "null" -> value == null;
            default -> false;
        };
    }
}
