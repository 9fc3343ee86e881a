package io.strandline.server.impl.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MediaTypesTest {

    private static final List<String> OFFERED =
            List.of("application/json", "application/x-ndjson", "text/event-stream");

    @Test
    void without_a_wish_the_first_form_is_given() {
        assertThat(MediaTypes.best(null, OFFERED)).isEqualTo("application/json");
        assertThat(MediaTypes.best(" ", OFFERED)).isEqualTo("application/json");
        assertThat(MediaTypes.best("*/*", OFFERED)).isEqualTo("application/json");
    }

    @Test
    void the_form_that_is_liked_best_is_given() {
        assertThat(MediaTypes.best("text/event-stream", OFFERED)).isEqualTo("text/event-stream");
        assertThat(MediaTypes.best("application/json;q=0.5, application/x-ndjson", OFFERED))
                .isEqualTo("application/x-ndjson");
        assertThat(MediaTypes.best("text/*, */*;q=0.1", OFFERED)).isEqualTo("text/event-stream");
        assertThat(MediaTypes.best("application/json;q=0, */*;q=0.1", OFFERED)).isEqualTo("application/x-ndjson");
    }

    @Test
    void a_form_that_is_not_there_is_not_given() {
        assertThat(MediaTypes.best("text/html", OFFERED)).isNull();
        assertThat(MediaTypes.best("application/json;q=none", OFFERED)).isNull();
    }

    @Test
    void parameters_and_case_of_a_type_do_not_count() {
        assertThat(MediaTypes.plain("Application/JSON; charset=UTF-8")).isEqualTo("application/json");
        assertThat(MediaTypes.isUtf8("application/json; charset=\"utf-8\"")).isTrue();
        assertThat(MediaTypes.isUtf8("application/json")).isTrue();
        assertThat(MediaTypes.isUtf8("application/json; charset=utf-16")).isFalse();
    }
}
