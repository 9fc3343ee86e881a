package io.strandline;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * <p>Properties that a class does not have are ignored, so that an older reader understands what a newer writer added. A
 * change that is more than an addition takes a new version and an upcaster, which turns the JSON of one version into that
 * of the next when it is read; what is stored never changes.
 *
 * <p>A codec is immutable and may be shared by any number of writers and readers on any contexts.
 */
public final class JsonCodec<E> implements EventCodec<E> {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .build();

    private static final ObjectReader TREE = MAPPER.readerFor(JsonNode.class);

    /** One name: its class, its current version, and the way there from older ones. */
    private static final class Kind {
        private final EventType type;
        private final Class<?> javaClass;
        private final ObjectWriter writer;
        private final ObjectReader reader;
        /** Version → what turns its JSON into that of the next version. */
        private final TreeMap<Integer, UnaryOperator<ObjectNode>> upcasters = new TreeMap<>();

        Kind(EventType type, Class<?> javaClass) {
            this.type = type;
            this.javaClass = javaClass;
            this.writer = MAPPER.writerFor(javaClass);
            this.reader = MAPPER.readerFor(javaClass);
        }
    }

    private final Map<Class<?>, Kind> byClass;
    private final Map<String, Kind> byName;

    private JsonCodec(Map<Class<?>, Kind> byClass, Map<String, Kind> byName) {
        this.byClass = Map.copyOf(byClass);
        this.byName = Map.copyOf(byName);
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
        if (kind == null) {
            throw new StrandlineException.Invalid(
                    "class " + javaClass.getName() + " has no event type in this codec; it knows " + byName.keySet());
        }
        return kind;
    }

    @Override
    public void encode(E event, PayloadOutput out) throws IOException {
        kindOf(event).writer.writeValue((OutputStream) out, event);
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
                : kind.reader.readValue(upcast(kind, type, TREE.readTree(bytes, from, length)));
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

    /** Collects the types of a {@link JsonCodec}; every mistake is found by {@link #build}. */
    public static final class Builder<E> {

        private final Class<E> base;
        private final Map<Class<?>, Kind> byClass = new HashMap<>();
        private final Map<String, Kind> byName = new HashMap<>();
        private final Map<EventType, UnaryOperator<ObjectNode>> upcasters = new HashMap<>();
        private final List<String> defects = new ArrayList<>();

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
            Kind kind = new Kind(new EventType(name, version), javaClass);
            Kind sameName = byName.putIfAbsent(name, kind);
            if (sameName != null) {
                defects.add("event type " + name + " is given to " + sameName.javaClass.getName() + " and to "
                        + javaClass.getName());
            }
            Kind sameClass = byClass.putIfAbsent(javaClass, kind);
            if (sameClass != null) {
                defects.add("class " + javaClass.getName() + " has two event types, " + sameClass.type.name() + " and "
                        + name);
            }
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
         *     class stands twice, or upcasters do not lead without a gap to the current version; the message names all
         *     defects
         */
        public JsonCodec<E> build() {
            List<String> found = new ArrayList<>(defects);
            requireHandled(base, found);
            upcasters.forEach((from, upcaster) -> {
                Kind kind = byName.get(from.name());
                if (kind == null) {
                    found.add("the upcaster of " + from + " belongs to no event type");
                } else if (from.version() >= kind.type.version()) {
                    found.add("the upcaster of " + from + " starts at or above the current version "
                            + kind.type.version());
                } else {
                    kind.upcasters.put(from.version(), upcaster);
                }
            });
            for (Kind kind : byName.values()) {
                requireNoGap(kind, found);
            }
            if (byName.isEmpty()) {
                found.add("no event type is given");
            }
            if (!found.isEmpty()) {
                throw new StrandlineException.Invalid("codec for " + base.getName() + ": " + String.join("; ", found));
            }
            return new JsonCodec<>(byClass, byName);
        }

        private void requireHandled(Class<?> type, List<String> found) {
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

        private static void requireNoGap(Kind kind, List<String> found) {
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
