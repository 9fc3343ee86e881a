package io.strandline.client.operation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.strandline.Utf8;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stored bytes as JSON of Vert.x, without a loss: numbers keep their digits. */
final class JsonTree {

    /** In place of a tree: the bytes are no JSON, or JSON that a tree would change. */
    static final Object NONE = new Object();

    /** Levels of a tree. What encodes trees of Vert.x takes many frames of the stack for each. */
    private static final int MAX_LEVELS = 128;

    private static final JsonFactory FACTORY = new JsonFactory();
    /** Where JSON in UTF-16 or UTF-32 has a zero, which no JSON in UTF-8 has. */
    private static final int FIRST_BYTES = 4;

    private JsonTree() {}

    /** The document that the bytes are, or {@link #NONE}. */
    static @Nullable Object of(byte[] bytes) {
        if (bytes.length == 0 || !isUtf8(bytes, 0, bytes.length)) {
            return NONE;
        }
        try (JsonParser in = FACTORY.createParser(bytes)) {
            JsonToken first = in.nextToken();
            if (first == null) {
                return NONE;
            }
            Object tree = read(in, first);
            return in.nextToken() == null ? tree : NONE;
        } catch (IOException | NumberFormatException e) {
            return NONE;
        }
    }

    static boolean isUtf8(byte[] bytes, int from, int length) {
        for (int i = from; i < from + Math.min(FIRST_BYTES, length); i++) {
            if (bytes[i] == 0) {
                return false;
            }
        }
        boolean isAscii = true;
        for (int i = from; i < from + length && isAscii; i++) {
            isAscii = bytes[i] >= 0;
        }
        if (isAscii) {
            return true;
        }
        if (bytes[from] < 0) { // a mark of the byte order
            return false;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** What Jackson says, without the place in a source that nobody knows. */
    static String message(Exception e) {
        if (e instanceof JsonProcessingException known) {
            return known.getOriginalMessage();
        }
        return e instanceof NoTree ? String.valueOf(e.getMessage()) : "it ends early";
    }

    /** The value that begins with a token. Jackson bounds its depth. */
    static @Nullable Object read(JsonParser in, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> object(in);
            case START_ARRAY -> array(in);
            case VALUE_STRING -> text(in);
            case VALUE_NUMBER_INT -> in.getNumberValue();
            case VALUE_NUMBER_FLOAT -> fraction(in);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new NoTree("unexpected " + token);
        };
    }

    private static void requireFlat(JsonParser in) throws NoTree {
        if (in.getParsingContext().getNestingDepth() > MAX_LEVELS) {
            throw new NoTree("it has more than " + MAX_LEVELS + " levels");
        }
    }

    private static JsonObject object(JsonParser in) throws IOException {
        requireFlat(in);
        JsonObject object = new JsonObject();
        for (JsonToken token = next(in); token != JsonToken.END_OBJECT; token = next(in)) {
            String name = whole(in.currentName());
            if (object.containsKey(name)) {
                throw new NoTree("a name is there twice");
            }
            object.put(name, read(in, next(in)));
        }
        return object;
    }

    private static JsonArray array(JsonParser in) throws IOException {
        requireFlat(in);
        JsonArray array = new JsonArray();
        for (JsonToken token = next(in); token != JsonToken.END_ARRAY; token = next(in)) {
            array.add(read(in, token));
        }
        return array;
    }

    private static JsonToken next(JsonParser in) throws IOException {
        JsonToken token = in.nextToken();
        if (token == null) {
            throw new NoTree("it ends early");
        }
        return token;
    }

    private static String text(JsonParser in) throws IOException {
        return whole(in.getText());
    }

    private static String whole(String text) throws NoTree {
        if (Utf8.loneSurrogate(text) >= 0) {
            throw new NoTree("a text has a lone surrogate");
        }
        return text;
    }

    private static Number fraction(JsonParser in) throws IOException {
        BigDecimal exact = in.getDecimalValue();
        double value = exact.doubleValue();
        // As a double if that is written with the same digits.
        return Double.toString(value).equals(in.getText()) ? (Number) value : exact;
    }

    // ---- writing

    /**
     * The text of a tree.
     *
     * @throws IOException if it has too many levels, a lone surrogate, or what is no JSON
     */
    static byte[] encode(@Nullable Object tree) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
            write(out, tree);
        }
        return bytes.toByteArray();
    }

    /** One frame of the stack for each level, of which Jackson bounds the number. */
    private static void write(JsonGenerator out, @Nullable Object value) throws IOException {
        if (value instanceof JsonObject object) {
            out.writeStartObject();
            for (Map.Entry<String, Object> field : object) {
                out.writeFieldName(whole(field.getKey()));
                write(out, field.getValue());
            }
            out.writeEndObject();
        } else if (value instanceof JsonArray array) {
            out.writeStartArray();
            for (Object element : array) {
                write(out, element);
            }
            out.writeEndArray();
        } else if (value instanceof String text) {
            out.writeString(whole(text));
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else if (value instanceof Number number) {
            write(out, number);
        } else if (value == null) {
            out.writeNull();
        } else {
            throw new NoTree("a value of another kind");
        }
    }

    private static void write(JsonGenerator out, Number number) throws IOException {
        if (number instanceof BigDecimal decimal) {
            out.writeNumber(decimal);
        } else if (number instanceof BigInteger whole) {
            out.writeNumber(whole);
        } else if (number instanceof Double || number instanceof Float) {
            if (!Double.isFinite(number.doubleValue())) {
                throw new NoTree("a number that is not finite");
            }
            out.writeNumber(number.toString());
        } else {
            out.writeNumber(number.longValue());
        }
    }

    /** It is no JSON, or none that a tree holds as it is. */
    private static final class NoTree extends IOException {
        private static final long serialVersionUID = 1L;

        NoTree(String message) {
            super(message);
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
