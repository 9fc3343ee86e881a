package io.strandline.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.Limits;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Events as JSON, by Jackson: records and sealed interfaces, under type names and versions that the application chooses.
 *
 * <pre>{@code
 * JsonCodec<Event> codec = JsonCodec.builder(Event.class)
 *         .type("deposited", 2, Deposited.class)
 *         .type("withdrawn", 1, Withdrawn.class)
 *         .upcast("deposited", 1, json -> json.put("currency", "EUR"))
 *         .build();
 * }</pre>
 *
 * <p><b>Every written event can be read back.</b> {@link Builder#build} walks through every class that the event types
 * declare. It refuses, with the path, anything that could be written but not read. Members may be records, classes that
 * Jackson can create, sealed types with named subclasses ({@link Builder#nested}), {@code java.time}, {@code Optional},
 * the JSON and the buffers of Vert.x, trees of Jackson, and {@code Object} for JSON values. The limits of writing are
 * computed from those of reading: 1,000 levels, numbers of 1,000 digits, names of 50,000 bytes in UTF-8.
 *
 * <p><b>Equal events are the same bytes</b>, in every JVM. Properties are sorted by name, maps and sets by their keys and
 * elements, whatever the order of their iteration.
 *
 * <p><b>Reading is strict</b>. A duplicate name, a fraction where a whole number is declared, a number that is too large
 * for its {@code double}, text after the end and scalars of another kind fail the event, unless {@linkplain Builder#allow
 * allowed}. Decimals in trees keep their digits. Properties that a class does not have are ignored, so that an older
 * reader understands additions by a newer writer. A change that is more than an addition takes a new version and an
 * upcaster, which turns the JSON of one version into that of the next when it is read. Stored bytes never change.
 *
 * <p>A codec is immutable and may be shared by any number of writers and readers on any contexts.
 */
public final class JsonCodec<E> implements EventCodec<E> {

    /** One name: its class, its current version, and the way there from older ones. */
    private static final class Kind {
        private final EventType type;
        private final Class<?> javaClass;
        private final ObjectWriter writer;
        private final ObjectReader reader;
        /** Version → what turns its JSON into that of the next version. */
        private final TreeMap<Integer, UnaryOperator<ObjectNode>> upcasters;

        Kind(Declared declared, JsonMapping mapping) {
            this.type = declared.type;
            this.javaClass = declared.javaClass;
            this.writer = mapping.writer(javaClass);
            this.reader = mapping.reader(javaClass);
            this.upcasters = declared.upcasters;
        }
    }

    /** What the application said about one name. */
    private record Declared(
            EventType type, Class<?> javaClass, TreeMap<Integer, UnaryOperator<ObjectNode>> upcasters) {}

    private final JsonMapping mapping;
    private final Map<Class<?>, Kind> byClass;
    private final Map<String, Kind> byName;

    private JsonCodec(JsonMapping mapping, Collection<Declared> types) {
        this.mapping = mapping;
        this.byName = new TreeMap<>();
        this.byClass = new HashMap<>();
        for (Declared declared : types) {
            Kind kind = new Kind(declared, mapping);
            byName.put(kind.type.name(), kind);
            byClass.put(kind.javaClass, kind);
        }
    }

    /**
     * A codec for events of one class.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     */
    public static <E> JsonCodec<E> of(String name, int version, Class<E> javaClass) {
        return builder(javaClass).type(name, version, javaClass).build();
    }

    /** Starts a codec for the subclasses of a type, usually a sealed interface. */
    public static <E> Builder<E> builder(Class<E> base) {
        return new Builder<>(base);
    }

    @Override
    public EventType typeOf(E event) {
        return kindOf(event).type;
    }

    private Kind kindOf(E event) {
        Class<?> javaClass = event instanceof Enum<?> constant ? constant.getDeclaringClass() : event.getClass();
        Kind kind = byClass.get(javaClass);
        return kind == null ? kindOfInterface(javaClass) : kind;
    }

    /** The most special of the declared interfaces and abstract classes, such as {@code Map} and {@code JsonNode}. */
    private Kind kindOfInterface(Class<?> javaClass) {
        Kind found = null;
        for (Kind kind : byName.values()) {
            boolean fits =
                    Modifier.isAbstract(kind.javaClass.getModifiers()) && kind.javaClass.isAssignableFrom(javaClass);
            if (fits && (found == null || found.javaClass.isAssignableFrom(kind.javaClass))) {
                found = kind;
            } else if (fits && found != null && !kind.javaClass.isAssignableFrom(found.javaClass)) {
                throw new StrandlineException.Invalid("class " + javaClass.getName() + " has two event types, "
                        + found.type.name() + " and " + kind.type.name());
            }
        }
        if (found == null) {
            throw new StrandlineException.Invalid(
                    "class " + javaClass.getName() + " has no event type in this codec; it knows " + byName.keySet());
        }
        return found;
    }

    @Override
    public void encode(E event, PayloadOutput out) throws IOException {
        mapping.write(kindOf(event).writer, out, event);
    }

    @Override
    public E decode(EventType type, byte[] bytes, int from, int length) throws IOException {
        Kind kind = byName.get(type.name());
        if (kind == null) {
            throw new StrandlineException.Invalid(
                    "event type " + type + " is unknown to this codec; it knows " + byName.keySet());
        }
        int current = kind.type.version();
        if (type.version() > current) {
            throw new StrandlineException.Invalid(
                    "event type " + type + " is newer than version " + current + ", the newest that this codec knows");
        }
        Object event = type.version() == current
                ? kind.reader.readValue(bytes, from, length)
                : kind.reader.readValue(upcast(kind, type, mapping.readTree(bytes, from, length)));
        if (event == null) {
            throw new StrandlineException.Invalid("event of type " + type + " is null");
        }
        @SuppressWarnings("unchecked") // the builder took only subclasses of E
        E known = (E) event;
        return known;
    }

    private static ObjectNode upcast(Kind kind, EventType stored, JsonNode json) {
        if (!(json instanceof ObjectNode object)) {
            throw new StrandlineException.Invalid("event of type " + stored + " is no JSON object");
        }
        ObjectNode result = object;
        for (int version = stored.version(); version < kind.type.version(); version++) {
            UnaryOperator<ObjectNode> upcaster = kind.upcasters.get(version);
            if (upcaster == null) {
                throw new StrandlineException.Invalid("event type " + stored + " is older than version "
                        + (kind.upcasters.isEmpty() ? kind.type.version() : kind.upcasters.firstKey())
                        + ", the oldest that this codec can read");
            }
            result = upcaster.apply(result);
        }
        return result;
    }

    /** Collects the types of a {@link JsonCodec}. Every mistake is found by {@link #build}. */
    public static final class Builder<E> {

        private final Class<E> base;
        private final Map<Class<?>, Declared> byClass = new HashMap<>();
        private final Map<String, Declared> byName = new TreeMap<>();
        private final Map<String, Class<?>> nested = new TreeMap<>();
        private final Map<EventType, UnaryOperator<ObjectNode>> upcasters = new LinkedHashMap<>();
        private final Set<JsonLeniency> leniencies = EnumSet.noneOf(JsonLeniency.class);
        private final List<String> defects = new ArrayList<>();
        private @Nullable ObjectMapper mapper;

        private Builder(Class<E> base) {
            this.base = base;
        }

        /**
         * Gives a class its name and the version in which it is written.
         *
         * @param name 1 to {@value EventType#MAX_NAME_LENGTH} characters
         * @param version 0 to 65,535
         * @throws StrandlineException.Invalid if the name or version is out of its bounds
         */
        public Builder<E> type(String name, int version, Class<? extends E> javaClass) {
            Limits.require("length of event type name \"" + name + "\"", name.length(), 1, EventType.MAX_NAME_LENGTH);
            Declared kind = new Declared(new EventType(name, version), javaClass, new TreeMap<>());
            Declared sameName = byName.putIfAbsent(name, kind);
            if (sameName != null) {
                defects.add("event type " + name + " is given to " + sameName.javaClass.getName() + " and to "
                        + javaClass.getName());
            }
            Declared sameClass = byClass.putIfAbsent(javaClass, kind);
            if (sameClass != null) {
                defects.add("class " + javaClass.getName() + " has two event types, " + sameClass.type.name() + " and "
                        + name);
            }
            return this;
        }

        /**
         * Names a class that appears inside events where a sealed type is declared. The name is stored among its
         * properties, as {@code "@type"}. Classes with an event type use that as their name, unless they are given one
         * here.
         *
         * @param name 1 to {@value EventType#MAX_NAME_LENGTH} characters, never changed once events are stored
         * @throws StrandlineException.Invalid if the name is out of its bounds
         */
        public Builder<E> nested(String name, Class<?> javaClass) {
            Limits.require("length of nested name \"" + name + "\"", name.length(), 1, EventType.MAX_NAME_LENGTH);
            Class<?> other = nested.putIfAbsent(name, javaClass);
            if (other != null) {
                defects.add(
                        "nested name " + name + " is given to " + other.getName() + " and to " + javaClass.getName());
            }
            return this;
        }

        /**
         * Uses a mapper of the application, with its modules and features, instead of Strandline's. The codec works on a
         * copy, to which it adds the order of maps and sets and the limits of writing.
         *
         * @param mapper writes JSON, sorts properties and maps, stores no names of Java classes, and limits neither the
         *     length nor the tokens of a document. Otherwise {@link #build} refuses it
         */
        public Builder<E> withMapper(ObjectMapper mapper) {
            this.mapper = mapper;
            return this;
        }

        /** Lets pass what is refused by default when it is read. For Strandline's own mapper only. */
        public Builder<E> allow(JsonLeniency first, JsonLeniency... more) {
            leniencies.add(first);
            leniencies.addAll(List.of(more));
            return this;
        }

        /**
         * Turns the JSON of an older version into that of the next one, when it is read.
         *
         * @param upcaster may change and return its argument
         */
        public Builder<E> upcast(String name, int fromVersion, UnaryOperator<ObjectNode> upcaster) {
            EventType from = new EventType(name, fromVersion);
            if (upcasters.putIfAbsent(from, upcaster) != null) {
                defects.add("event type " + from + " has two upcasters");
            }
            return this;
        }

        /**
         * Makes the codec.
         *
         * @throws StrandlineException.Invalid if a permitted subclass of a sealed type has no event type, a name or a
         *     class is given twice, upcasters do not lead without a gap to the current version, something inside an event
         *     could be written and not read back, or the mapper does not fit. The message names all defects
         */
        public JsonCodec<E> build() {
            List<String> found = new ArrayList<>(defects);
            requireHandled(base, found);
            upcasters.forEach((from, upcaster) -> {
                Declared kind = byName.get(from.name());
                if (kind == null) {
                    found.add("the upcaster of " + from + " belongs to no event type");
                } else if (from.version() >= kind.type.version()) {
                    found.add("the upcaster of " + from + " starts at or above the current version "
                            + kind.type.version());
                } else {
                    kind.upcasters.put(from.version(), upcaster);
                }
            });
            for (Declared kind : byName.values()) {
                requireNoGap(kind, found);
            }
            if (byName.isEmpty()) {
                found.add("no event type is given");
            }
            Map<String, Class<?>> types = new TreeMap<>();
            byName.forEach((name, kind) -> types.put(name, kind.javaClass));
            JsonMapping mapping = JsonMapping.of(mapper, leniencies, types, names(), found);
            if (!found.isEmpty()) {
                throw new StrandlineException.Invalid("codec for " + base.getName() + ": " + String.join("; ", found));
            }
            return new JsonCodec<>(mapping, byName.values());
        }

        /** Class → name where a sealed type is declared. */
        private Map<Class<?>, String> names() {
            Map<Class<?>, String> names = new LinkedHashMap<>();
            nested.forEach((name, javaClass) -> names.put(javaClass, name));
            byName.forEach((name, kind) -> {
                if (!nested.containsKey(name)) {
                    names.putIfAbsent(kind.javaClass, name);
                }
            });
            return names;
        }

        private void requireHandled(Class<?> type, List<String> found) {
            if (Modifier.isAbstract(type.getModifiers()) && byClass.containsKey(type)) {
                return; // its subclasses are looked at as nested ones
            }
            Class<?> @Nullable [] permitted = type.getPermittedSubclasses();
            if (permitted == null || type.isEnum()) {
                if (type != base && !byClass.containsKey(type)) {
                    found.add("permitted subclass " + type.getName() + " has no event type");
                }
                return;
            }
            if (!Modifier.isAbstract(type.getModifiers()) && !byClass.containsKey(type)) {
                found.add("sealed class " + type.getName() + " has no event type");
            }
            for (Class<?> subclass : permitted) {
                requireHandled(subclass, found);
            }
        }

        private static void requireNoGap(Declared kind, List<String> found) {
            if (kind.upcasters.isEmpty()) {
                return;
            }
            for (int version = kind.upcasters.firstKey(); version < kind.type.version(); version++) {
                if (!kind.upcasters.containsKey(version)) {
                    found.add("event type " + kind.type.name() + " has no upcaster from version " + version);
                }
            }
        }
    }
}
