package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a call fails with that may have been executed before. */
class CallTest {

    private final Promise<Outcome<String>> promise = Promise.promise();
    private final AtomicInteger answers = new AtomicInteger();

    private Call<String, String> call(@Nullable String command) {
        return new Call<>(
                new Call.Asked<>("anna", 0, command, new CommandOptions().setCommandId("c-1"), null),
                Call.Way.ANY,
                1_000,
                promise,
                answers::incrementAndGet);
    }

    private static List<Throwable> thatSayThatNothingWasDone() {
        return List.of(
                new StrandlineException.Unavailable("why"),
                new StrandlineException.Overloaded("why"),
                new StrandlineException.NotOwner("why"),
                new StrandlineException.Fenced("why"),
                new StrandlineException.Sealed("why"),
                new StrandlineException.NotFound("why"),
                new IllegalStateException("why"));
    }

    private static List<Throwable> thatAreDecided() {
        return List.of(
                new StrandlineException.Conflict("why"),
                new StrandlineException.Invalid("why"),
                new StrandlineException.Unknown("why"));
    }

    @ParameterizedTest
    @MethodSource("thatSayThatNothingWasDone")
    void a_command_in_doubt_is_unknown(Throwable cause) {
        Call<String, String> call = call("deposit");
        call.doubt();
        call.fail(cause);
        assertThat(promise.future().cause())
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("anna")
                .hasMessageContaining("why")
                .hasCause(cause);
        assertThat(answers).hasValue(1);
    }

    @ParameterizedTest
    @MethodSource("thatAreDecided")
    void what_its_owner_says_of_a_command_in_doubt_stays(Throwable cause) {
        Call<String, String> call = call("deposit");
        call.doubt();
        call.fail(cause);
        assertThat(promise.future().cause()).isSameAs(cause);
    }

    @ParameterizedTest
    @MethodSource("thatSayThatNothingWasDone")
    void a_query_is_never_in_doubt(Throwable cause) {
        Call<String, String> call = call(null);
        call.doubt();
        call.fail(cause);
        assertThat(promise.future().cause()).isSameAs(cause);
    }

    @Test
    void a_command_without_doubt_fails_as_it_is_told() {
        Throwable cause = new StrandlineException.Unavailable("why");
        call("deposit").fail(cause);
        assertThat(promise.future().cause()).isSameAs(cause);
    }
}
