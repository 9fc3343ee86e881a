package io.strandline.client.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a value is written as JSON. A refusal is {@link StrandlineException.Invalid} and names the field.
 *
 * @param schema its JSON Schema, of draft 2020-12
 * @param to gives what a {@link JsonObject} may hold
 * @param from reads it
 */
record JsonForm<T>(JsonObject schema, Function<T, @Nullable Object> to, From<T> from) {

    /** Reads a value. */
    interface From<T> {
        T read(String at, @Nullable Object json);
    }

    /** Whole numbers from here on are not exact in JavaScript, nor where they come as a fraction. */
    private static final double EXACT = 1L << 53;

    static final JsonForm<String> TEXT = new JsonForm<>(type("string"), value -> value, JsonForm::text);
    static final JsonForm<Boolean> FLAG = new JsonForm<>(type("boolean"), value -> value, (at, json) -> {
        if (json instanceof Boolean flag) {
            return flag;
        }
        throw unexpected(at, "true or false", json);
    });
    static final JsonForm<Long> NUMBER =
            new JsonForm<>(type("integer").put("format", "int64"), value -> value, JsonForm::whole);
    static final JsonForm<Integer> COUNT =
            new JsonForm<>(type("integer").put("format", "int32").put("minimum", 0), value -> value, (at, json) ->
                    (int) within(at, whole(at, json), 0, Integer.MAX_VALUE));
    /** 16 hexadecimal digits. JavaScript has no whole numbers of 64 bits. */
    static final JsonForm<Long> HASH = new JsonForm<>(
            type("string").put("pattern", "^[0-9a-f]{16}$"), value -> String.format("%016x", value), JsonForm::hash);
    /** A number of 64 bits in decimal digits, for JavaScript. */
    static final JsonForm<Long> DIGITS = new JsonForm<>(
            type("string").put("pattern", "^-?[0-9]{1,19}$"), value -> Long.toString(value), JsonForm::digits);

    static final JsonForm<byte[]> BYTES = new JsonForm<>(
            type("string").put("contentEncoding", "base64"),
            value -> Base64.getEncoder().encodeToString(value),
            JsonForm::bytes);

    static JsonObject type(String name) {
        return new JsonObject().put("type", name);
    }

    /** The name of a field in an object. */
    static String within(String at, String field) {
        return at.isEmpty() ? field : at + "." + field;
    }

    static StrandlineException.Invalid unexpected(String at, String expected, @Nullable Object found) {
        return new StrandlineException.Invalid(named(at) + " must be " + expected + ", and is " + kindOf(found));
    }

    static String named(String at) {
        return at.isEmpty() ? "the message" : "field " + Utf8.shown(at);
    }

    private static String kindOf(@Nullable Object json) {
        if (json == null) {
            return "missing";
        } else if (json instanceof String) {
            return "a text";
        } else if (json instanceof Number) {
            return "the number " + Utf8.shown(json.toString());
        } else if (json instanceof Boolean) {
            return json.toString();
        }
        return json instanceof JsonArray ? "an array" : "an object";
    }

    static JsonObject object(String at, @Nullable Object json) {
        if (json instanceof JsonObject object) {
            return object;
        }
        throw unexpected(at, "an object", json);
    }

    static JsonArray array(String at, @Nullable Object json, int most) {
        if (!(json instanceof JsonArray array)) {
            throw unexpected(at, "an array", json);
        }
        if (array.size() > most) {
            throw new StrandlineException.Invalid(
                    named(at) + " has " + array.size() + " elements, the limit is " + most);
        }
        return array;
    }

    static void requireKnown(String at, JsonObject object, List<String> fields) {
        for (String name : object.fieldNames()) {
            if (!fields.contains(name)) {
                throw new StrandlineException.Invalid(named(within(at, name)) + " is unknown, known are " + fields);
            }
        }
    }

    static String text(String at, @Nullable Object json) {
        if (json instanceof String text) {
            return Utf8.requireWhole(named(at), text);
        }
        throw unexpected(at, "a text", json);
    }

    static long whole(String at, @Nullable Object json) {
        if (json instanceof Long || json instanceof Integer || json instanceof Short || json instanceof Byte) {
            return ((Number) json).longValue();
        }
        if (json instanceof BigInteger large && large.bitLength() < Long.SIZE) {
            return large.longValue();
        }
        if (json instanceof Number number && !(json instanceof BigInteger)) {
            double value = number.doubleValue();
            if (value == Math.rint(value) && Math.abs(value) < EXACT) {
                return (long) value;
            }
        }
        throw unexpected(at, "a whole number of 64 bits", json);
    }

    /** What is wrong with a text that is no JSON, without the place in a source that nobody knows. */
    static String why(DecodeException e) {
        return e.getCause() instanceof JsonProcessingException known
                ? known.getOriginalMessage()
                : String.valueOf(e.getMessage());
    }

    static long within(String at, long value, long least, long most) {
        if (value < least || value > most) {
            throw new StrandlineException.Invalid(named(at) + " is " + value + ", it must be " + least + " to " + most);
        }
        return value;
    }

    private static long hash(String at, @Nullable Object json) {
        String text = text(at, json);
        if (text.length() == 16) {
            try {
                return Long.parseUnsignedLong(text, 16);
            } catch (NumberFormatException e) {
                // said below
            }
        }
        throw new StrandlineException.Invalid(named(at) + " must be 16 hexadecimal digits");
    }

    private static long digits(String at, @Nullable Object json) {
        try {
            return Long.parseLong(text(at, json));
        } catch (NumberFormatException e) {
            throw new StrandlineException.Invalid(named(at) + " must be a number of 64 bits in decimal digits", e);
        }
    }

    /** Takes base64 of both alphabets, with padding or without. It is written in the common one, with padding. */
    static byte[] bytes(String at, @Nullable Object json) {
        String text = text(at, json);
        try {
            return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            throw new StrandlineException.Invalid(named(at) + " must be bytes in base64", e);
        }
    }

    /** The form of a value that is written as another one. */
    <V> JsonForm<V> as(Function<T, V> read, Function<V, T> written) {
        return new JsonForm<>(schema, value -> to.apply(written.apply(value)), (at, json) -> {
            T value = from.read(at, json);
            try {
                return read.apply(value);
            } catch (StrandlineException.Invalid e) {
                throw new StrandlineException.Invalid(named(at) + ": " + e.getMessage(), e);
            }
        });
    }
}
