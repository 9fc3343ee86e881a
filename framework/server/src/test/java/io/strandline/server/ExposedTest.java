package io.strandline.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the doors of a process share. */
class ExposedTest {

    private final Exposed exposed = new Exposed();

    @Test
    void a_pipeline_is_changed_by_one_door_at_a_time() {
        Promise<String> underWay = Promise.promise();
        Future<String> first = exposed.changing(Set.of("totals"), underWay::future);
        Future<String> second = exposed.changing(Set.of("totals"), () -> Future.succeededFuture("second"));
        assertThat(second.cause())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessage("pipeline totals is being restored, switched or dropped");
        assertThat(exposed.changing(Set.of("others"), () -> Future.succeededFuture("other"))
                        .result())
                .isEqualTo("other");
        underWay.complete("first");
        assertThat(first.result()).isEqualTo("first");
        assertThat(exposed.changing(Set.of("totals"), () -> Future.succeededFuture("third"))
                        .result())
                .isEqualTo("third");
    }

    @Test
    void a_change_that_throws_is_over() {
        Future<String> thrown = exposed.changing(Set.of("totals"), () -> {
            throw new StrandlineException.NotFound("no pipeline totals");
        });
        assertThat(thrown.cause()).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(exposed.changing(Set.of("totals"), () -> Future.succeededFuture("next"))
                        .result())
                .isEqualTo("next");
    }

    @Test
    void a_change_of_two_pipelines_that_is_refused_holds_neither() {
        Promise<String> underWay = Promise.promise();
        exposed.changing(Set.of("totals"), underWay::future);
        assertThat(exposed.changing(Set.of("others", "totals"), () -> Future.succeededFuture("both"))
                        .cause())
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(exposed.changing(Set.of("others"), () -> Future.succeededFuture("free"))
                        .result())
                .isEqualTo("free");
    }
}
