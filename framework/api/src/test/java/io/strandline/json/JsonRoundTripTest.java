package io.strandline.json;

import static io.strandline.json.JsonTexts.comesBack;
import static io.strandline.json.JsonTexts.digits;
import static io.strandline.json.JsonTexts.json;
import static io.strandline.json.JsonTexts.notWritten;
import static io.strandline.json.JsonTexts.read;
import static io.strandline.json.JsonTexts.refused;
import static io.strandline.json.JsonTexts.roundTrip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a JSON codec writes can be read back, and what could not be read back is refused in time. */
class JsonRoundTripTest {

    // ---- limits

    record Figures(BigInteger whole, BigDecimal decimal) {}

    record Named(Map<String, Integer> map) {}

    @Test
    void the_largest_numbers_come_back_and_larger_ones_are_refused_when_written() throws IOException {
        comesBack(Figures.class, new Figures(digits(1_000).negate(), new BigDecimal(digits(999), 500)));
        comesBack(Figures.class, new Figures(BigInteger.ONE, new BigDecimal(digits(1_000), 500)));
        notWritten(Figures.class, new Figures(digits(1_001), BigDecimal.ONE), "1001 digits", "1000");
        notWritten(Figures.class, new Figures(BigInteger.ONE, new BigDecimal(digits(1_001), 3)), "1001 digits");
        notWritten(Figures.class, new Figures(BigInteger.ONE, new BigDecimal(digits(999), -12)), "digits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\n", "ß", "語", "😀"})
    void the_longest_names_come_back_and_longer_ones_are_refused_when_written(String letter) throws IOException {
        int bytes = letter.getBytes(StandardCharsets.UTF_8).length;
        for (int length : new int[] {16_384, 20_001, 32_768, 33_000, 49_000, 50_000}) {
            comesBack(Named.class, new Named(Map.of(letter.repeat(length / bytes), 1)));
        }
        notWritten(Named.class, new Named(Map.of(letter.repeat(50_000 / bytes + 1), 1)), "50000");
        notWritten(JsonObject.class, new JsonObject().put(letter.repeat(50_000 / bytes + 1), 1), "50000");
    }

    record Deep(List<Object> list) {}

    @Test
    void the_deepest_nesting_comes_back_and_deeper_is_refused_when_written() throws IOException {
        List<Object> deep = List.of();
        for (int level = 1; level < 999; level++) {
            deep = List.of(deep);
        }
        comesBack(Deep.class, new Deep(deep));
        notWritten(Deep.class, new Deep(List.of(deep)), "1000");
    }

    @Test
    void half_a_surrogate_pair_comes_back_from_a_text() throws IOException {
        comesBack(Named.class, new Named(Map.of("x\uD83D", 1, "x?", 2, "x\uDE00", 3)));
        comesBack(String.class, "\uDE00\uD83D");
        comesBack(JsonObject.class, new JsonObject().put("a", "\uDE00"));
    }

    // ---- what could not be read back

    interface Open {}

    record HasOpen(List<Map<String, Open>> opens) {}

    sealed interface Payment permits Card, Cash {}

    record Card(String number) implements Payment {}

    enum Cash implements Payment {
        EUR,
        USD
    }

    record Order(List<Payment> payments, Optional<Payment> tip) {}

    static final class NoCreator {
        private final int a;

        NoCreator(int a, int b) {
            this.a = a + b;
        }

        public int getA() {
            return a;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record HasNoCreator(NoCreator[] of) {}

    static final class Closed {
        @SuppressWarnings("unused")
        private int secret;
    }

    record HasClosed(Map<String, Closed> of) {}

    record Derived(int a) {
        public int getTwice() {
            return 2 * a;
        }
    }

    record HasDerived(Derived derived) {}

    record ReadOnly(int a) {
        @JsonProperty(access = JsonProperty.Access.READ_ONLY)
        public int getTwice() {
            return 2 * a;
        }
    }

    static final class Text {
        private final String value;

        @JsonCreator
        Text(String value) {
            this.value = value;
        }

        public String getValue() {
            return value;
        }
    }

    record WithKeys(Map<HasOpen, String> map) {}

    record HasThread(Thread thread) {}

    @Test
    void what_could_not_be_read_back_is_refused_with_its_path() {
        refused(HasOpen.class, "e.opens[][]", "Open", "sealed");
        refused(Order.class, "e.tip[]", "Card", "nested");
        refused(HasNoCreator.class, "e.of[]", "NoCreator", "@JsonCreator");
        refused(NoCreator.class, "e: ", "NoCreator");
        refused(HasClosed.class, "e.of[]", "Closed");
        refused(HasDerived.class, "e.derived.twice", "@JsonIgnore");
        refused(Text.class, "Text", "@JsonCreator");
        refused(WithKeys.class, "e.map", "HasOpen");
        refused(HasThread.class, "e.thread");
        refused(Open.class, "Open");
    }

    @Test
    void a_derived_property_that_says_so_is_written_only() throws IOException {
        comesBack(ReadOnly.class, new ReadOnly(3));
    }

    static class Animal {
        @SuppressWarnings("unused")
        public String name = "x";
    }

    static final class Dog extends Animal {
        @SuppressWarnings("unused")
        public int bark = 5;
    }

    record Zoo(List<Animal> animals) {}

    record Both(List<Animal> animals, Dog dog) {}

    @Test
    void a_subclass_that_would_come_back_as_its_superclass_is_refused() {
        notWritten(Zoo.class, new Zoo(List.of(new Dog())), "Dog");
        refused(Both.class, "Dog", "Animal");
    }

    @Test
    void named_classes_of_a_sealed_type_come_back_inside_events() throws IOException {
        JsonCodec<Order> codec = JsonCodec.builder(Order.class)
                .type("e", 1, Order.class)
                .nested("card", Card.class)
                .nested("cash", Cash.class)
                .build();
        Order order = new Order(List.of(new Card("1"), Cash.USD), Optional.of(Cash.EUR));
        String json = json(codec, order);
        assertThat(json).contains("\"@type\":\"card\"").doesNotContain("Card");
        assertThat(read(codec, 1, json)).isEqualTo(order);
    }

    @Test
    void a_sealed_type_may_be_one_event_type() throws IOException {
        JsonCodec<Payment> codec = JsonCodec.builder(Payment.class)
                .type("e", 1, Payment.class)
                .nested("card", Card.class)
                .nested("cash", Cash.class)
                .build();
        assertThat(read(codec, 1, json(codec, new Card("1")))).isEqualTo(new Card("1"));
        assertThat(read(codec, 1, json(codec, Cash.USD))).isEqualTo(Cash.USD);
    }

    // ---- values

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Vertx(JsonObject object, JsonArray array, Buffer buffer, byte[] bytes) {}

    @Test
    void the_types_of_vertx_come_back() throws IOException {
        JsonObject inner = new JsonObject()
                .put("b", 1)
                .put("a", 1.5)
                .put("list", new JsonArray().add(true).addNull().add(Long.MAX_VALUE))
                .put("time", Instant.EPOCH)
                .put("buffer", Buffer.buffer("??>>"));
        Vertx back = roundTrip(
                Vertx.class,
                new Vertx(
                        inner.copy(),
                        new JsonArray().add(new JsonObject().put("x", 1)),
                        Buffer.buffer("??>>"),
                        new byte[] {1, 2}));
        assertThat(back.object.getInstant("time")).isEqualTo(Instant.EPOCH);
        assertThat(back.object.getBuffer("buffer")).isEqualTo(Buffer.buffer("??>>"));
        assertThat(back.object.getDouble("a")).isEqualTo(1.5);
        assertThat(back.object.getJsonArray("list")).isEqualTo(inner.getJsonArray("list"));
        assertThat(back.array.getJsonObject(0)).isEqualTo(new JsonObject().put("x", 1));
        assertThat(back.buffer).isEqualTo(Buffer.buffer("??>>"));
        assertThat(back.bytes).containsExactly(1, 2);
        comesBack(JsonObject.class, new JsonObject().put("a", 5));
        comesBack(JsonArray.class, new JsonArray().add("x"));
        comesBack(Buffer.class, Buffer.buffer("x"));
    }

    record Times(
            Instant instant,
            LocalDate date,
            Duration duration,
            OffsetDateTime offset,
            ZonedDateTime zoned,
            DayOfWeek day,
            ZoneId zone,
            Optional<Instant> some,
            Optional<String> none) {}

    @Test
    void times_and_optionals_come_back() throws IOException {
        OffsetDateTime time = OffsetDateTime.parse("2026-03-01T10:00:00.123456789+05:30");
        comesBack(
                Times.class,
                new Times(
                        time.toInstant(),
                        time.toLocalDate(),
                        Duration.ofNanos(1),
                        time,
                        ZonedDateTime.of(time.toLocalDateTime(), ZoneId.of("UTC")),
                        DayOfWeek.MONDAY,
                        ZoneId.of("Europe/Paris"),
                        Optional.of(Instant.MIN),
                        Optional.empty()));
        comesBack(Instant.class, Instant.MAX);
    }

    record Untyped(Object value, Map<String, Object> map, List<?> list) {}

    @Test
    void json_values_come_back_where_no_class_is_declared() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        for (Object value : new Object[] {
            1,
            -1L << 40,
            digits(30),
            1.5,
            1.0E10,
            1.0E-5,
            Double.MIN_VALUE,
            new BigDecimal("123456789012345678.62"),
            new BigDecimal("1.50"),
            new BigDecimal("1E+400"),
            "ä",
            true,
            List.of(Map.of("a", 1)),
            Map.of()
        }) {
            map.put("k" + map.size(), value);
        }
        map.put("null", null);
        comesBack(Untyped.class, new Untyped(map, map, List.of(map)));
        comesBack(Map.class, map);
        comesBack(List.class, List.of(map, 5));
        notWritten(Untyped.class, new Untyped(Instant.EPOCH, Map.of(), List.of()), "Instant");
        notWritten(Untyped.class, new Untyped(new Card("1"), Map.of(), List.of()), "Card");
        notWritten(Untyped.class, new Untyped(1, Map.of("a", Set.of(1)), List.of()), "no class is declared");
        notWritten(Untyped.class, new Untyped(1, Map.of(), List.of(Double.NaN)), "NaN");
        notWritten(Untyped.class, new Untyped(Map.of(1, 2), Map.of(), List.of()), "map key 1");
    }

    @Test
    void trees_come_back_with_every_digit() throws IOException {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("b", new BigDecimal("123456789012345678.620"));
        tree.putArray("a")
                .add(1)
                .add("x")
                .addNull()
                .add(true)
                .addObject()
                .put("z", 1)
                .put("y", 2);
        comesBack(JsonNode.class, tree);
        comesBack(ObjectNode.class, tree);
        assertThat(roundTrip(JsonNode.class, DoubleNode.valueOf(1.0E10)))
                .isEqualTo(DecimalNode.valueOf(new BigDecimal("1.0E+10")));
        assertThat(roundTrip(JsonNode.class, JsonNodeFactory.instance.nullNode())
                        .isNull())
                .isTrue();
        notWritten(JsonNode.class, JsonNodeFactory.instance.pojoNode(new Card("1")), "POJO");
    }

    record Money(BigDecimal amount, String currency) {}

    @Test
    void what_an_upcaster_does_not_touch_keeps_its_digits() throws IOException {
        JsonCodec<Money> codec = JsonCodec.builder(Money.class)
                .type("e", 2, Money.class)
                .upcast("e", 1, json -> json.put("currency", "EUR"))
                .build();
        for (String amount : List.of("123456789012345678.62", "1.10", "0.0000000000000056843418860808015", "1E+500")) {
            assertThat(read(codec, 1, "{\"amount\":" + amount + "}"))
                    .isEqualTo(new Money(new BigDecimal(amount), "EUR"));
        }
    }

    // ---- strict reading

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Numbers(
            long whole,
            double decimal,
            float small,
            double[] many,
            boolean flag,
            @Nullable Double boxed) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"whole\":1,\"whole\":2} | REPEATED_NAMES",
                "{\"whole\":1.9} | FRACTION_AS_WHOLE_NUMBER",
                "{\"decimal\":1e400} | NUMBER_AS_INFINITY",
                "{\"boxed\":-1e400} | NUMBER_AS_INFINITY",
                "{\"small\":1e39} | NUMBER_AS_INFINITY",
                "{\"many\":[1,1e400]} | NUMBER_AS_INFINITY",
                "{\"whole\":1}{} | TRAILING_TEXT",
                "{\"whole\":\"5\"} | OTHER_SCALARS",
                "{\"flag\":1} | OTHER_SCALARS",
            })
    void what_would_be_changed_silently_is_refused_unless_allowed(String json, JsonLeniency leniency)
            throws IOException {
        JsonCodec<Numbers> strict = JsonCodec.of("e", 1, Numbers.class);
        assertThatThrownBy(() -> read(strict, 1, json)).isInstanceOf(IOException.class);
        JsonCodec<Numbers> lenient = JsonCodec.builder(Numbers.class)
                .type("e", 1, Numbers.class)
                .allow(leniency)
                .build();
        assertThat(read(lenient, 1, json)).isNotNull();
    }

    @Test
    void numbers_that_are_none_come_back() throws IOException {
        Numbers back = roundTrip(
                Numbers.class,
                new Numbers(1, Double.NaN, Float.NEGATIVE_INFINITY, new double[] {1, Double.NaN}, true, null));
        assertThat(back.many).containsExactly(1, Double.NaN);
        assertThat(back.small).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(back.decimal).isNaN();
    }
}
