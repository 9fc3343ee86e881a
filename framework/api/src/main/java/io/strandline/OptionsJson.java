package io.strandline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads options from JSON, which people write by hand: a value of another type is Invalid, with its key. */
public final class OptionsJson {

    private OptionsJson() {}

    /**
     * The whole number under a key, or {@code otherwise} if there is none.
     *
     * @throws StrandlineException.Invalid if the value is none, or not of 32 bits
     */
    public static int integer(JsonObject json, String key, int otherwise) {
        return (int) Limits.require(key, whole(json, key, otherwise), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /**
     * As {@link #integer}, of 64 bits.
     *
     * @throws StrandlineException.Invalid if the value is no whole number
     */
    public static long whole(JsonObject json, String key, long otherwise) {
        Object value = json.getValue(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number && number.doubleValue() == (double) number.longValue()) {
            return number.longValue();
        }
        throw unexpected(key, value, "a whole number");
    }

    /**
     * The text under a key, or null if there is none.
     *
     * @throws StrandlineException.Invalid if the value is no text
     */
    public static @Nullable String text(JsonObject json, String key) {
        Object value = json.getValue(key);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw unexpected(key, value, "a text");
    }

    /**
     * The text under a key, or {@code otherwise} if there is none.
     *
     * @throws StrandlineException.Invalid if the value is no text
     */
    public static String text(JsonObject json, String key, String otherwise) {
        String value = text(json, key);
        return value == null ? otherwise : value;
    }

    /**
     * The truth value under a key, or {@code otherwise} if there is none.
     *
     * @throws StrandlineException.Invalid if the value is none
     */
    public static boolean flag(JsonObject json, String key, boolean otherwise) {
        Object value = json.getValue(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw unexpected(key, value, "true or false");
    }

    /**
     * The object under a key, or an empty one if there is none.
     *
     * @throws StrandlineException.Invalid if the value is no object
     */
    public static JsonObject object(JsonObject json, String key) {
        Object value = json.getValue(key);
        if (value == null) {
            return new JsonObject();
        }
        if (value instanceof JsonObject object) {
            return object;
        }
        throw unexpected(key, value, "an object");
    }

    /**
     * The whole numbers in the array under a key, none if there is no such array.
     *
     * @throws StrandlineException.Invalid if the value is no array, or something else is in it
     */
    public static List<Long> wholes(JsonObject json, String key) {
        Object value = json.getValue(key);
        List<Long> wholes = new ArrayList<>();
        if (value == null) {
            return wholes;
        }
        if (!(value instanceof JsonArray array)) {
            throw unexpected(key, value, "an array of whole numbers");
        }
        for (Object one : array) {
            wholes.add(whole(new JsonObject().put(key, one), key, 0));
        }
        return wholes;
    }

    private static StrandlineException.Invalid unexpected(String key, Object value, String expected) {
        return new StrandlineException.Invalid(key + " is " + value + ", it must be " + expected);
    }
}
