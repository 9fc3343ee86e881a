package io.strandline.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.NumberInput;
import com.fasterxml.jackson.core.io.NumberOutput;
import com.fasterxml.jackson.databind.JsonNode;
import io.strandline.StrandlineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * JSON of no declared class: {@code Object}, maps and lists of it, trees, and the JSON of Vert.x. Names are written in one
 * order. A decimal comes back as a {@code Double} if that is written with the same characters, and else as a
 * {@code BigDecimal}, so that no digit is lost and what was read is written with the same bytes.
 */
final class JsonValues {

    private JsonValues() {}

    /**
     * Writes a value of JSON: null, truth values, texts, numbers, and maps and lists of them.
     *
     * @throws StrandlineException.Invalid if the value would come back as something else
     */
    static void write(JsonGenerator out, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeNull();
        } else if (value instanceof String text) {
            out.writeString(text);
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else if (value instanceof Number number) {
            writeNumber(out, number);
        } else if (value instanceof JsonNode node) {
            write(out, node);
        } else if (value instanceof JsonObject object) {
            writeVertx(out, object);
        } else if (value instanceof JsonArray array) {
            writeVertx(out, array);
        } else if (value instanceof Map<?, ?> map) {
            write(out, map, JsonValues::write);
        } else if (value instanceof List<?> list) {
            write(out, list, JsonValues::write);
        } else {
            throw new StrandlineException.Invalid("value of " + value.getClass().getName()
                    + " where no class is declared: only JSON values (null, true, 5, text, List, Map) come"
                    + " back from there");
        }
    }

    /** Writes one value. */
    private interface ValueWriter {
        void write(JsonGenerator out, @Nullable Object value) throws IOException;
    }

    private static void write(JsonGenerator out, Map<?, ?> map, ValueWriter values) throws IOException {
        TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String name)) {
                throw new StrandlineException.Invalid(
                        "map key " + entry.getKey() + " where no class is declared: only texts come back from there");
            }
            sorted.put(name, entry.getValue());
        }
        out.writeStartObject();
        for (Map.Entry<String, @Nullable Object> entry : sorted.entrySet()) {
            out.writeFieldName(entry.getKey());
            values.write(out, entry.getValue());
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, List<?> list, ValueWriter values) throws IOException {
        out.writeStartArray();
        for (Object value : list) {
            values.write(out, value);
        }
        out.writeEndArray();
    }

    /** Writes what a {@code JsonObject} may hold, as Vert.x does: it takes bytes and times out of texts. */
    static void writeVertx(JsonGenerator out, @Nullable Object value) throws IOException {
        if (value instanceof JsonObject object) {
            write(out, object.getMap(), JsonValues::writeVertx);
        } else if (value instanceof JsonArray array) {
            write(out, array.getList(), JsonValues::writeVertx);
        } else if (value instanceof Map<?, ?> map) {
            write(out, map, JsonValues::writeVertx);
        } else if (value instanceof List<?> list) {
            write(out, list, JsonValues::writeVertx);
        } else if (value instanceof Buffer buffer) {
            out.writeString(base64(buffer.getBytes()));
        } else if (value instanceof byte[] bytes) {
            out.writeString(base64(bytes));
        } else if (value instanceof Instant time) {
            out.writeString(time.toString());
        } else if (value instanceof Enum<?> constant) {
            out.writeString(constant.name());
        } else {
            write(out, value);
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static void write(JsonGenerator out, JsonNode node) throws IOException {
        switch (node.getNodeType()) {
            case OBJECT -> {
                TreeSet<String> names = new TreeSet<>();
                node.fieldNames().forEachRemaining(names::add);
                out.writeStartObject();
                for (String name : names) {
                    out.writeFieldName(name);
                    write(out, node.get(name));
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (Iterator<JsonNode> elements = node.elements(); elements.hasNext(); ) {
                    write(out, elements.next());
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(node.textValue());
            case BOOLEAN -> out.writeBoolean(node.booleanValue());
            case NULL -> out.writeNull();
            case NUMBER -> writeNumberOfTree(out, node);
            default ->
                throw new StrandlineException.Invalid(
                        node.getNodeType() + " in a JSON tree: it would come back as something else");
        }
    }

    /** A tree is read with exact decimals, so it is written with them too: the bytes are the same after a read. */
    private static void writeNumberOfTree(JsonGenerator out, JsonNode node) throws IOException {
        Number number = node.numberValue();
        if (number instanceof Double || number instanceof Float) {
            requireFinite(number);
            out.writeNumber(new BigDecimal(textOf(number)));
        } else {
            writeNumber(out, number);
        }
    }

    private static void writeNumber(JsonGenerator out, Number number) throws IOException {
        if (number instanceof BigDecimal decimal) {
            out.writeNumber(decimal);
        } else if (number instanceof BigInteger integer) {
            out.writeNumber(integer);
        } else if (number instanceof Double || number instanceof Float) {
            requireFinite(number);
            out.writeNumber(textOf(number));
        } else if (number instanceof Long
                || number instanceof Integer
                || number instanceof Short
                || number instanceof Byte) {
            out.writeNumber(number.longValue());
        } else {
            throw new StrandlineException.Invalid(
                    "number of " + number.getClass().getName()
                            + " where no class is declared: it would come back as something else");
        }
    }

    private static void requireFinite(Number number) {
        if (!Double.isFinite(number.doubleValue())) {
            throw new StrandlineException.Invalid("number " + number + " where no class is declared: JSON has none");
        }
    }

    /** The shortest digits, which are the same in every JVM. */
    private static String textOf(Number number) {
        return number instanceof Float
                ? NumberOutput.toString(number.floatValue(), true)
                : NumberOutput.toString(number.doubleValue(), true);
    }

    /** Reads the value that the parser is at, to its end. */
    static @Nullable Object read(JsonParser in) throws IOException {
        JsonToken token = in.currentToken();
        return switch (token) {
            case START_OBJECT -> readObject(in);
            case START_ARRAY -> readArray(in);
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT -> in.getNumberValue();
            case VALUE_NUMBER_FLOAT -> decimal(in);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new StrandlineException.Invalid(token + " where a JSON value is expected");
        };
    }

    private static Map<String, @Nullable Object> readObject(JsonParser in) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            map.put(name, read(in));
        }
        return map;
    }

    private static List<@Nullable Object> readArray(JsonParser in) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            list.add(read(in));
        }
        return list;
    }

    private static Number decimal(JsonParser in) throws IOException {
        String text = in.getText();
        in.streamReadConstraints().validateFPLength(text.length());
        double value = NumberInput.parseDouble(text, false);
        return Double.isFinite(value) && NumberOutput.toString(value, true).equals(text) ? value : in.getDecimalValue();
    }
}
