package io.strandline.processing.pipeline.impl.question;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.TaskPosition;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateFormatTest {

    private static final Pipeline PIPELINE = Pipeline.named("last", 1)
            .from("bank/deposits", TextCodec.STRING)
            .keyByRoutingKey()
            .aggregate("last", TextCodec.STRING, key -> "", (before, event) -> event)
            .build();

    private final StateFormat format = new StateFormat(PIPELINE);

    private static StatePage page(int states, int length, @Nullable String next) {
        List<StateAnswer> answers = IntStream.range(0, states)
                .mapToObj(i -> new StateAnswer("key-" + (100 + i), "x".repeat(length), 3, 7, 9))
                .toList();
        return new StatePage(answers, List.of(new TaskPosition(3, 7, 9), new TaskPosition(4, 8, 9)), next);
    }

    @ParameterizedTest
    @CsvSource({"100, 300000, 4", "100, 100, 100", "2, 5000000, 1", "1, 5000000, 1", "3, 500000, 3"})
    void a_page_ends_with_the_state_with_which_it_has_a_mebibyte(int states, int length, int sent) {
        StatePage page = page(states, length, "key-200");
        Buffer message = format.answer("last", page);
        assertThat(message.length()).isLessThan(RunningPipeline.MAX_STATES_BYTES + length + 1_000);
        StatePage read = format.readPage("last", message);
        assertThat(read.states()).isEqualTo(page.states().subList(0, sent));
        assertThat(read.positions()).isEqualTo(page.positions());
        assertThat(read.next())
                .isEqualTo(
                        sent == states ? "key-200" : page.states().get(sent - 1).key() + '\0');
    }

    @Test
    void the_last_page_is_followed_by_none() {
        StatePage page = page(3, 10, null);
        assertThat(format.readPage("last", format.answer("last", page))).isEqualTo(page);
        StatePage empty = new StatePage(List.of(), page.positions(), null);
        assertThat(format.readPage("last", format.answer("last", empty))).isEqualTo(empty);
    }
}
