package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static io.strandline.server.impl.security.Futures.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.server.security.Identity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacedAttemptsTest {

    private final StrandlineException wrong = new StrandlineException.Unauthorized("wrong");

    private final Vertx vertx = Vertx.vertx();
    private final Context context = ((VertxInternal) vertx).createEventLoopContext();
    private final AtomicLong nanos = new AtomicLong();
    private final List<Long> pauses = new CopyOnWriteArrayList<>();
    private final List<Runnable> paused = new CopyOnWriteArrayList<>();
    private final List<String> made = new CopyOnWriteArrayList<>();
    private final List<Promise<Identity>> comparing = new CopyOnWriteArrayList<>();
    private final List<Runnable> late = new CopyOnWriteArrayList<>();
    private final PacedAttempts attempts = new PacedAttempts(
            context,
            20,
            nanos::get,
            (millis, next) -> {
                pauses.add(millis);
                paused.add(next);
            },
            (millis, due) -> {
                late.add(due);
                return () -> late.remove(due);
            });

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private Future<Identity> attempt(String user, String name) {
        return attempts.make(user, () -> {
            Promise<Identity> compared = Promise.promise();
            comparing.add(compared);
            made.add(name);
            return compared.future();
        });
    }

    /** Ends the attempt that is made. */
    private void end(boolean isRight, int millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
        int before = made.size();
        Promise<Identity> last = comparing.get(comparing.size() - 1);
        if (isRight) {
            last.complete(Identity.of("anna", List.of()));
        } else {
            last.fail(wrong);
            until(vertx, () -> !paused.isEmpty());
            assertThat(made).hasSize(before);
            context.runOnContext(turned -> paused.remove(0).run());
        }
    }

    @Test
    void users_have_their_turns_whoever_sends_more() {
        List<Future<Identity>> all = new ArrayList<>();
        for (String name : List.of("anna 1", "anna 2", "anna 3", "ben 1", "carl 1", "ben 2")) {
            all.add(attempt(name.substring(0, name.indexOf(' ')), name));
        }
        for (int i = 1; i <= all.size(); i++) {
            int many = i;
            until(vertx, () -> made.size() == many);
            end(true, 10);
        }
        all.forEach(each -> assertThat(get(each).name()).isEqualTo("anna"));
        assertThat(made).containsExactly("anna 1", "anna 2", "ben 1", "carl 1", "anna 3", "ben 2");
        assertThat(pauses).isEmpty();
    }

    @Test
    void after_a_wrong_one_the_next_waits_three_times_as_long_and_nobody_is_kept_out() {
        Future<Identity> guess = attempt("anna", "guess");
        Future<Identity> longGuess = attempt("anna", "long guess");
        Future<Identity> right = attempt("anna", "right");
        until(vertx, () -> made.size() == 1);
        end(false, 100);
        until(vertx, () -> made.size() == 2);
        end(false, 100_000);
        until(vertx, () -> made.size() == 3);
        end(true, 100);
        assertThat(failure(guess)).isSameAs(wrong);
        assertThat(failure(longGuess)).isSameAs(wrong);
        assertThat(get(right).name()).isEqualTo("anna");
        assertThat(pauses).containsExactly(301L, 5_000L);
    }

    @Test
    void one_that_never_ends_does_not_keep_the_next_ones_waiting() {
        Future<Identity> endless = attempt("anna", "endless");
        Future<Identity> thrown = attempts.make("ben", () -> {
            throw wrong;
        });
        Future<Identity> next = attempt("carl", "next");
        until(vertx, () -> made.size() == 1 && !late.isEmpty());
        context.runOnContext(turned -> late.get(0).run());
        assertThat(failure(endless)).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(thrown)).isSameAs(wrong);
        until(vertx, () -> !paused.isEmpty());
        context.runOnContext(turned -> paused.remove(0).run());
        until(vertx, () -> made.size() == 2);
        end(true, 1);
        get(next);
        until(vertx, late::isEmpty);
    }

    @Test
    void what_waits_is_bounded_for_each_user_and_for_all() {
        attempt("anna", "made");
        until(vertx, () -> made.size() == 1);
        List<Future<Identity>> ofAnna = List.of(attempt("anna", "1"), attempt("anna", "2"), attempt("anna", "3"));
        assertThat(failure(ofAnna.get(2)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("2 of them");
        for (int user = 0; user < 18; user++) {
            attempt("user " + user, "1");
        }
        assertThat(failure(attempt("ben", "1")))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("20 passwords");
        end(true, 1);
        until(vertx, () -> made.size() == 2);
        Future<Identity> late = attempt("ben", "1");
        for (int i = 0; i < 20; i++) {
            int many = 2 + i;
            until(vertx, () -> made.size() == many);
            end(true, 1);
        }
        until(vertx, () -> made.size() == 22);
        end(true, 1);
        get(late);
    }
}
