package io.strandline.server.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.client.wire.Hello.Session;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.junit.jupiter.api.Test;

/** Nothing of an earlier connection comes after what a later one has sent. */
class SessionsTest {

    private static final Session SESSION = new Session(1, 2);

    private final Sessions sessions = new Sessions();

    /** A connection that is over when the test says so: until then its context is blocked. */
    private static final class Blocked implements Sessions.Member {

        private final long number;
        private final Promise<Void> over = Promise.promise();
        private boolean isSuperseded;

        Blocked(long number) {
            this.number = number;
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public Future<Void> supersede() {
            isSuperseded = true;
            return over.future();
        }
    }

    private Future<Void> enter(Blocked connection) {
        return sessions.enter(SESSION, connection);
    }

    private void end(Blocked connection) {
        sessions.leave(SESSION, connection);
        connection.over.tryComplete();
    }

    @Test
    void a_connection_is_served_when_the_one_before_it_takes_nothing_more() {
        Blocked first = new Blocked(1);
        assertThat(enter(first).succeeded()).isTrue();
        Future<Void> second = enter(new Blocked(2));
        assertThat(first.isSuperseded).isTrue();
        assertThat(second.isComplete()).isFalse();
        end(first);
        assertThat(second.succeeded()).isTrue();
    }

    @Test
    void one_that_is_given_up_while_it_waits_leaves_the_wait_to_the_next() {
        Blocked first = new Blocked(1);
        enter(first);
        for (int number = 2; number < 10; number++) {
            Blocked givenUp = new Blocked(number);
            assertThat(enter(givenUp).isComplete()).isFalse();
            end(givenUp);
        }
        Future<Void> last = enter(new Blocked(10));
        assertThat(last.isComplete()).isFalse();
        end(first);
        assertThat(last.succeeded()).isTrue();
    }

    @Test
    void one_waits_for_all_that_are_before_it() {
        Blocked first = new Blocked(1);
        Blocked second = new Blocked(2);
        enter(first);
        enter(second);
        Future<Void> third = enter(new Blocked(3));
        end(second);
        assertThat(third.isComplete()).isFalse();
        end(first);
        assertThat(third.succeeded()).isTrue();
    }

    @Test
    void an_earlier_one_is_fenced_though_the_later_one_is_over_and_while_another_is_not() {
        Blocked first = new Blocked(1);
        Blocked third = new Blocked(3);
        enter(first);
        enter(third);
        assertThat(enter(new Blocked(2)).cause()).isInstanceOf(StrandlineException.Fenced.class);
        end(third);
        assertThat(enter(new Blocked(2)).cause()).isInstanceOf(StrandlineException.Fenced.class);
    }

    @Test
    void a_session_is_forgotten_when_all_its_connections_are_over() {
        Blocked first = new Blocked(1);
        Blocked second = new Blocked(2);
        enter(first);
        enter(second);
        end(second);
        assertThat(sessions.count()).isEqualTo(1);
        end(first);
        assertThat(sessions.count()).isZero();
        Blocked alone = new Blocked(3);
        enter(alone);
        end(alone);
        assertThat(sessions.count()).isZero();
    }
}
