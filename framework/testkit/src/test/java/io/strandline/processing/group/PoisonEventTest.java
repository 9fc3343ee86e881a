package io.strandline.processing.group;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a group does with events that its handlers cannot process. */
class PoisonEventTest extends GroupOnFiles {

    @Test
    void aPoisonEventStopsItsReaderAndIsTriedAgainByTheNext() {
        ReaderGroup group = group(options().setMaxAttempts(3).setRetryBackOffMillis(1));
        AtomicInteger deliveries = new AtomicInteger();
        GroupHandler<String> handler = event -> {
            if (event.event().equals("order 17")) {
                deliveries.incrementAndGet();
                throw new IllegalStateException("cannot bill order 17");
            }
            return note(event);
        };
        GroupReader<String> first = join(newContext(vertx), group, "first", handler);
        append(0, 100);
        assertThat(failure(first.ended()))
                .isInstanceOf(PoisonEventException.class)
                .hasMessageContaining("cannot bill order 17");
        assertThat(deliveries).hasValue(3);
        join(group, "second");
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(100);
        get(group.close());
    }

    @Test
    void aSkippedEventIsRemembered() {
        ReaderGroup group =
                group(options().setMaxAttempts(2).setRetryBackOffMillis(1).setPoison(PoisonPolicy.SKIP));
        AtomicInteger deliveries = new AtomicInteger();
        join(newContext(vertx), group, "only", event -> {
            if (event.event().equals("order 17")) {
                deliveries.incrementAndGet();
                return Future.failedFuture("cannot bill order 17");
            }
            return note(event);
        });
        append(0, 100);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(99);
        assertThat(deliveries).hasValue(2);
        List<PoisonDecision> decisions = get(group.poisonDecisions());
        assertThat(decisions).hasSize(1);
        assertThat(decisions.get(0).attempts()).isEqualTo(2);
        assertThat(decisions.get(0).policy()).isEqualTo(PoisonPolicy.SKIP);
        assertThat(decisions.get(0).cause()).contains("cannot bill order 17");
        get(group.close());
    }

    @Test
    void aParkedEventHoldsItsKeyUntilItIsReplayed() {
        ReaderGroup group = group(options()
                .setMaxAttempts(2)
                .setRetryBackOffMillis(1)
                .setPoison(PoisonPolicy.PARK)
                .setHoldKeys(true));
        Queue<String> ofKey = new ConcurrentLinkedQueue<>();
        GroupHandler<String> handler = event -> {
            if (event.event().equals("order 57")) {
                return Future.failedFuture("cannot bill order 57");
            }
            if ("key7".equals(event.record().key())) {
                ofKey.add(event.event());
            }
            return note(event);
        };
        join(newContext(vertx), group, "only", handler);
        append(0, 200);
        get(group.awaitPosition(end()));
        assertThat(ofKey).containsExactly("order 7");
        List<ParkedEvent> parked = get(group.parked());
        assertThat(parked).extracting(ParkedEvent::key).containsOnly("key7").hasSize(3);
        assertThat(parked.get(0).cause()).contains("cannot bill order 57");

        List<Long> ids = parked.stream().map(ParkedEvent::id).toList();
        assertThat(failure(replay(group, ids, handler))).hasMessageContaining("cannot bill order 57");
        assertThat(get(group.parked())).hasSize(3);
        assertThat(get(replay(group, ids.subList(0, 1), event -> Future.succeededFuture())))
                .isEqualTo(1);
        append(200, 250); // the key is still held
        get(group.awaitPosition(end()));
        List<Long> left = get(group.parked()).stream().map(ParkedEvent::id).toList();
        assertThat(left).hasSize(3);
        assertThat(get(replay(group, left, handler))).isEqualTo(3);
        assertThat(ofKey).containsExactly("order 7", "order 107", "order 157", "order 207");
        append(250, 300);
        get(group.awaitPosition(end()));
        assertThat(ofKey).endsWith("order 257").hasSize(5);
        assertThat(get(group.parked())).isEmpty();
        get(group.close());
    }

    private Future<Integer> replay(ReaderGroup group, List<Long> ids, GroupHandler<String> handler) {
        return start(newContext(vertx), () -> group.replay(ids, AccountsPipeline.TEXT, handler));
    }

    @Test
    void aParkedEventKeepsItsHeaders() {
        ReaderGroup group = group(options().setMaxAttempts(1).setPoison(PoisonPolicy.PARK));
        join(newContext(vertx), group, "only", event -> Future.failedFuture("no"));
        Headers headers = Headers.of(Headers.CORRELATION_ID, "order-7").with("raw", new byte[] {0, -1});
        get(start(newContext(vertx), () -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> writer.append(NewEvent.of("key", "with").with(headers))
                        .compose(done -> writer.append("key", "without"))
                        .compose(done -> writer.end()))));
        get(group.awaitPosition(end()));
        Map<String, Headers> replayed = new ConcurrentHashMap<>();
        List<Long> ids = get(group.parked()).stream().map(ParkedEvent::id).toList();
        assertThat(get(replay(group, ids, event -> {
                    replayed.put(event.event(), event.record().headers());
                    return Future.succeededFuture();
                })))
                .isEqualTo(2);
        assertThat(replayed).isEqualTo(Map.of("with", headers, "without", Headers.NONE));
        get(group.close());
    }

    @Test
    void parkedEventsAreDropped() {
        ReaderGroup group =
                group(options().setMaxAttempts(1).setPoison(PoisonPolicy.PARK).setParkingStream("shop/bad"));
        join(
                newContext(vertx),
                group,
                "only",
                event -> event.event().endsWith("3") ? Future.failedFuture("ends with 3") : note(event));
        append(0, 50);
        get(group.awaitPosition(end()));
        List<Long> ids = get(group.parked()).stream().map(ParkedEvent::id).toList();
        assertThat(ids).hasSize(5);
        assertThat(get(start(newContext(vertx), () -> group.dropParked(ids.subList(0, 4)))))
                .isEqualTo(4);
        assertThat(get(group.parked())).extracting(ParkedEvent::id).containsExactly(ids.get(4));
        get(group.close());
    }
}
