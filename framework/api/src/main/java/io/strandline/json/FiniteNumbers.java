package io.strandline.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.std.NumberDeserializers;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses numbers that a {@code double} or {@code float} cannot hold, where Jackson makes them infinite. */
final class FiniteNumbers extends SimpleModule {

    private static final long serialVersionUID = 1L;

    FiniteNumbers() {
        super("strandline-finite");
        Finite<Double> primitiveDouble = new Finite<>(double.class);
        Finite<Float> primitiveFloat = new Finite<>(float.class);
        addDeserializer(double.class, primitiveDouble);
        addDeserializer(Double.class, new Finite<>(Double.class));
        addDeserializer(float.class, primitiveFloat);
        addDeserializer(Float.class, new Finite<>(Float.class));
        addDeserializer(double[].class, new Doubles(primitiveDouble));
        addDeserializer(float[].class, new Floats(primitiveFloat));
    }

    /** Jackson's own deserializer, and a look at what it made. */
    private static final class Finite<T extends Number> extends StdDeserializer<T> {

        private static final long serialVersionUID = 1L;

        /** Jackson makes its deserializers serializable, but nobody serializes this one. */
        private final transient JsonDeserializer<?> plain;

        Finite(Class<T> type) {
            super(type);
            this.plain = NumberDeserializers.find(type, type.getName());
        }

        @Override
        public @Nullable T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            boolean number = in.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                    || in.currentToken() == JsonToken.VALUE_NUMBER_INT;
            @SuppressWarnings("unchecked") // found by the class
            T value = (T) plain.deserialize(in, context);
            if (number && value != null && !Double.isFinite(value.doubleValue())) {
                return context.reportInputMismatch(
                        this,
                        "number %s is too large for a %s",
                        in.getText(),
                        handledType().getName());
            }
            return value;
        }

        @Override
        public @Nullable T getNullValue(DeserializationContext context)
                throws com.fasterxml.jackson.databind.JsonMappingException {
            @SuppressWarnings("unchecked") // found by the class
            T value = (T) plain.getNullValue(context);
            return value;
        }
    }

    private static <T extends Number> List<T> elements(
            JsonParser in, DeserializationContext context, Class<?> type, Finite<T> element) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            context.handleUnexpectedToken(type, in);
        }
        List<T> elements = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            T value = in.currentToken() == JsonToken.VALUE_NULL ? null : element.deserialize(in, context);
            if (value == null) {
                context.handleUnexpectedToken(type, in);
            } else {
                elements.add(value);
            }
        }
        return elements;
    }

    private static final class Doubles extends StdDeserializer<double[]> {

        private static final long serialVersionUID = 1L;

        private final Finite<Double> element;

        Doubles(Finite<Double> element) {
            super(double[].class);
            this.element = element;
        }

        @Override
        public double[] deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return elements(in, context, double[].class, element).stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
        }
    }

    private static final class Floats extends StdDeserializer<float[]> {

        private static final long serialVersionUID = 1L;

        private final Finite<Float> element;

        Floats(Finite<Float> element) {
            super(float[].class);
            this.element = element;
        }

        @Override
        public float[] deserialize(JsonParser in, DeserializationContext context) throws IOException {
            List<Float> read = elements(in, context, float[].class, element);
            float[] values = new float[read.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = read.get(i);
            }
            return values;
        }
    }
}
