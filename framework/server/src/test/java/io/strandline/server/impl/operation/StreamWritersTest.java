package io.strandline.server.impl.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.client.operation.Payload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a request is told whose events have failed in different ways, and how writers take turns. */
class StreamWritersTest {

    private static final StreamName ORDERS = StreamName.parse("shop/orders");
    private final StrandlineException overloaded = new StrandlineException.Overloaded("full");
    private final StrandlineException unknown = new StrandlineException.Unknown("it may be there");
    private final StrandlineException notFound = new StrandlineException.NotFound("gone");

    private static final StreamName RETURNS = StreamName.parse("shop/returns");

    private static final StreamWriters.Stays ALONE = new StreamWriters.Stays() {
        @Override
        public void begin(StreamName stream, String id) {}

        @Override
        public void end(StreamName stream, String id) {}
    };

    private static final Future<Appended> DONE = Future.succeededFuture(new Appended(1, 1, false));

    /** What becomes of the next events. */
    private final Queue<Future<Appended>> outcomes = new ArrayDeque<>();

    private int opened;
    private int appended;
    /** When a writer has ended. */
    private Future<Void> end = Future.succeededFuture();

    private final StreamWriters writers = new StreamWriters(log(), 10, ALONE);

    private Strandline log() {
        return fake(Strandline.class, method -> {
            opened++;
            return Future.succeededFuture(writer());
        });
    }

    private EventWriter<?> writer() {
        return fake(EventWriter.class, method -> switch (method) {
            case "writeQueueFull" -> false;
            case "append" -> {
                appended++;
                yield outcomes.remove();
            }
            case "exceptionHandler" -> null;
            case "end" -> end;
            default -> throw new UnsupportedOperationException(method);
        });
    }

    private interface Answer {
        @Nullable
        Object to(String method);
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName())));
    }

    private Future<List<Appended>> append(List<Future<Appended>> outcomeOfEach) {
        outcomes.addAll(outcomeOfEach);
        Payload payload = new Payload(EventType.RAW, new byte[] {'1'});
        return writers.append(ORDERS, Collections.nCopies(outcomeOfEach.size(), NewEvent.of("key", payload)));
    }

    private static Future<List<Appended>> appendOne(StreamWriters to, StreamName stream, long sequence) {
        NewEvent<Payload> event = NewEvent.of("key", new Payload(EventType.RAW, new byte[] {'1'}));
        return to.appendNumbered(stream, "till-3", List.of(event.with(new Sequence(0, sequence))));
    }

    private @Nullable Throwable failureOf(Throwable... failures) {
        return append(Arrays.stream(failures)
                        .<Future<Appended>>map(Future::failedFuture)
                        .toList())
                .cause();
    }

    @Test
    void one_event_in_doubt_makes_the_request_unknown() {
        assertThat(failureOf(overloaded, unknown)).isSameAs(unknown);
        assertThat(failureOf(overloaded, overloaded, unknown, overloaded)).isSameAs(unknown);
        Throwable thrown = new IllegalStateException("of other code");
        assertThat(failureOf(overloaded, thrown)).isSameAs(thrown);
    }

    @Test
    void a_request_of_which_nothing_was_appended_is_told_why() {
        assertThat(failureOf(overloaded, new StrandlineException.Unavailable("away")))
                .isSameAs(overloaded);
    }

    @Test
    void a_request_of_which_some_was_appended_is_unknown() {
        assertThat(append(List.of(Future.failedFuture(overloaded), DONE)).cause())
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("1 of 2 events");
    }

    /** A kept writer may be of a stream that was deleted and created again. */
    @Test
    void a_request_in_doubt_is_not_done_again_with_a_new_writer() {
        assertThat(append(List.of(DONE)).succeeded()).isTrue();
        assertThat(failureOf(notFound, unknown)).isSameAs(unknown);
        assertThat(opened).isEqualTo(1);
        assertThat(appended).isEqualTo(3);
    }

    /** Another writer of the id fences the first, and what that one has not appended is taken for a duplicate later. */
    @Test
    void a_writer_that_made_room_ends_before_the_next_of_its_place_is_opened() {
        Promise<Appended> first = Promise.promise();
        Promise<Void> ended = Promise.promise();
        end = ended.future();
        outcomes.addAll(List.of(first.future(), DONE, DONE));
        StreamWriters one = new StreamWriters(log(), 1, ALONE);
        Future<List<Appended>> begun = appendOne(one, ORDERS, 1);
        appendOne(one, RETURNS, 1);
        assertThat(opened).isEqualTo(2);
        Future<List<Appended>> next = appendOne(one, ORDERS, 2);
        assertThat(opened).isEqualTo(2);
        first.complete(DONE.result());
        assertThat(begun.succeeded()).isTrue();
        assertThat(opened).isEqualTo(2);
        ended.complete();
        assertThat(next.succeeded()).isTrue();
        assertThat(opened).isEqualTo(3);
        assertThat(appended).isEqualTo(3);
    }
}
