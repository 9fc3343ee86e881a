package io.strandline.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Failures in JSON. */
class FailureJsonTest {

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void every_kind_comes_back(ErrorCode code) {
        JsonObject json = FailureJson.of(code.failure("the reason"));
        StrandlineException read = FailureJson.read(json);
        assertThat(read).isExactlyInstanceOf(code.failure("").getClass()).hasMessage("the reason");
        assertThat(json.getBoolean("retryable")).isEqualTo(read.isTransient());
        assertThat(json.getString("happened")).isEqualTo(code == ErrorCode.UNKNOWN ? "unknown" : "no");
    }

    @Test
    void what_is_no_failure_is_unknown() {
        assertThat(FailureJson.read(new JsonObject())).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(FailureJson.read(new JsonObject().put("code", 5).put("message", 6)))
                .isInstanceOf(StrandlineException.Unknown.class);
    }

    @Test
    void a_message_is_one_line_and_bounded() {
        JsonObject json = FailureJson.of(new StrandlineException.Invalid("a\nb\u2028c" + "x".repeat(10_000)));
        assertThat(json.getString("message")).startsWith("a b c").hasSize(Failures.MAX_MESSAGE_CHARACTERS);
    }
}
