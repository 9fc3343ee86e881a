package io.strandline.processing.projection.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.projection.Projection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers that wait for positions of partitions here and elsewhere. */
class PositionWaitsTest {

    private static final StreamName STREAM = StreamName.parse("scope/stream");
    private static final long HERE = 1;
    private static final long ELSEWHERE = 2;

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final List<Promise<Void>> asked = new ArrayList<>();
    private final PositionWaits waits = new PositionWaits(context, cut -> {
        Promise<Void> answer = Promise.promise();
        asked.add(answer);
        return answer.future();
    });

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private void onContext(Runnable test) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        context.runOnContext(turn -> {
            try {
                test.run();
                done.complete(null);
            } catch (Throwable failure) {
                done.completeExceptionally(failure);
            }
        });
        done.get(60, TimeUnit.SECONDS);
    }

    private static StreamCut both(long offset) {
        return new StreamCut(STREAM, new TreeMap<>(Map.of(HERE, offset, ELSEWHERE, offset)));
    }

    @Test
    void what_the_store_reaches_here_completes_those_who_wait_for_it() throws Exception {
        onContext(() -> {
            waits.gained(HERE);
            Future<Void> caller = waits.await(StreamCut.of(STREAM, HERE, 5));
            waits.reached(HERE, 4);
            assertThat(caller.isComplete()).isFalse();
            waits.reached(HERE, 5);
            assertThat(caller.succeeded()).isTrue();
            assertThat(waits.await(StreamCut.of(STREAM, HERE, 5)).succeeded()).isTrue();
            assertThat(asked).isEmpty();
        });
    }

    /** A part of what the first waits for is known here before the group says that all of it is there. */
    @Test
    void a_caller_whom_the_group_has_answered_waits_no_more() throws Exception {
        onContext(() -> {
            waits.gained(HERE);
            Future<Void> caller = waits.await(both(5));
            waits.reached(HERE, 5);
            assertThat(caller.isComplete()).isFalse();
            asked.get(0).complete();
            assertThat(caller.succeeded()).isTrue();
            // Known late: by now the caller is not counted any more.
            waits.reached(ELSEWHERE, 5);
            for (int i = 0; i < Projection.MAX_WAITING; i++) {
                assertThat(waits.await(StreamCut.of(STREAM, HERE, 9)).isComplete())
                        .isFalse();
            }
            assertThat(waits.await(StreamCut.of(STREAM, HERE, 9)).cause())
                    .isInstanceOf(StrandlineException.Overloaded.class)
                    .hasMessageContaining(Projection.MAX_WAITING + " callers");
        });
    }
}
