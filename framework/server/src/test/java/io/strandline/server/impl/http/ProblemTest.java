package io.strandline.server.impl.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.client.wire.ErrorCode;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void every_kind_of_failure_has_a_status_and_says_whether_it_happened(ErrorCode kind) {
        StrandlineException failure = kind.failure("the reason");
        JsonObject json = Problem.of(failure, "a test").toJson();
        assertThat(json.getInteger("status")).isBetween(400, 504);
        assertThat(json.getString("type")).isEqualTo("urn:strandline:problem:" + json.getString("code"));
        assertThat(json.getBoolean("retryable")).isEqualTo(failure.isTransient());
        assertThat(json.getString("happened")).isEqualTo(kind == ErrorCode.UNKNOWN ? "unknown" : "no");
        assertThat(json.getString("detail")).isEqualTo("the reason");
    }

    @Test
    void no_place_of_the_server_and_no_control_character_is_answered() {
        JsonObject json = Problem.of(
                        new StrandlineException.Corrupt("/var/lib/log/shard-0/chunk-7 at 12\r\nX: y of shop/orders"),
                        "a test")
                .toJson();
        assertThat(json.encode())
                .doesNotContain("/var", "chunk-7", "\\r", "\\n")
                .contains("shop/orders");
    }

    @Test
    void what_other_code_throws_is_unknown_and_does_not_show() {
        JsonObject json =
                Problem.of(new IllegalStateException("secret"), "a test").toJson();
        assertThat(json.getInteger("status")).isEqualTo(504);
        assertThat(json.getString("happened")).isEqualTo("unknown");
        assertThat(json.encode()).doesNotContain("secret", "IllegalState");
    }

    @Test
    void what_was_done_is_not_to_be_repeated() {
        Problem busy = Problem.of(new StrandlineException.Unavailable("the log is closed"), "a test");
        assertThat(busy.isRetryable()).isTrue();
        JsonObject json = busy.done().toJson();
        assertThat(json.getString("happened")).isEqualTo("yes");
        assertThat(json.getBoolean("retryable")).isFalse();
        assertThat(json.getString("title")).isEqualTo("It was done, and its answer is missing");
        assertThat(Answer.problem(busy.done()).headers()).doesNotContainKey("Retry-After");
        assertThat(Answer.problem(busy).headers()).containsKey("Retry-After");
    }

    @Test
    void a_field_of_the_table_is_named() {
        JsonObject json = Problem.of(new StrandlineException.Invalid("field events[3].key must be a text"), "a test")
                .toJson();
        assertThat(json.getString("field")).isEqualTo("events[3].key");
        assertThat(json.getInteger("status")).isEqualTo(400);
    }
}
