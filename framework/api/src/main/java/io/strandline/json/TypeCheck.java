package io.strandline.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.AbstractDeserializer;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.DefaultDeserializationContext;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.deser.impl.UnsupportedTypeDeserializer;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedClassResolver;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.ser.PropertyWriter;
import com.fasterxml.jackson.databind.ser.impl.UnknownSerializer;
import com.fasterxml.jackson.databind.ser.impl.UnsupportedTypeSerializer;
import com.fasterxml.jackson.databind.ser.std.BeanSerializerBase;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks through everything that events declare, and names with its path what would be written and could not be read back:
 * a class without creator, a member that only a getter knows, an interface whose class nothing tells.
 */
final class TypeCheck {

    private final ObjectMapper mapper;
    private final DeserializationContext context;
    private final SerializerProvider provider;
    private final AnnotationIntrospector annotations;

    /** Class → name, of those that may stand where a sealed type is declared. */
    private final Map<Class<?>, String> names;

    private final List<String> defects;
    private final Set<JavaType> seen = new HashSet<>();
    private final Set<Class<?>> beans = new HashSet<>();
    private final Set<Class<?>> sealedMembers = new HashSet<>();

    TypeCheck(ObjectMapper mapper, Map<Class<?>, String> names, List<String> defects) {
        this.mapper = mapper;
        this.names = names;
        this.defects = defects;
        DeserializationConfig config = mapper.getDeserializationConfig();
        this.context = ((DefaultDeserializationContext) mapper.getDeserializationContext())
                .createInstance(config, null, mapper.getInjectableValues());
        this.provider = mapper.getSerializerProviderInstance();
        this.annotations = config.getAnnotationIntrospector();
    }

    /** The classes that are written property by property. */
    Set<Class<?>> beans() {
        return beans;
    }

    /** The sealed types that stand inside events and whose classes have names in this codec. */
    Set<Class<?>> sealedMembers() {
        return sealedMembers;
    }

    void check(String name, Class<?> javaClass) {
        check(mapper.constructType(javaClass), name);
    }

    /** Names the classes as which values of a declared subclass would be read back. */
    void checkSubclasses() {
        for (Class<?> base : beans) {
            for (Class<?> subclass : beans) {
                if (base != subclass && base.isAssignableFrom(subclass) && !isPolymorphic(mapper.constructType(base))) {
                    defects.add("class " + base.getName() + " is declared, and so is its subclass " + subclass.getName()
                            + ", which would come back as its superclass: make the superclass sealed and abstract");
                }
            }
        }
    }

    private void check(JavaType type, String path) {
        if (type.isJavaLangObject() || !seen.add(type)) {
            return;
        }
        try {
            if (type.isContainerType() || type.isReferenceType()) {
                checkContainer(type, path);
            } else {
                checkClass(type, path);
            }
        } catch (JsonMappingException | IllegalArgumentException e) {
            int before = defects.size();
            checkMembers(type, path); // one of them may be the cause, and has the longer path
            if (defects.size() == before) {
                defects.add(path + ": " + firstLine(e));
            }
        }
    }

    private void checkMembers(JavaType type, String path) {
        if (!type.isContainerType() && !type.isReferenceType()) {
            for (BeanPropertyDefinition member :
                    mapper.getDeserializationConfig().introspect(type).findProperties()) {
                check(member.getPrimaryType(), path + "." + member.getName());
            }
        }
    }

    private static String firstLine(Exception e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private void checkContainer(JavaType type, String path) throws JsonMappingException {
        if (type.isMapLikeType()) {
            context.findKeyDeserializer(type.getKeyType(), null);
            boolean textKeys = type.getKeyType().hasRawClass(String.class)
                    || type.getKeyType().isJavaLangObject();
            if (type.getContentType().isJavaLangObject() && !textKeys) {
                defects.add(path + ": a map of Object needs texts as keys, and has " + type.getKeyType());
            }
        }
        if (type.getContentType() != null) {
            check(type.getContentType(), path + "[]");
        }
        if (type.isConcrete()) {
            requireSupported(type, path, provider.findValueSerializer(type), deserializer(type));
        }
    }

    private JsonDeserializer<?> deserializer(JavaType type) throws JsonMappingException {
        return context.findNonContextualValueDeserializer(type);
    }

    private boolean requireSupported(
            JavaType type, String path, JsonSerializer<?> serializer, JsonDeserializer<?> deserializer) {
        if (serializer instanceof UnsupportedTypeSerializer || deserializer instanceof UnsupportedTypeDeserializer) {
            defects.add(path + ": " + type.getRawClass().getName() + " needs a module of Jackson");
            return false;
        }
        return true;
    }

    private void checkClass(JavaType type, String path) throws JsonMappingException {
        JsonDeserializer<?> deserializer = deserializer(type);
        if (deserializer instanceof AbstractDeserializer) {
            checkAbstract(type, path);
            return;
        }
        if (isPolymorphic(type)) {
            checkSubtypes(type, path);
        }
        JsonSerializer<?> serializer = provider.findValueSerializer(type);
        if (!requireSupported(type, path, serializer, deserializer)) {
            return;
        }
        if (serializer instanceof UnknownSerializer && !isEmpty(type.getRawClass())) {
            defects.add(path + ": nothing of " + type.getRawClass().getName() + " is written, it has no getter");
        } else if (deserializer instanceof BeanDeserializerBase bean) {
            checkBean(type, path, serializer, bean);
        }
    }

    private static boolean isEmpty(Class<?> type) {
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            for (var field : at.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                    return false;
                }
            }
        }
        return true;
    }

    // ---- types that only have values of subclasses

    private void checkAbstract(JavaType type, String path) {
        if (isPolymorphic(type)) {
            checkSubtypes(type, path);
            return;
        }
        Class<?> raw = type.getRawClass();
        if (!raw.isSealed()) {
            defects.add(path + ": nothing tells the class of a value of " + raw.getName()
                    + ": make it sealed, and name its subclasses with nested(name, class)");
            return;
        }
        sealedMembers.add(raw);
        checkPermitted(raw, raw, path);
    }

    private void checkPermitted(Class<?> base, Class<?> type, String path) {
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            if (permitted.isSealed() && !permitted.isEnum() && Modifier.isAbstract(permitted.getModifiers())) {
                checkPermitted(base, permitted, path);
            } else if (!names.containsKey(permitted)) {
                defects.add(path + ": " + permitted.getName() + ", a " + base.getName()
                        + ", has no name: give it one with nested(name, class)");
            } else {
                check(mapper.constructType(permitted), path + "(" + names.get(permitted) + ")");
            }
        }
    }

    private boolean isPolymorphic(JavaType type) {
        return type.getTypeHandler() != null
                || annotations.findPolymorphicTypeInfo(mapper.getDeserializationConfig(), annotated(type)) != null;
    }

    private AnnotatedClass annotated(JavaType type) {
        DeserializationConfig config = mapper.getDeserializationConfig();
        return AnnotatedClassResolver.resolve(config, type, config);
    }

    private void checkSubtypes(JavaType type, String path) {
        for (NamedType subtype : mapper.getSubtypeResolver()
                .collectAndResolveSubtypesByTypeId(mapper.getDeserializationConfig(), annotated(type))) {
            if (subtype.getType() != type.getRawClass()) {
                check(mapper.constructType(subtype.getType()), path + "(" + subtype.getName() + ")");
            }
        }
    }

    // ---- classes that are written property by property

    private void checkBean(JavaType type, String path, JsonSerializer<?> serializer, BeanDeserializerBase bean)
            throws JsonMappingException {
        ValueInstantiator creator = bean.getValueInstantiator();
        boolean written = serializer instanceof BeanSerializerBase || serializer instanceof UnknownSerializer;
        boolean delegates = creator.canCreateUsingDelegate() || creator.canCreateUsingArrayDelegate();
        boolean fromObject = creator.canCreateUsingDefault() || creator.canCreateFromObjectWith();
        if (!creator.canInstantiate() || (written && !fromObject && !delegates)) {
            defects.add(path + ": " + type.getRawClass().getName()
                    + " has no constructor that Jackson can use: annotate one with @JsonCreator");
            return;
        }
        if (!written) {
            if (!delegates && !createsFromScalar(creator)) {
                defects.add(path + ": " + type.getRawClass().getName()
                        + " is written as one value and has no creator that takes it");
            }
            return;
        }
        beans.add(type.getRawClass());
        if (!delegates) {
            requireReadable(type, path, serializer, bean);
        }
        for (Iterator<SettableBeanProperty> all = bean.properties(); all.hasNext(); ) {
            SettableBeanProperty property = all.next();
            if (property.getMember() == null || annotations.findDeserializer(property.getMember()) == null) {
                check(property.getType(), path + "." + property.getName());
            }
        }
    }

    private static boolean createsFromScalar(ValueInstantiator creator) {
        return creator.canCreateFromString()
                || creator.canCreateFromInt()
                || creator.canCreateFromLong()
                || creator.canCreateFromDouble()
                || creator.canCreateFromBigInteger()
                || creator.canCreateFromBigDecimal()
                || creator.canCreateFromBoolean();
    }

    private void requireReadable(JavaType type, String path, JsonSerializer<?> serializer, BeanDeserializerBase bean) {
        BeanDescription description = mapper.getDeserializationConfig().introspect(type);
        if (description.findAnySetterAccessor() != null) {
            return;
        }
        for (Iterator<PropertyWriter> all = serializer.properties(); all.hasNext(); ) {
            PropertyWriter property = all.next();
            if (bean.findProperty(property.getName()) == null && !mayBeLost(property, description)) {
                defects.add(path + "." + property.getName() + ": is written and cannot be read back into "
                        + type.getRawClass().getName()
                        + ", which has neither creator parameter nor setter for it: annotate it with @JsonIgnore");
            }
        }
    }

    private boolean mayBeLost(PropertyWriter property, BeanDescription description) {
        JsonProperty.@Nullable Access access = annotations.findPropertyAccess(property.getMember());
        return access == JsonProperty.Access.READ_ONLY
                || mapper.getDeserializationConfig()
                        .getDefaultPropertyIgnorals(description.getBeanClass(), description.getClassInfo())
                        .findIgnoredForDeserialization()
                        .contains(property.getName());
    }
}
