package io.strandline.log.impl.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One task at a time, in order, on any thread. */
class ContextShardExecutorTest {

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final ContextShardExecutor executor = new ContextShardExecutor(context);

    @AfterEach
    void close() {
        vertx.close();
    }

    @Test
    void an_idle_shard_runs_on_the_calling_thread_before_the_call_returns() {
        List<Thread> ran = new ArrayList<>();
        executor.executeNow(() -> ran.add(Thread.currentThread()));
        assertThat(ran).containsExactly(Thread.currentThread());
    }

    @Test
    void what_a_task_hands_over_runs_behind_it_on_the_context() throws Exception {
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(2);
        executor.executeNow(() -> {
            executor.executeNow(() -> {
                ran.add("second on context " + context.inThread());
                done.countDown();
            });
            executor.execute(() -> {
                ran.add("third on context " + context.inThread());
                done.countDown();
            });
            ran.add("first");
        });
        await(done);
        assertThat(ran).containsExactly("first", "second on context true", "third on context true");
    }

    /** Often, because the moment in which one thread could pass another is short. */
    @Test
    void tasks_of_many_threads_run_one_at_a_time_and_each_thread_s_in_order() throws Exception {
        for (int round = 0; round < 60; round++) {
            runTasksOfManyThreads(new ContextShardExecutor(((VertxInternal) vertx).createEventLoopContext()));
        }
    }

    private static void runTasksOfManyThreads(ContextShardExecutor executor) throws Exception {
        int threads = 4;
        int tasks = 20_000;
        long[] last = new long[threads];
        long[] sum = new long[1]; // not synchronized: a lost increment is two tasks at once
        List<String> disorder = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(threads * tasks);
        List<Thread> callers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int caller = t;
            callers.add(new Thread(() -> {
                for (int i = 1; i <= tasks; i++) {
                    int number = i;
                    Runnable task = () -> {
                        if (last[caller] != number - 1) {
                            disorder.add(caller + ": " + number + " after " + last[caller]);
                        }
                        last[caller] = number;
                        sum[0]++;
                        done.countDown();
                    };
                    if (i % 3 == caller % 3) {
                        executor.execute(task);
                    } else {
                        executor.executeNow(task);
                    }
                }
            }));
        }
        callers.forEach(Thread::start);
        await(done);
        CountDownLatch seen = new CountDownLatch(1);
        executor.execute(seen::countDown);
        await(seen);
        assertThat(disorder).isEmpty();
        assertThat(sum[0]).isEqualTo((long) threads * tasks);
    }

    @Test
    void a_task_that_throws_is_reported_and_stops_none_behind_it() throws Exception {
        List<Throwable> reported = Collections.synchronizedList(new ArrayList<>());
        executor.whenThrown(reported::add);
        CountDownLatch done = new CountDownLatch(1);
        executor.executeNow(() -> {
            throw new IllegalStateException("here");
        });
        executor.execute(() -> {
            throw new IllegalStateException("on the context");
        });
        executor.execute(done::countDown);
        await(done);
        assertThat(reported).extracting(Throwable::getMessage).containsExactly("here", "on the context");
    }

    @Test
    void who_hears_of_it_hears_within_the_task_and_may_throw_as_well() throws Exception {
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(1);
        executor.whenThrown(thrown -> {
            ran.add("heard " + thrown.getMessage());
            throw new StackOverflowError();
        });
        executor.execute(() -> {
            throw new OutOfMemoryError("no room");
        });
        executor.execute(() -> {
            ran.add("next");
            done.countDown();
        });
        await(done);
        assertThat(ran).containsExactly("heard no room", "next");
    }

    /** As when the thread of the context has ended, or has no memory for one more call. */
    @Test
    void tasks_run_elsewhere_in_order_while_the_context_takes_none() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        ContextShardExecutor refusing = new ContextShardExecutor(
                task -> {
                    if (refused.getAndIncrement() % 2 == 0) {
                        throw new OutOfMemoryError("no room for a turn");
                    }
                    context.runOnContext(turn -> task.run());
                },
                task -> ((VertxInternal) vertx).nettyEventLoopGroup().next().execute(task));
        List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(1_000);
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            refusing.execute(() -> {
                ran.add(number);
                done.countDown();
            });
        }
        await(done);
        assertThat(refused).hasPositiveValue();
        assertThat(ran).isSorted().hasSize(1_000);
    }

    @Test
    void a_closed_vertx_leaves_no_task_undone() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        CountDownLatch done = new CountDownLatch(2);
        executor.execute(done::countDown);
        executor.executeNow(() -> executor.execute(done::countDown));
        await(done);
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    }
}
