package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.log.impl.shard.VertxEnvironment.FollowingThreads;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FollowingThreadsTest {

    private final Promise<Void> end = Promise.promise();
    private final FollowingThreads threads = new FollowingThreads(1, "following", end);

    @AfterEach
    void shutDown() {
        threads.shutdown();
    }

    @Test
    void what_follows_from_a_task_runs_next_and_what_waits_has_its_turn() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        threads.execute(() -> {
            begun.countDown();
            await(queued);
            follow(order, 0, done);
        });
        await(begun);
        threads.execute(() -> order.add("waiting"));
        queued.countDown();
        await(done);
        threads.shutdown();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        assertThat(order).hasSize(22);
        assertThat(order.indexOf("waiting")).isEqualTo(FollowingThreads.MAX_FOLLOWING);
        assertThat(end.future().isComplete()).isTrue();
    }

    private void follow(List<String> order, int number, CountDownLatch done) {
        if (number > 0) {
            order.add("task " + number);
        }
        if (number <= 20) {
            threads.execute(() -> follow(order, number + 1, done));
        } else {
            done.countDown();
        }
    }

    @Test
    void all_threads_work_and_a_second_follower_is_another_ones() throws Exception {
        FollowingThreads two = new FollowingThreads(2, "two", Promise.promise());
        Set<String> names = ConcurrentHashMap.newKeySet();
        CountDownLatch met = new CountDownLatch(2);
        two.execute(() -> {
            for (int i = 0; i < 2; i++) {
                two.execute(() -> {
                    names.add(Thread.currentThread().toString()
                            + Thread.currentThread().getId());
                    met.countDown();
                    await(met);
                });
            }
        });
        await(met);
        two.shutdown();
        assertThat(two.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        assertThat(names).hasSize(2);
    }

    @Test
    void nothing_follows_from_outside_after_the_end() throws Exception {
        threads.shutdown();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        assertThatThrownBy(() -> threads.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
