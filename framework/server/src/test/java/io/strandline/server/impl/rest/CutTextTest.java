package io.strandline.server.impl.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.server.impl.http.Refusal;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CutTextTest {

    private static final StreamName STREAM = StreamName.parse("shop/orders");

    @Test
    void a_cut_is_read_as_it_was_written() {
        StreamCut cut = new StreamCut(STREAM, new TreeMap<>(Map.of(12L, 0L, 1L, Long.MAX_VALUE)));
        assertThat(CutText.of(cut)).isEqualTo("1:9223372036854775807,12:0");
        assertThat(CutText.parse("from", STREAM, CutText.of(cut))).isEqualTo(cut);
        StreamCut none = new StreamCut(STREAM, new TreeMap<>());
        assertThat(CutText.parse("from", STREAM, CutText.of(none))).isEqualTo(none);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1:", ":1", "1:2,", "1:-2", "1:2,1:3", "1:9999999999999999999", "a:b", "1:2;3:4"})
    void what_is_no_cut_is_refused_by_the_name_of_its_field(String text) {
        assertThatThrownBy(() -> CutText.parse("from", STREAM, text))
                .isInstanceOfSatisfying(Refusal.class, refusal -> assertThat(
                                refusal.problem().toJson().getString("field"))
                        .isEqualTo("from"));
    }
}
