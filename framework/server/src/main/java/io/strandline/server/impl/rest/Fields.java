package io.strandline.server.impl.rest;

import io.strandline.server.impl.http.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Fields of JSON bodies that the table does not know. A refusal names the field. */
final class Fields {

    private Fields() {}

    static void requireKnown(JsonObject body, List<String> names) {
        for (String name : body.fieldNames()) {
            if (!names.contains(name)) {
                String shown = name.length() > 100 ? name.substring(0, 100) + "…" : name;
                throw Refusal.of(shown, "field " + shown + " is unknown, known are " + names);
            }
        }
    }

    static String text(JsonObject body, String name) {
        String text = textOrNull(body, name);
        if (text == null) {
            throw Refusal.of(name, "field " + name + " is missing");
        }
        return text;
    }

    static @Nullable String textOrNull(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw Refusal.of(name, "field " + name + " must be a text");
    }

    static @Nullable JsonObject objectOrNull(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null || value instanceof JsonObject) {
            return (JsonObject) value;
        }
        throw Refusal.of(name, "field " + name + " must be an object");
    }

    static @Nullable JsonArray arrayOrNull(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null || value instanceof JsonArray) {
            return (JsonArray) value;
        }
        throw Refusal.of(name, "field " + name + " must be an array");
    }

    static boolean flag(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null || value instanceof Boolean) {
            return value != null && (Boolean) value;
        }
        throw Refusal.of(name, "field " + name + " must be true or false");
    }

    static long whole(JsonObject body, String name, long otherwise, long least, long most) {
        Object value = body.getValue(name);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Long || value instanceof Integer)) {
            throw Refusal.of(name, "field " + name + " must be a whole number of 64 bits");
        }
        long number = ((Number) value).longValue();
        if (number < least || number > most) {
            throw Refusal.of(name, "field " + name + " is " + number + ", it must be " + least + " to " + most);
        }
        return number;
    }

    /** Partition → offset, under the name of a field. */
    static SortedMap<Long, Long> offsets(JsonObject body, String name) {
        JsonObject given = objectOrNull(body, name);
        if (given == null) {
            throw Refusal.of(name, "field " + name + " is missing");
        }
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (String partition : given.fieldNames()) {
            if (!partition.matches("\\d{1,18}")) {
                throw Refusal.of(name, "field " + name + " must have ids of partitions as names");
            }
            offsets.put(Long.parseLong(partition), whole(given, partition, 0, 0, Long.MAX_VALUE));
        }
        return offsets;
    }
}
