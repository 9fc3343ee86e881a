package io.strandline.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class VerticleStartTest {

    private final Vertx vertx = Vertx.vertx();
    private final CountDownLatch starting = new CountDownLatch(1);
    private final Promise<Void> end = Promise.promise();

    private Future<String> deploy() throws InterruptedException {
        Future<String> deployed = vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                starting.countDown();
                return VerticleStart.told(context, end.future());
            }
        });
        assertThat(starting.await(60, TimeUnit.SECONDS)).isTrue();
        return deployed;
    }

    private static void await(Future<?> future) throws Exception {
        future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void an_end_in_time_is_told() throws Exception {
        Future<String> deployed = deploy();
        assertThat(deployed.isComplete()).isFalse();
        end.complete();
        await(deployed);
        await(vertx.close());
    }

    @Test
    void a_failure_in_time_is_told() throws Exception {
        Future<String> deployed = deploy();
        end.fail("on purpose");
        await(deployed.recover(cause -> {
            assertThat(cause).hasMessage("on purpose");
            return Future.succeededFuture();
        }));
        await(vertx.close());
    }

    @Test
    void an_end_after_vertx_has_closed_throws_at_nobody() throws Exception {
        deploy();
        await(vertx.close());
        assertThatCode(end::complete).doesNotThrowAnyException();
    }
}
