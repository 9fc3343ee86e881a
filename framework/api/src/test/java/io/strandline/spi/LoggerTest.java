package io.strandline.spi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoggerTest {

    private final Throwable cause = new IllegalStateException("cause");

    @Test
    void arguments_take_their_places() {
        assertThat(Logger.text("nothing")).isEqualTo("nothing");
        assertThat(Logger.text("{} of {}", 1, "b")).isEqualTo("1 of b");
        assertThat(Logger.text("{} and {}", 1)).isEqualTo("1 and {}");
        assertThat(Logger.text("{}!", (Object) null)).isEqualTo("null!");
        assertThat(Logger.text("{}", "{} stays")).isEqualTo("{} stays");
        assertThat(Logger.text("a {} b", 1, cause)).isEqualTo("a 1 b");
    }

    @Test
    void a_cause_is_what_is_left_over() {
        assertThat(Logger.cause("a {} b", 1, cause)).isSameAs(cause);
        assertThat(Logger.cause("a", cause)).isSameAs(cause);
        assertThat(Logger.cause("a {}", cause)).isNull();
        assertThat(Logger.cause("a {}", 1, 2)).isNull();
        assertThat(Logger.cause("a")).isNull();
    }
}
