package io.strandline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads options from JSON, which people write by hand. A value of another type is Invalid, and the message names its key.
 * A key that was not asked for is Invalid, and the message names the nearest known key.
 *
 * <pre>{@code
 * OptionsJson in = new OptionsJson("reader options", json);
 * readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
 * onTruncated = in.constant("onTruncated", OnTruncated.FAIL);
 * in.end();
 * }</pre>
 */
public final class OptionsJson {

    private final String what;
    private final JsonObject json;
    private final Set<String> known = new TreeSet<>();

    /**
     * Begins to read.
     *
     * @param what names the options in messages, such as {@code "reader options"}
     */
    public OptionsJson(String what, JsonObject json) {
        this.what = what;
        this.json = json;
    }

    /** The value under a key, or null if there is none. */
    public @Nullable Object value(String key) {
        known.add(key);
        return json.getValue(key);
    }

    /** True if there is a value under the key. */
    public boolean has(String key) {
        return value(key) != null;
    }

    /**
     * The whole number under a key, or {@code otherwise} if there is none.
     *
     * @throws StrandlineException.Invalid if the value is none, or not of 32 bits
     */
    public int integer(String key, int otherwise) {
        return (int) Limits.require(key, whole(key, otherwise), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /**
     * As {@link #integer}, of 64 bits.
     *
     * @throws StrandlineException.Invalid if the value is no whole number
     */
    public long whole(String key, long otherwise) {
        Object value = value(key);
        return value == null ? otherwise : whole(key, value);
    }

    private static long whole(String key, Object value) {
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
    public @Nullable String text(String key) {
        Object value = value(key);
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
    public String text(String key, String otherwise) {
        String value = text(key);
        return value == null ? otherwise : value;
    }

    /**
     * The constant named under a key, in letters of any case, or {@code otherwise} if there is none.
     *
     * @throws StrandlineException.Invalid if the value is no text, or no constant has that name
     */
    public <T extends Enum<T>> T constant(String key, T otherwise) {
        String text = text(key);
        if (text == null) {
            return otherwise;
        }
        List<String> names = new ArrayList<>();
        for (T constant : otherwise.getDeclaringClass().getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(text)) {
                return constant;
            }
            names.add(nameOf(constant));
        }
        throw new StrandlineException.Invalid(key + " is " + text + ", it must be one of " + names);
    }

    /** How a constant is written. Null for null, which {@code validate} of the options is still to refuse. */
    public static @Nullable String nameOf(@Nullable Enum<?> constant) {
        return constant == null ? null : constant.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The truth value under a key, or {@code otherwise} if there is none.
     *
     * @throws StrandlineException.Invalid if the value is none
     */
    public boolean flag(String key, boolean otherwise) {
        Object value = value(key);
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
    public JsonObject object(String key) {
        Object value = value(key);
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
    public List<Long> wholes(String key) {
        List<Long> wholes = new ArrayList<>();
        array(key, "an array of whole numbers").forEach(one -> wholes.add(whole(key, one)));
        return wholes;
    }

    /**
     * The texts in the array under a key, none if there is no such array.
     *
     * @throws StrandlineException.Invalid if the value is no array, or something else is in it
     */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Object one : array(key, "an array of texts")) {
            if (!(one instanceof String text)) {
                throw new StrandlineException.Invalid(key + " holds " + one + ", it must hold texts");
            }
            texts.add(text);
        }
        return texts;
    }

    /**
     * The objects in the array under a key, none if there is no such array.
     *
     * @throws StrandlineException.Invalid if the value is no array, or something else is in it
     */
    public List<JsonObject> objects(String key) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object one : array(key, "an array of objects")) {
            if (!(one instanceof JsonObject object)) {
                throw new StrandlineException.Invalid(key + " holds " + one + ", it must hold objects");
            }
            objects.add(object);
        }
        return objects;
    }

    private JsonArray array(String key, String expected) {
        Object value = value(key);
        if (value == null) {
            return new JsonArray();
        }
        if (value instanceof JsonArray array) {
            return array;
        }
        throw unexpected(key, value, expected);
    }

    /**
     * Ends the reading.
     *
     * @throws StrandlineException.Invalid if there is a key that was not asked for
     */
    public void end() {
        for (String key : new TreeSet<>(json.fieldNames())) {
            if (!known.contains(key)) {
                String nearest = known.stream()
                        .min(Comparator.comparingInt(one -> distance(one, key)))
                        .orElse("");
                throw new StrandlineException.Invalid("\"" + key + "\" is no key of " + what + ", which know " + known
                        + "; the nearest is \"" + nearest + "\"");
            }
        }
    }

    /**
     * Names what differs between two options, each with its path: {@code retention.maxBytes is 5, not 7}. Empty if nothing
     * does.
     *
     * @param present what there is
     * @param wanted what the caller has
     */
    public static String differences(JsonObject present, JsonObject wanted) {
        List<String> found = new ArrayList<>();
        compare("", present, wanted, found);
        return String.join(", ", found);
    }

    private static void compare(String path, JsonObject present, JsonObject wanted, List<String> found) {
        Set<String> keys = new TreeSet<>(present.fieldNames());
        keys.addAll(wanted.fieldNames());
        for (String key : keys) {
            Object one = present.getValue(key);
            Object other = wanted.getValue(key);
            if (one instanceof JsonObject inner && other instanceof JsonObject outer) {
                compare(path + key + ".", inner, outer, found);
            } else if (!Objects.equals(one, other)) {
                found.add(path + key + " is " + one + ", not " + other);
            }
        }
    }

    /** Characters to put in, take out or change, whatever their case. */
    private static int distance(String one, String other) {
        String from = one.toLowerCase(Locale.ROOT);
        String to = other.toLowerCase(Locale.ROOT);
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }

    private static StrandlineException.Invalid unexpected(String key, Object value, String expected) {
        return new StrandlineException.Invalid(key + " is " + value + ", it must be " + expected);
    }
}
