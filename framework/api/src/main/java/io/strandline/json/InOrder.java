package io.strandline.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.ser.ContextualSerializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import io.strandline.StrandlineException;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Hands maps and sets to Jackson's serializer in one order, whatever the order of their iteration: the natural one of
 * texts, whole numbers, enums and UUIDs, and that of the encoded JSON for all other keys and elements. The iteration of
 * hash tables differs between JVMs, and that of {@code Set.of} between two runs of the same one.
 */
final class InOrder extends StdSerializer<Object> implements ContextualSerializer {

    private static final long serialVersionUID = 1L;

    /** Classes whose natural order is total and tells apart whatever is unequal. */
    private static final Set<Class<?>> NATURAL = Set.of(
            String.class,
            Long.class,
            Integer.class,
            Short.class,
            Byte.class,
            Character.class,
            Boolean.class,
            UUID.class);

    /** Jackson makes its serializers serializable, but nobody serializes this one. */
    private final transient JsonSerializer<Object> plain;

    @SuppressWarnings("unchecked") // Jackson's serializers take Object
    InOrder(JsonSerializer<?> plain) {
        super(Object.class);
        this.plain = (JsonSerializer<Object>) plain;
    }

    @Override
    public JsonSerializer<?> createContextual(SerializerProvider provider, @Nullable BeanProperty property)
            throws JsonMappingException {
        JsonSerializer<?> contextual = provider.handlePrimaryContextualization(plain, property);
        return contextual == plain ? this : new InOrder(contextual);
    }

    @Override
    public void serialize(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
        plain.serialize(ordered(value, out, provider), out, provider);
    }

    @Override
    public void serializeWithType(Object value, JsonGenerator out, SerializerProvider provider, TypeSerializer types)
            throws IOException {
        plain.serializeWithType(ordered(value, out, provider), out, provider, types);
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, Object value) {
        return plain.isEmpty(provider, value);
    }

    private Object ordered(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
        if (value instanceof Map<?, ?> map) {
            return map.size() < 2 || map instanceof EnumMap ? map : orderedMap(map, out, provider);
        }
        if (value instanceof Set<?> set) {
            return set.size() < 2 || set instanceof EnumSet ? set : orderedSet(set, out, provider);
        }
        return value;
    }

    private static Map<?, ?> orderedMap(Map<?, ?> map, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        if (haveNaturalOrder(map.keySet())) {
            if (map instanceof SortedMap<?, ?> sorted && sorted.comparator() == null) {
                return map;
            }
            Map<Object, Object> ordered = new TreeMap<>();
            ordered.putAll(map);
            return ordered;
        }
        if (hasNull(map.keySet())) {
            return map; // which the serializer refuses
        }
        Map<Object, String> names = new HashMap<>();
        Map<Object, Object> ordered = new TreeMap<>(Comparator.comparing((Object key) -> names.getOrDefault(key, "")));
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = nameOf(entry.getKey(), out, provider);
            names.put(entry.getKey(), name);
            if (ordered.containsKey(entry.getKey())) {
                throw new StrandlineException.Invalid("two keys of a map have the name " + name);
            }
            ordered.put(entry.getKey(), entry.getValue());
        }
        return ordered;
    }

    private static String nameOf(Object key, JsonGenerator out, SerializerProvider provider) throws IOException {
        try (TokenBuffer buffer = new TokenBuffer(out.getCodec(), false)) {
            buffer.writeStartObject();
            provider.findKeySerializer(key.getClass(), null).serialize(key, buffer, provider);
            buffer.writeNull();
            buffer.writeEndObject();
            try (JsonParser names = buffer.asParser()) {
                names.nextToken();
                return String.valueOf(names.nextFieldName());
            }
        }
    }

    /** Elements are encoded twice, so a set inside a set four times: they are small. */
    private Set<?> orderedSet(Set<?> set, JsonGenerator out, SerializerProvider provider) throws IOException {
        if (haveNaturalOrder(set)) {
            if (set instanceof SortedSet<?> sorted && sorted.comparator() == null) {
                return set;
            }
            Set<Object> ordered = new TreeSet<>();
            ordered.addAll(set);
            return ordered;
        }
        record Encoded(String text, @Nullable Object element) {}
        List<Encoded> encoded = new ArrayList<>(set.size());
        for (Object element : set) {
            encoded.add(new Encoded(textOf(element, out, provider), element));
        }
        encoded.sort(Comparator.comparing(Encoded::text));
        Set<@Nullable Object> ordered = new LinkedHashSet<>();
        encoded.forEach(one -> ordered.add(one.element()));
        return ordered;
    }

    private String textOf(@Nullable Object element, JsonGenerator out, SerializerProvider provider) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = out.getCodec().getFactory().createGenerator(text)) {
            plain.serialize(Collections.singletonList(element), generator, provider);
        }
        return text.toString();
    }

    private static boolean hasNull(Collection<?> values) {
        for (Object value : values) {
            if (value == null) {
                return true;
            }
        }
        return false;
    }

    private static boolean haveNaturalOrder(Collection<?> values) {
        Class<?> common = null;
        for (Object value : values) {
            if (value == null) {
                return false;
            }
            Class<?> type = value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
            if (common == null) {
                if (!NATURAL.contains(type) && !type.isEnum()) {
                    return false;
                }
                common = type;
            } else if (common != type) {
                return false;
            }
        }
        return true;
    }
}
