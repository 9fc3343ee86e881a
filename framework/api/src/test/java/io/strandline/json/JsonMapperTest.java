package io.strandline.json;

import static io.strandline.json.JsonOrderTest.bag;
import static io.strandline.json.JsonTexts.digits;
import static io.strandline.json.JsonTexts.json;
import static io.strandline.json.JsonTexts.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.strandline.StrandlineException;
import io.strandline.json.JsonOrderTest.Bag;
import io.strandline.json.JsonRoundTripTest.Figures;
import java.io.IOException;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

/** A mapper of the application gets the order and the limits of the codec, or is refused. */
class JsonMapperTest {

    private static JsonMapper.Builder fit() {
        return JsonMapper.builder()
                .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    private static JsonCodec<Bag> over(ObjectMapper mapper) {
        return JsonCodec.builder(Bag.class)
                .type("e", 1, Bag.class)
                .withMapper(mapper)
                .build();
    }

    @Test
    void a_mapper_of_the_application_gets_the_order_and_the_limits() throws IOException {
        JsonCodec<Bag> codec = over(fit().build());
        String json = json(codec, bag(0));
        assertThat(json(codec, bag(7))).isEqualTo(json);
        assertThat(read(codec, 1, json)).isEqualTo(bag(0));
        JsonCodec<Figures> numbers = JsonCodec.builder(Figures.class)
                .type("e", 1, Figures.class)
                .withMapper(fit().build())
                .build();
        assertThatThrownBy(() -> json(numbers, new Figures(digits(1_001), BigDecimal.ONE)))
                .hasMessageContaining("1001 digits");
    }

    @Test
    void a_mapper_that_does_not_fit_is_refused_with_what_to_change() {
        assertThatThrownBy(() -> over(new ObjectMapper()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("SORT_PROPERTIES_ALPHABETICALLY")
                .hasMessageContaining("ORDER_MAP_ENTRIES_BY_KEYS");
        assertThatThrownBy(() ->
                        over(fit().enable(SerializationFeature.INDENT_OUTPUT).build()))
                .hasMessageContaining("INDENT_OUTPUT");
        ObjectMapper typed = fit().build();
        typed.activateDefaultTyping(typed.getPolymorphicTypeValidator());
        assertThatThrownBy(() -> over(typed)).hasMessageContaining("Java classes");
        ObjectMapper narrow = fit().build();
        narrow.getFactory()
                .setStreamReadConstraints(com.fasterxml.jackson.core.StreamReadConstraints.builder()
                        .maxNestingDepth(10)
                        .maxDocumentLength(100)
                        .maxStringLength(5)
                        .build());
        assertThatThrownBy(() -> over(narrow))
                .hasMessageContaining("reads 10")
                .hasMessageContaining("100 bytes")
                .hasMessageContaining("texts of 5");
        assertThatThrownBy(() -> JsonCodec.builder(Bag.class)
                        .type("e", 1, Bag.class)
                        .withMapper(fit().build())
                        .allow(JsonLeniency.TRAILING_TEXT)
                        .build())
                .hasMessageContaining("TRAILING_TEXT");
    }
}
