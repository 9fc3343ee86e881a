package io.strandline.server.impl.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.client.wire.FailureText;
import io.strandline.client.wire.Failures;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

/** What callers are told of a failure, and what the log has of it. */
class ToldFailureTest {

    private static final String WHAT = "operation describe";
    private static final String REFERENCE = "(?s).* \\(reference [0-9a-f]{8} in the log of the server\\)";

    private static StrandlineException told(Throwable failure) {
        return ToldFailure.of(failure, WHAT);
    }

    @Test
    void what_is_wrong_with_a_request_is_not_logged_whatever_its_cause_is() {
        StrandlineException.Invalid cause =
                new StrandlineException.Invalid("stream name \"/x1\nFAKE LINE\" is not valid");
        StrandlineException failure = new StrandlineException.Invalid("field stream: " + cause.getMessage(), cause);
        assertThat(told(failure)).isSameAs(failure);
        assertThat(FailureText.of(told(failure))).isEqualTo("field stream: stream name \"…\" is not valid");
    }

    @Test
    void a_file_that_is_the_cause_is_logged() {
        StrandlineException failure =
                new StrandlineException.Invalid("no backup", new NoSuchFileException("/var/lib/shop/backups"));
        assertThat(told(failure))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageMatching(REFERENCE);
    }

    @Test
    void a_reference_is_told_after_the_longest_message() {
        StrandlineException told =
                told(new StrandlineException.Corrupt("/var/lib/shop/7 is damaged: " + "x".repeat(5_000)));
        assertThat(told).hasMessageMatching(REFERENCE);
        assertThat(FailureText.of(told))
                .isEqualTo(told.getMessage())
                .hasSize(Failures.MAX_MESSAGE_CHARACTERS)
                .startsWith("… is damaged: xx");
    }

    @Test
    void the_log_has_each_message_in_one_line() {
        StringWriter written = new StringWriter();
        Throwable failure = new StrandlineException.Unavailable(
                "log of \"a\nFAKE LINE\" failed", new IllegalStateException("b\u2028\rFAKE LINE"));
        LoggedFailure.of(failure).printStackTrace(new PrintWriter(written, true));
        assertThat(written.toString().lines())
                .noneMatch(line -> line.startsWith("FAKE LINE"))
                .contains(
                        LoggedFailure.class.getName()
                                + ": io.strandline.StrandlineException$Unavailable: log of \"a FAKE LINE\" failed",
                        "Caused by: " + LoggedFailure.class.getName()
                                + ": java.lang.IllegalStateException: b  FAKE LINE")
                .anyMatch(line -> line.contains("ToldFailureTest.the_log_has_each_message_in_one_line"));
    }

    @Test
    void causes_in_a_circle_end() {
        RuntimeException first = new RuntimeException("first");
        first.initCause(new RuntimeException("second", first));
        Throwable logged = LoggedFailure.of(first);
        int causes = 0;
        for (Throwable cause = logged.getCause(); cause != null; cause = cause.getCause()) {
            causes++;
        }
        assertThat(causes).isEqualTo(20);
    }
}
