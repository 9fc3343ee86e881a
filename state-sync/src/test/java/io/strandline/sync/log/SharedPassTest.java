package io.strandline.sync.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedPassTest {

    private final List<Promise<Void>> begun = new ArrayList<>();
    private final SharedPass pass = new SharedPass(() -> {
        Promise<Void> work = Promise.promise();
        begun.add(work);
        return work.future();
    });

    @Test
    void who_asks_while_work_is_under_way_waits_for_the_next() {
        Future<Void> first = pass.join();
        Future<Void> second = pass.join();
        Future<Void> third = pass.join();
        assertThat(begun).hasSize(1);

        begun.get(0).complete();
        assertThat(first.succeeded()).isTrue();
        assertThat(second.isComplete()).isFalse();
        assertThat(begun).hasSize(2);

        begun.get(1).complete();
        assertThat(second.succeeded()).isTrue();
        assertThat(third.succeeded()).isTrue();
        assertThat(begun).hasSize(2);
    }

    @Test
    void a_failure_is_told_to_those_who_waited_for_it_alone() {
        Future<Void> first = pass.join();
        Future<Void> second = pass.join();
        begun.get(0).fail("away");
        assertThat(first.failed()).isTrue();
        begun.get(1).complete();
        assertThat(second.succeeded()).isTrue();
    }

    @Test
    void who_asks_when_told_gets_work_of_his_own() {
        Future<Void> again = pass.join().compose(done -> pass.join());
        begun.get(0).complete();
        assertThat(begun).hasSize(2);
        assertThat(again.isComplete()).isFalse();
        begun.get(1).complete();
        assertThat(again.succeeded()).isTrue();
    }

    @Test
    void work_that_throws_fails_those_who_wait_for_it_and_no_others() {
        int[] calls = {0};
        SharedPass broken = new SharedPass(() -> {
            if (calls[0]++ == 0) {
                throw new StackOverflowError("thrown");
            }
            return Future.succeededFuture();
        });
        assertThat(broken.join().cause()).hasMessage("thrown");
        assertThat(broken.join().succeeded()).isTrue();
    }
}
