package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is drawn of long work, and what is not. */
class ProgressTest {

    private final StringWriter drawn = new StringWriter();
    private final PrintWriter out = new PrintWriter(drawn);
    private long millis;

    private long nanos() {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private String drawn() {
        out.flush();
        String all = drawn.toString();
        drawn.getBuffer().setLength(0);
        return all;
    }

    private static String bar(int filled) {
        return "\r[" + "#".repeat(filled) + " ".repeat(30 - filled) + "] ";
    }

    @Test
    void a_bar_is_drawn_again_in_its_line_and_left_at_the_end() {
        ProgressBar bar = new ProgressBar(out, ProgressBar::bytes, this::nanos);
        bar.end();
        assertThat(drawn()).isEmpty();
        bar.progress("copy", 0, 3_072);
        bar.progress("copy", 1_024, 3_072);
        assertThat(drawn()).isEqualTo(bar(0) + "copy 0 B of 3.0 KiB");
        millis += 100;
        bar.progress("copy", 1_024, 3_072);
        assertThat(drawn()).isEqualTo(bar(10) + "copy 1.0 KiB of 3.0 KiB");
        bar.progress("copy", 3_072, 3_072);
        assertThat(drawn()).isEqualTo(bar(30) + "copy 3.0 KiB of 3.0 KiB");
        bar.progress("check", 0, 5);
        assertThat(drawn()).isEqualTo("\n" + bar(0) + "check 0 B of 5 B");
        bar.end();
        bar.end();
        assertThat(drawn()).isEqualTo("\n");
    }

    @Test
    void a_shorter_line_covers_the_one_before() {
        ProgressBar bar = new ProgressBar(out, ProgressBar::bytes, this::nanos);
        bar.progress("copy", 1_023, 2_048);
        drawn();
        bar.progress("copy", 2_048, 2_048);
        assertThat(drawn()).isEqualTo(bar(30) + "copy 2.0 KiB of 2.0 KiB");
        bar.progress("copy", 1, 1);
        assertThat(drawn()).isEqualTo(bar(30) + "copy 1 B of 1 B" + " ".repeat(8));
    }

    @Test
    void lines_are_printed_for_each_step_and_every_few_seconds() {
        ProgressLines lines = new ProgressLines(out, events -> events + " events", this::nanos);
        lines.progress("append", 0, 10);
        lines.progress("append", 1, 10);
        millis += 4_999;
        lines.progress("append", 2, 10);
        assertThat(drawn()).isEqualTo("append: 0 events of 10 events\n");
        millis += 1;
        lines.progress("append", 3, 10);
        lines.progress("append", 10, 10);
        lines.progress("check", 0, 1);
        assertThat(drawn()).isEqualTo("append: 3 events of 10 events\ncheck: 0 events of 1 events\n");
    }
}
