package io.strandline.server.impl.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LineSplitterTest {

    private static final int LIMIT = 20;

    private final List<String> lines = new ArrayList<>();
    private final LineSplitter splitter = new LineSplitter(LIMIT);

    private void take(String piece) {
        splitter.take(Buffer.buffer(piece), this::line);
    }

    private void line(byte[] bytes, int from, int to) {
        lines.add(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }

    @Test
    void lines_come_whole_wherever_the_bytes_are_cut() {
        String text = "one\ntwo\r\n\n\r\nthree\n" + "x".repeat(LIMIT) + "\r\nlast";
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 1_000; round++) {
            lines.clear();
            LineSplitter fresh = new LineSplitter(LIMIT);
            int at = 0;
            while (at < text.length()) {
                int to = Math.min(text.length(), at + random.nextInt(1, 9));
                fresh.take(Buffer.buffer(text.substring(at, to)), this::line);
                at = to;
            }
            fresh.end(this::line);
            assertThat(lines).containsExactly("one", "two", "three", "x".repeat(LIMIT), "last");
        }
    }

    @Test
    void a_line_that_is_too_long_is_refused_before_it_has_come() {
        take("x".repeat(LIMIT));
        assertThat(splitter.begun()).isEqualTo(LIMIT);
        assertThatThrownBy(() -> take("xx")).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.problem().status()).isEqualTo(413);
            assertThat(refusal).hasMessageContaining("the limit is " + LIMIT);
        });
        assertThat(lines).isEmpty();
    }

    @Test
    void a_line_that_is_too_long_is_refused_within_one_piece() {
        assertThatThrownBy(() -> take("a\n" + "x".repeat(LIMIT + 1) + "\nb\n")).isInstanceOf(Refusal.class);
        assertThat(lines).containsExactly("a");
    }

    @Test
    void nothing_is_left_after_a_line_feed() {
        take("one\ntw");
        assertThat(splitter.begun()).isEqualTo(2);
        take("o\n");
        assertThat(splitter.begun()).isZero();
        splitter.end(this::line);
        assertThat(lines).containsExactly("one", "two");
    }
}
