package io.strandline.sync.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallQueueTest {

    private static final StreamName NAME = new StreamName("queue", "name");

    private final List<String> seen = new ArrayList<>();
    private final CallQueue queue = new CallQueue(NAME, () -> seen.add("ended"));

    private Future<String> submit(CallQueue to, String call, Future<Void> gate) {
        return to.submit(() -> {
            seen.add(call);
            return gate.map(call);
        });
    }

    @Test
    void a_call_begins_when_the_one_before_it_has_ended_and_was_told() {
        Promise<Void> gate = Promise.promise();
        submit(queue, "one", gate.future()).onSuccess(told -> seen.add("told"));
        submit(queue, "two", Future.succeededFuture());
        assertThat(seen).containsExactly("one");
        gate.complete();
        assertThat(seen).containsExactly("one", "ended", "told", "two", "ended");
    }

    @Test
    void a_call_that_throws_or_fails_lets_the_next_one_go() {
        Future<Void> thrown = queue.submit(() -> {
            throw new IllegalStateException("thrown");
        });
        Future<String> failed = submit(queue, "failed", Future.failedFuture("failed"));
        assertThat(thrown.cause()).hasMessage("thrown");
        assertThat(failed.cause()).hasMessage("failed");
        assertThat(submit(queue, "next", Future.succeededFuture()).result()).isEqualTo("next");
    }

    @Test
    void a_call_that_follows_from_one_that_ended_goes_before_those_that_wait() {
        CallQueue[] made = new CallQueue[1];
        made[0] = new CallQueue(NAME, () -> {
            if (seen.equals(List.of("one"))) {
                made[0].submitNext(() -> {
                    seen.add("follows");
                    return Future.succeededFuture();
                });
            }
        });
        Promise<Void> gate = Promise.promise();
        submit(made[0], "one", gate.future());
        submit(made[0], "two", Future.succeededFuture());
        gate.complete();
        assertThat(seen).containsExactly("one", "follows", "two");
    }

    @Test
    void closing_refuses_what_waits_and_completes_with_the_active_call() {
        Promise<Void> gate = Promise.promise();
        Future<String> active = submit(queue, "one", gate.future());
        Future<String> waiting = submit(queue, "two", Future.succeededFuture());
        Future<Void> closed = queue.close();
        assertThat(waiting.cause())
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(NAME.toString());
        assertThat(closed.isComplete()).isFalse();
        assertThat(queue.isClosed()).isTrue();
        gate.complete();
        assertThat(active.result()).isEqualTo("one");
        assertThat(closed.succeeded()).isTrue();
        assertThat(new CallQueue(NAME, () -> {}).close().succeeded()).isTrue();
    }

    @Test
    void who_hears_of_an_end_may_throw_and_the_next_call_goes() {
        CallQueue throwing = new CallQueue(NAME, () -> {
            seen.add("ended");
            throw new StackOverflowError("heard");
        });
        Promise<Void> gate = Promise.promise();
        submit(throwing, "one", gate.future());
        Future<String> second = submit(throwing, "two", Promise.<Void>promise().future());
        try {
            gate.complete();
        } catch (StackOverflowError e) {
            seen.add("thrown");
        }
        assertThat(second.isComplete()).isFalse();
        assertThat(seen).containsExactly("one", "ended", "two", "thrown");
    }
}
