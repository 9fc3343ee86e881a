package io.strandline.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.std.BeanSerializerBase;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.type.CollectionType;
import com.fasterxml.jackson.databind.type.MapType;
import io.strandline.StrandlineException;
import java.util.List;
import java.util.Set;

/**
 * Gives maps and sets their {@link InOrder}, and members without a declared class their {@link JsonValues}. A class that
 * the codec does not know is refused, because it would be read back as the class that is declared in its place.
 */
final class FixedOrder extends BeanSerializerModifier {

    private static final long serialVersionUID = 1L;

    private static final String JACKSON = "com.fasterxml.jackson.databind.ser.";

    private final transient Set<Class<?>> declared;
    private final boolean valuesOnly;

    /**
     * For the writers of one codec.
     *
     * @param declared the classes that are written property by property
     * @param valuesOnly whether members declared as {@code Object} take JSON values only
     */
    FixedOrder(Set<Class<?>> declared, boolean valuesOnly) {
        this.declared = declared;
        this.valuesOnly = valuesOnly;
    }

    @Override
    public JsonSerializer<?> modifySerializer(
            SerializationConfig config, BeanDescription description, JsonSerializer<?> serializer) {
        Class<?> type = description.getBeanClass();
        return serializer instanceof BeanSerializerBase && !declared.contains(type) ? new Refused(type) : serializer;
    }

    @Override
    public List<BeanPropertyWriter> changeProperties(
            SerializationConfig config, BeanDescription description, List<BeanPropertyWriter> properties) {
        for (BeanPropertyWriter property : properties) {
            if (isUntyped(property.getType()) && !property.hasSerializer()) {
                property.assignSerializer(ValueModule.untyped());
            }
        }
        return properties;
    }

    @Override
    public JsonSerializer<?> modifyMapSerializer(
            SerializationConfig config, MapType type, BeanDescription description, JsonSerializer<?> serializer) {
        if (!serializer.getClass().getName().startsWith(JACKSON)) {
            return serializer;
        }
        return isUntyped(type.getContentType()) ? ValueModule.untyped() : new InOrder(serializer);
    }

    @Override
    public JsonSerializer<?> modifyCollectionSerializer(
            SerializationConfig config,
            CollectionType type,
            BeanDescription description,
            JsonSerializer<?> serializer) {
        if (!serializer.getClass().getName().startsWith(JACKSON)) {
            return serializer;
        }
        return isUntyped(type.getContentType()) ? ValueModule.untyped() : new InOrder(serializer);
    }

    private boolean isUntyped(JavaType type) {
        return valuesOnly && type.isJavaLangObject();
    }

    /** Stands where a class is written that was not declared. */
    private static final class Refused extends StdSerializer<Object> {

        private static final long serialVersionUID = 1L;

        Refused(Class<?> type) {
            super(type, false);
        }

        @Override
        public void serialize(Object value, JsonGenerator out, SerializerProvider provider) {
            throw new StrandlineException.Invalid("class " + handledType().getName()
                    + " is declared nowhere in this codec: it would come back as the class that is declared in"
                    + " its place");
        }
    }
}
