package io.strandline.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages of failures as another process sees them. */
class FailureTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "file /var/lib/log/0001.jnl is damaged at 17|file … is damaged at 17",
                "log file:/srv/data is closed|log … is closed",
                "log file:data is closed|log … is closed",
                "C:\\data\\x.jnl is gone|… is gone",
                "stream shop/orders does not exist|stream shop/orders does not exist",
                "\"/etc/passwd\" (/tmp/a)|\"…\" (…)",
                "\"/var/my shop/log\" is full, and \"file:/var/my shop\" too|\"…\" is full, and \"…\" too",
                "failed by:/var/lib/log, see http://host/x|failed by:…, see http://host/x",
                "Unexpected character ('/' (code 47))|Unexpected character ('/' (code 47))"
            })
    void no_path_is_shown(String message, String shown) {
        assertThat(FailureText.of(new StrandlineException.Corrupt(message))).isEqualTo(shown);
    }

    @Test
    void a_file_with_spaces_is_known_by_the_cause_that_names_it() {
        IOException cause = new IOException("wrapped", new NoSuchFileException("/var/my shop/log/7"));
        StrandlineException failure =
                new StrandlineException.Unavailable("chunk 7 cannot be read: /var/my shop/log/7 is gone", cause);
        assertThat(FailureText.of(failure)).isEqualTo("chunk 7 cannot be read: … is gone");
        assertThat(FailureText.isOfFile(failure)).isTrue();
    }

    /** The quotation mark at its end tells how far it goes. */
    @Test
    void a_path_is_hidden_before_the_message_is_cut() {
        String before = "x".repeat(Failures.MAX_MESSAGE_CHARACTERS - 20) + " ";
        String path = "\"/var/my shop/" + "log/".repeat(10) + "\" is gone";
        assertThat(FailureText.withoutPlaces(before + path)).isEqualTo(before + "\"…\" is gone");
        assertThat(FailureText.of(new StrandlineException.Corrupt(before + path + " and so on, for ever")))
                .startsWith(before + "\"…\" is gone")
                .endsWith("...")
                .hasSize(Failures.MAX_MESSAGE_CHARACTERS);
    }

    @Test
    void a_text_after_the_message_is_whole() {
        StrandlineException failure = new StrandlineException.Corrupt("x".repeat(5_000));
        assertThat(FailureText.of(failure, " (7)")).endsWith("x... (7)").hasSize(Failures.MAX_MESSAGE_CHARACTERS);
        assertThat(FailureText.of(new StrandlineException.Corrupt("damaged"), " (7)"))
                .isEqualTo("damaged (7)");
    }

    @Test
    void a_slash_is_no_file() {
        assertThat(FailureText.isOfFile(new StrandlineException.Unavailable("Unexpected character ('/' (code 47))")))
                .isFalse();
    }

    @Test
    void the_address_of_a_log_is_hidden_and_no_file() {
        StrandlineException failure = new StrandlineException.Unavailable("log \"file:/var/my shop\" is closed");
        assertThat(FailureText.of(failure)).isEqualTo("log \"…\" is closed");
        assertThat(FailureText.isOfFile(failure)).isFalse();
    }

    @Test
    void a_failure_over_tcp_has_the_same_message() {
        WireOutput out = new WireOutput();
        Failures.write(out, new StrandlineException.Corrupt("file /var/lib/log/0001.jnl\nis damaged"));
        WireInput in = new WireInput(out.head());
        assertThat(Failures.read(in, false).failure())
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessage("file … is damaged");
    }
}
