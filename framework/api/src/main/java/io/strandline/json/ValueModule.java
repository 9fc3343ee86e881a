package io.strandline.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.jsontype.TypeDeserializer;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON values inside events: trees, the JSON and the buffers of Vert.x, and members declared as {@code Object}. */
final class ValueModule extends SimpleModule {

    private static final long serialVersionUID = 1L;

    ValueModule() {
        super("strandline-values");
        addSerializer(JsonNode.class, new ValueSerializer<>(JsonNode.class, JsonValues::write));
        addSerializer(JsonObject.class, new ValueSerializer<>(JsonObject.class, JsonValues::writeVertx));
        addSerializer(JsonArray.class, new ValueSerializer<>(JsonArray.class, JsonValues::writeVertx));
        addSerializer(Buffer.class, new ValueSerializer<>(Buffer.class, JsonValues::writeVertx));
        addDeserializer(Object.class, new ValueDeserializer<>(Object.class, value -> value));
        addDeserializer(
                JsonObject.class, new ValueDeserializer<>(JsonObject.class, value -> new JsonObject(map(value))));
        addDeserializer(
                JsonArray.class, new ValueDeserializer<>(JsonArray.class, value -> new JsonArray((List<?>) value)));
        addDeserializer(
                Buffer.class,
                new ValueDeserializer<>(
                        Buffer.class,
                        value -> Buffer.buffer(Base64.getUrlDecoder().decode((String) value))));
    }

    /** Writes members without a declared class. */
    static StdSerializer<Object> untyped() {
        return new ValueSerializer<>(Object.class, JsonValues::write);
    }

    @SuppressWarnings("unchecked") // a map that was read from JSON has texts as keys
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    /** Writes a value by hand. */
    private interface Writing<T> {
        void write(JsonGenerator out, T value) throws IOException;
    }

    /** Makes a value of what was read. */
    private interface Making<T> {
        T of(Object value);
    }

    /** A serializer that asks for nothing but the value. */
    private static final class ValueSerializer<T> extends StdSerializer<T> {

        private static final long serialVersionUID = 1L;

        private final transient Writing<T> writing;

        ValueSerializer(Class<T> type, Writing<T> writing) {
            super(type);
            this.writing = writing;
        }

        @Override
        public void serialize(T value, JsonGenerator out, SerializerProvider provider) throws IOException {
            writing.write(out, value);
        }

        @Override
        public void serializeWithType(T value, JsonGenerator out, SerializerProvider provider, TypeSerializer types)
                throws IOException {
            writing.write(out, value);
        }
    }

    /** A deserializer over {@link JsonValues#read}. */
    private static final class ValueDeserializer<T> extends StdDeserializer<T> {

        private static final long serialVersionUID = 1L;

        private final transient Making<T> making;

        ValueDeserializer(Class<T> type, Making<T> making) {
            super(type);
            this.making = making;
        }

        @Override
        public @Nullable T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (in.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            Object value = JsonValues.read(in);
            try {
                return value == null ? null : making.of(value);
            } catch (ClassCastException | IllegalArgumentException e) {
                return context.reportInputMismatch(
                        this, "%s cannot be made of JSON of %s", handledType().getName(), value.getClass());
            }
        }

        @Override
        public @Nullable Object deserializeWithType(
                JsonParser in, DeserializationContext context, TypeDeserializer types) throws IOException {
            return deserialize(in, context);
        }
    }
}
