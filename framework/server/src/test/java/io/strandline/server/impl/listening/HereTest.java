package io.strandline.server.impl.listening;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HereTest {

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final ContextInternal other = ((VertxInternal) vertx).createEventLoopContext();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, SECONDS);
    }

    /** What a step on the context gives. */
    private <T> T on(Supplier<T> step) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        context.runOnContext(turned -> done.complete(step.get()));
        return done.get(60, SECONDS);
    }

    /** True if a continuation has run when the call that adds it returns, on the thread of the context. */
    private boolean goesOnAtOnce(Future<String> answer) throws Exception {
        return on(() -> {
            Thread here = Thread.currentThread();
            Thread[] there = {null};
            Here.on(context, answer).onComplete(done -> there[0] = Thread.currentThread());
            return there[0] == here;
        });
    }

    @Test
    void an_answer_of_another_context_that_is_there_goes_on_at_once() throws Exception {
        assertThat(goesOnAtOnce(other.succeededFuture("yes"))).isTrue();
        assertThat(goesOnAtOnce(other.failedFuture("no"))).isTrue();
        Promise<String> promise = other.promise();
        promise.complete("yes");
        assertThat(goesOnAtOnce(promise.future())).isTrue();
    }

    @Test
    void an_answer_of_another_context_that_comes_later_goes_on_on_this_one() throws Exception {
        Promise<String> promise = other.promise();
        CompletableFuture<Boolean> isHere = new CompletableFuture<>();
        on(() -> Here.on(context, promise.future())
                .map(String::length)
                .onComplete(done -> isHere.complete(context.inThread() && done.result() == 5)));
        promise.complete("later");
        assertThat(isHere.get(60, SECONDS)).isTrue();
    }
}
