package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A Vert.x instance closes while a pipeline starts in it. */
class ClosedStartTest extends OnPipelineFixture {

    private final AtomicReference<@Nullable Context> opening = new AtomicReference<>();
    private final Promise<Void> opened = Promise.promise();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Promise<Void> stopped = Promise.promise();

    /** Its opening takes as long as the test wants. */
    private CheckpointStore slowStore(Vertx vertx) {
        CheckpointStore store = fixture.store(vertx);
        return (CheckpointStore) Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(),
                new Class<?>[] {CheckpointStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("open")) {
                        opening.set(Vertx.currentContext());
                        return opened.future();
                    }
                    return method.invoke(store, arguments);
                });
    }

    @Test
    void whoever_answers_the_last_call_of_its_start_then_meets_no_exception() {
        Ledger.createStreams(log, 1);
        MemoryStrandline process = fixture.open();
        Queue<Throwable> unhandled = new ConcurrentLinkedQueue<>();
        process.vertx.exceptionHandler(unhandled::add);
        // As long as it stops, the event loops live.
        await(process.vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> stop() {
                stopping.set(true);
                return stopped.future();
            }
        }));
        Future<RunningPipeline> starting =
                Ledger.pipeline().deploy(process.vertx, process, fixture.options(), slowStore(process.vertx));
        awaitTrue(process, "it opens its store", () -> opening.get() != null);

        Future<Void> closed = process.vertx.close();
        awaitTrue(process, "its start was given up", () -> stopping.get() && starting.isComplete());
        assertThat(starting.failed()).isTrue();
        Promise<Void> answered = Promise.promise();
        Objects.requireNonNull(opening.get()).runOnContext(turn -> {
            try {
                opened.fail("on purpose");
                answered.complete();
            } catch (RuntimeException e) {
                answered.fail(e);
            }
        });
        await(answered.future());
        stopped.complete();
        await(closed);
        assertThat(unhandled).isEmpty();
    }
}
