package io.strandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

    @ParameterizedTest
    @ValueSource(strings = {"", "ann ?", "ä", "語", "ann 😀", "😀😀", "\uFFFD", "\uD7FF\uE000"})
    void whole_text_keeps_its_bytes(String text) {
        assertThat(new String(Utf8.encode("key", text), StandardCharsets.UTF_8)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0,4,5", "0,0,1", "0,5,6"})
    void half_of_a_pair_is_invalid_with_its_position(int from, int position, int to) {
        String text = (position == 0 ? "😀" : position == 4 ? "ann 😀" : "ann x😀").substring(from, to);
        assertThatThrownBy(() -> Utf8.encode("routing key", text))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("routing key has the lone surrogate U+D83D at position " + position);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uDE00", "x\uDE00\uD83D", "\uD83D\uD83D\uDE00", "\uD83Dx"})
    void halves_in_any_order_are_invalid(String text) {
        assertThatThrownBy(() -> Utf8.require("name", text, 200))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("surrogate");
    }

    @Test
    void length_and_absence_are_checked() {
        assertThatThrownBy(() -> Utf8.encode("key", "ä".repeat(3_000), 4_096))
                .hasMessageContaining("key of 6000 bytes")
                .hasMessageContaining("4096");
        assertThatThrownBy(() -> Utf8.require("name", "", 200)).hasMessageContaining("length of name is 0");
        assertThatThrownBy(() -> Utf8.require("name", null, 200)).hasMessageContaining("name is null");
    }

    @Test
    void names_of_types_writers_and_transactions_are_such_text() {
        assertThatThrownBy(() -> new EventType("x\uD83D", 1)).hasMessageContaining("position 1");
        assertThatThrownBy(() -> new WriterOptions().setId("x\uD83D").validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("writer id has the lone");
        assertThatThrownBy(() -> new TransactionOptions().setId("x\uD83D").validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("transaction id has the lone");
        assertThatThrownBy(() -> StreamName.parse("scope/x\uD83D")).isInstanceOf(StrandlineException.Invalid.class);
    }
}
