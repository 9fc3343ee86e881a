package io.strandline.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.junit.jupiter.api.Test;

/** What the doors of a process share. */
class ExposedTest {

    private final Exposed exposed = new Exposed();

    @Test
    void a_pipeline_is_restored_by_one_door_at_a_time() {
        Promise<String> underWay = Promise.promise();
        Future<String> first = exposed.restoring("totals", underWay::future);
        Future<String> second = exposed.restoring("totals", () -> Future.succeededFuture("second"));
        assertThat(second.cause())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessage("pipeline totals is being restored");
        assertThat(exposed.restoring("others", () -> Future.succeededFuture("other"))
                        .result())
                .isEqualTo("other");
        underWay.complete("first");
        assertThat(first.result()).isEqualTo("first");
        assertThat(exposed.restoring("totals", () -> Future.succeededFuture("third"))
                        .result())
                .isEqualTo("third");
    }

    @Test
    void a_restore_that_throws_is_over() {
        Future<String> thrown = exposed.restoring("totals", () -> {
            throw new StrandlineException.NotFound("no pipeline totals");
        });
        assertThat(thrown.cause()).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(exposed.restoring("totals", () -> Future.succeededFuture("next"))
                        .result())
                .isEqualTo("next");
    }
}
