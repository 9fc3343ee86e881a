package io.strandline.json;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.strandline.StrandlineOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mapper of one codec: checked, with one order of whatever it writes, and the same limits for writing and reading. */
final class JsonMapping {

    /** The property that names the class of a value where a sealed type is declared. */
    private static final String NAME_PROPERTY = "@type";

    /** The largest event that a log can be configured for has no longer text than this. */
    private static final int MIN_TEXT_LENGTH = StrandlineOptions.LARGEST_EVENT_BYTES;

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = NAME_PROPERTY)
    private interface Named {}

    private final ObjectMapper mapper;
    private final ObjectReader tree;
    private final JsonLimits limits;

    private JsonMapping(ObjectMapper mapper) {
        this.mapper = mapper;
        // Whatever else is asked of a handed mapper: what an upcaster does not touch keeps its digits.
        this.tree = mapper.readerFor(JsonNode.class)
                .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .without(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES);
        this.limits = JsonLimits.of(mapper.getFactory().streamReadConstraints());
    }

    /**
     * Checks the classes of a codec and makes their mapping.
     *
     * @param handed the application's mapper, or null for Strandline's
     * @param leniencies the inputs that Strandline's mapper accepts
     * @param types event type name → class
     * @param nested class → name, for classes that may appear where a sealed type is declared
     * @param defects receives the mistakes found. The mapping must not be used if there are any
     */
    static JsonMapping of(
            @Nullable ObjectMapper handed,
            Set<JsonLeniency> leniencies,
            Map<String, Class<?>> types,
            Map<Class<?>, String> nested,
            List<String> defects) {
        if (handed != null) {
            requireFit(handed, leniencies, defects);
            if (!defects.isEmpty()) {
                return new JsonMapping(handed);
            }
        }
        ObjectMapper base = handed == null ? strict(leniencies) : handed.copy();
        TypeCheck check = new TypeCheck(base.copy(), nested, defects);
        types.forEach(check::check);
        check.checkSubclasses();
        for (Class<?> type : check.sealedMembers()) {
            base.addMixIn(type, Named.class);
        }
        nested.forEach((type, name) -> base.registerSubtypes(new NamedType(type, name)));
        base.registerModule(new SimpleModule("strandline-order")
                .setSerializerModifier(new FixedOrder(Set.copyOf(check.beans()), handed == null)));
        base.getFactory()
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);
        return new JsonMapping(base);
    }

    private static ObjectMapper strict(Set<JsonLeniency> leniencies) {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(JsonLimits.reading())
                .streamWriteConstraints(JsonLimits.writing())
                // The shortest digits, which Java's own printer finds only from JDK 19 on.
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                .configure(
                        StreamReadFeature.STRICT_DUPLICATE_DETECTION, !leniencies.contains(JsonLeniency.REPEATED_NAMES))
                .build();
        JsonMapper.Builder builder = JsonMapper.builder(factory)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .configure(
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        !leniencies.contains(JsonLeniency.TRAILING_TEXT))
                .configure(
                        DeserializationFeature.ACCEPT_FLOAT_AS_INT,
                        leniencies.contains(JsonLeniency.FRACTION_AS_WHOLE_NUMBER))
                .configure(MapperFeature.ALLOW_COERCION_OF_SCALARS, leniencies.contains(JsonLeniency.OTHER_SCALARS))
                // An event whose class became a member of another later was stored without its name.
                .disable(MapperFeature.REQUIRE_TYPE_ID_FOR_SUBTYPES)
                .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                // A class without anything to write is checked when the codec is built.
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .enable(SerializationFeature.WRITE_DATES_WITH_ZONE_ID)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .addModule(new Jdk8Module())
                .addModule(new JavaTimeModule().disable(JavaTimeFeature.NORMALIZE_DESERIALIZED_ZONE_ID))
                .addModule(new ValueModule());
        if (!leniencies.contains(JsonLeniency.NUMBER_AS_INFINITY)) {
            builder.addModule(new FiniteNumbers());
        }
        return builder.build();
    }

    private static void requireFit(ObjectMapper handed, Set<JsonLeniency> leniencies, List<String> defects) {
        if (!leniencies.isEmpty()) {
            defects.add("a mapper decides itself what it lets pass: allow(" + leniencies + ") is for Strandline's own");
        }
        if (!handed.getFactory().getFormatName().equals(JsonFactory.FORMAT_NAME_JSON)) {
            defects.add("the mapper writes " + handed.getFactory().getFormatName() + ", it must write JSON");
        }
        if (!handed.isEnabled(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)) {
            defects.add("the mapper writes properties in any order: enable SORT_PROPERTIES_ALPHABETICALLY");
        }
        if (!handed.isEnabled(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)) {
            defects.add("the mapper writes maps in any order: enable ORDER_MAP_ENTRIES_BY_KEYS");
        }
        if (handed.isEnabled(SerializationFeature.INDENT_OUTPUT)) {
            defects.add("the mapper indents with line ends of the platform: disable INDENT_OUTPUT");
        }
        if (handed.getDeserializationConfig().getDefaultTyper(null) != null) {
            defects.add("the mapper stores names of Java classes: deactivate default typing");
        }
        StreamReadConstraints reading = handed.getFactory().streamReadConstraints();
        int writtenDepth = handed.getFactory().streamWriteConstraints().getMaxNestingDepth();
        if (writtenDepth > reading.getMaxNestingDepth()) {
            defects.add("the mapper writes " + writtenDepth + " levels and reads " + reading.getMaxNestingDepth());
        }
        if (reading.hasMaxDocumentLength() || reading.hasMaxTokenCount()) {
            defects.add("the mapper reads " + reading.getMaxDocumentLength() + " bytes and "
                    + reading.getMaxTokenCount() + " tokens of an event: set no limit, the log has its own");
        }
        if (reading.getMaxStringLength() < MIN_TEXT_LENGTH) {
            defects.add("the mapper reads texts of " + reading.getMaxStringLength() + " characters, it must read "
                    + MIN_TEXT_LENGTH);
        }
        try {
            handed.copy();
        } catch (RuntimeException e) {
            defects.add("the mapper cannot be copied: " + e.getMessage());
        }
    }

    /** A writer of one class. */
    ObjectWriter writer(Class<?> javaClass) {
        return mapper.writerFor(javaClass);
    }

    /** A reader of one class. */
    ObjectReader reader(Class<?> javaClass) {
        return mapper.readerFor(javaClass);
    }

    /** A tree of an event, with every digit of its numbers. */
    JsonNode readTree(byte[] bytes, int from, int length) throws IOException {
        return tree.readTree(bytes, from, length);
    }

    /**
     * Writes one event.
     *
     * @throws IOException if it could not be read back
     */
    void write(ObjectWriter writer, OutputStream out, Object event) throws IOException {
        try (JsonGenerator generator =
                new LimitedGenerator(mapper.getFactory().createGenerator(out, JsonEncoding.UTF8), limits)) {
            writer.writeValue(generator, event);
        }
    }
}
