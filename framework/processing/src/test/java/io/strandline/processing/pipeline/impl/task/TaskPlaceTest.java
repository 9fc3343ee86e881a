package io.strandline.processing.pipeline.impl.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.Pipeline;
import org.junit.jupiter.api.Test;

class TaskPlaceTest {

    private static final JsonCodec<String> CODEC = JsonCodec.of("text", 1, String.class);

    private static final Pipeline PIPELINE = Pipeline.named("views", 1)
            .from("site/views", CODEC)
            .map(view -> view)
            .to("site/seen", CODEC)
            .build();

    private final TaskPlace place = new TaskPlace(PIPELINE, 3, 7, 1);

    @Test
    void the_words_for_an_event_name_its_place_and_key_and_fit_any_sentence() {
        place.take(new EventRecord<>(3, 7, 1L, "/home", new EventType("text", 1), Headers.NONE, "a view"));
        assertThat(place.where()).isEqualTo("pipeline views v1 at site/views partition 3 offset 7 (key /home)");
        assertThat(place.failed(new IllegalStateException("no")))
                .hasMessageStartingWith(
                        "the step of pipeline views v1 at site/views partition 3 offset 7 (key /home) failed");
    }

    @Test
    void the_words_without_an_event_name_the_next_one() {
        assertThat(place.where()).isEqualTo("pipeline views v1 at or before site/views partition 3 offset 7");
    }
}
