package io.strandline.processing.pipeline.impl.task;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.StrandlineException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HopTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context owner = vertx.getOrCreateContext();

    @AfterEach
    void close() {
        await(vertx.close());
    }

    /** As a state codec may, when it reads a structure that is too deep. */
    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
    void a_call_that_throws_is_answered_with_what_it_throws(Class<? extends Throwable> kind) throws Exception {
        Throwable thrown = kind.getConstructor().newInstance();
        Future<Object> answer = Hop.to(owner, () -> {
            throw HopTest.<RuntimeException>unchecked(thrown);
        });
        assertThat(catchThrowable(() -> await(answer.recover(
                        cause -> Future.failedFuture(new IllegalArgumentException("it is answered", cause))))))
                .hasMessage("it is answered")
                .cause()
                .isSameAs(thrown);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"
    }) // the compiler is to take any Throwable for unchecked
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void a_call_after_the_end_of_vertx_is_answered() {
        await(vertx.close());
        assertThat(catchThrowable(() -> await(Hop.to(owner, Future::succeededFuture))))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }
}
