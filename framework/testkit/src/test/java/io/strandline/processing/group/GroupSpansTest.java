package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.readAll;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.FakeTracer;
import io.strandline.log.FakeTracer.Span;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.server.Doors;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls of a group's handler are spans of the traces that the events carry. */
class GroupSpansTest {

    private static final String ORDERS = "shop/orders";
    private static final String BILLS = "shop/bills";
    private static final String GROUP = "shop/billing";
    private static final String PROCESS = ORDERS + " process";

    private final FakeTracer tracer = new FakeTracer();
    private final Vertx vertx = tracer.vertx();
    private final Context context = newContext(vertx);
    private final Context readers = newContext(vertx);
    private final Span request = tracer.begin("request");
    private Strandline log;
    private StateSync sync;
    private ReaderGroup group;

    @BeforeEach
    void open() {
        log = get(Doors.open(vertx, "memory:"));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(ORDERS, new StreamOptions().setPartitions(1)));
        get(log.catalog().createStream(BILLS, new StreamOptions().setPartitions(1)));
        sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        group = get(ReaderGroup.open(vertx, log, sync, GROUP, options()));
    }

    private static GroupOptions options() {
        return new GroupOptions()
                .setStreams(ORDERS)
                .setLeaseMillis(60_000)
                .setMaxAttempts(2)
                .setRetryBackOffMillis(1)
                .setPoison(PoisonPolicy.PARK);
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    /** Appends an event within a span. */
    private void order(Span span, String key) {
        get(tracer.within(span, context, () -> log.createWriter(ORDERS, AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> writer.append(key, "order"))));
    }

    /** Appends an event without a trace. */
    private void order() {
        get(start(context, () -> log.createWriter(ORDERS, AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> writer.append(NewEvent.of("k", "order").with(Headers.of(Headers.USER, "anna"))))));
    }

    private GroupReader<String> join(TracingPolicy policy, GroupHandler<String> handler) {
        return get(start(readers, () -> group.join(
                        "only", AccountsPipeline.TEXT, new GroupReaderOptions().setTracingPolicy(policy))
                .map(reader -> reader.handler(handler))));
    }

    private GroupReader<String> join(GroupHandler<String> handler) {
        return join(TracingPolicy.PROPAGATE, handler);
    }

    private void awaitAll() {
        get(group.awaitPosition(get(log.catalog().endCut(ORDERS))));
    }

    private List<Span> processed() {
        return tracer.spans().stream()
                .filter(span -> span.operation.equals(PROCESS))
                .toList();
    }

    private static String carriedBy(GroupEvent<?> event) {
        return String.valueOf(event.record().headers().text(Headers.TRACEPARENT));
    }

    @Test
    void a_trace_goes_on_in_the_handler_and_in_what_it_appends() {
        EventWriter<String> bills = get(start(readers, () -> log.createWriter(BILLS, AccountsPipeline.TEXT)));
        order(request, "k");
        join(event -> bills.append(event.record().key(), "bill").compose(done -> bills.append("k", "copy")));
        awaitAll();
        Span appended = tracer.span(ORDERS + " append");
        Span handled = tracer.span(PROCESS);
        assertThat(handled.isConsumer).isTrue();
        assertThat(handled.parent).isEqualTo(appended.id);
        assertThat(handled.trace).isEqualTo("request");
        assertThat(handled.hasEnded()).isTrue();
        assertThat(handled.failure()).isNull();
        assertThat(handled.tags)
                .isEqualTo(Map.of(
                        "messaging.system", "strandline",
                        "messaging.destination.name", ORDERS,
                        "messaging.destination.partition.id", "1",
                        "strandline.offset", "0",
                        "messaging.consumer.group.name", GROUP));
        assertThat(tracer.spans().stream().filter(span -> span.operation.equals(BILLS + " append")))
                .hasSize(2)
                .allSatisfy(span -> assertThat(span.parent).isEqualTo(handled.id));
    }

    @Test
    void a_span_ends_when_the_handler_has_and_not_before() {
        Promise<Void> work = Promise.promise();
        AtomicInteger calls = new AtomicInteger();
        order(request, "k");
        join(event -> {
            calls.incrementAndGet();
            return work.future();
        });
        until(vertx, "the event is at the handler", () -> calls.get() == 1);
        assertThat(tracer.span(PROCESS).hasEnded()).isFalse();
        work.complete();
        awaitAll();
        assertThat(tracer.span(PROCESS).hasEnded()).isTrue();
    }

    /** By its future, at once or later, by what it throws, and by null in place of a future. */
    @Test
    @SuppressWarnings("NullAway") // of handlers whose compiler does not check
    void each_delivery_is_a_span_with_its_failure() {
        AtomicInteger calls = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            order(request, "k");
        }
        join(event -> switch (calls.getAndIncrement()) {
            case 0 -> throw new IllegalStateException("thrown");
            case 1 -> vertx.timer(1).compose(late -> Future.failedFuture("late"));
            case 2 -> Future.failedFuture("at once");
            default -> null;
        });
        awaitAll();
        assertThat(processed()).hasSize(4).allSatisfy(span -> assertThat(span.hasEnded())
                .isTrue());
        assertThat(processed())
                .extracting(span ->
                        String.valueOf(Objects.requireNonNull(span.failure()).getMessage()))
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("thrown"),
                        second -> assertThat(second).isEqualTo("late"),
                        third -> assertThat(third).isEqualTo("at once"),
                        fourth -> assertThat(fourth).contains("returned null"));
        assertThat(processed()).extracting(span -> span.parent).containsExactlyElementsOf(parents(2));
        assertThat(get(group.parked())).hasSize(2);
    }

    /** The ids of the spans that appended, each so many times. */
    private List<Integer> parents(int times) {
        return tracer.spans().stream()
                .filter(span -> span.operation.equals(ORDERS + " append"))
                .flatMap(span -> Collections.nCopies(times, span.id).stream())
                .toList();
    }

    @Test
    void a_tracer_that_throws_costs_spans_and_no_delivery() {
        List<Throwable> reported = new CopyOnWriteArrayList<>();
        readers.exceptionHandler(reported::add);
        AtomicInteger calls = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            order(request, "k");
        }
        join(event -> {
            tracer.isBroken = event.record().offset() < 1; // and so for the next
            tracer.breaksLate = true;
            calls.incrementAndGet();
            return event.record().offset() == 3 ? Future.succeededFuture() : vertx.timer(1);
        });
        awaitAll();
        assertThat(calls).hasValue(4);
        until(vertx, "all of it is reported", () -> reported.size() == 4);
        assertThat(get(group.poisonDecisions())).isEmpty();
    }

    @Test
    void a_parked_event_is_replayed_within_its_trace_and_parking_it_is_no_span() {
        order(request, "k");
        get(tracer.within(tracer.begin("joining"), readers, () -> group.join("only", AccountsPipeline.TEXT)
                .map(reader -> reader.handler(event -> Future.failedFuture("poison")))));
        awaitAll();
        List<Long> parked = get(group.parked()).stream().map(ParkedEvent::id).toList();
        List<@Nullable Span> active = new CopyOnWriteArrayList<>();
        get(tracer.within(
                tracer.begin("operator"),
                context,
                () -> group.replay(parked, AccountsPipeline.TEXT, event -> {
                    active.add(tracer.active());
                    return Future.succeededFuture();
                })));
        int appended = tracer.span(ORDERS + " append").id;
        assertThat(active).hasSize(1).allSatisfy(span -> {
            assertThat(Objects.requireNonNull(span).parent).isEqualTo(appended);
            assertThat(span.hasEnded()).isTrue();
        });
        assertThat(tracer.spans())
                .extracting(span -> span.operation)
                .containsExactly(ORDERS + " append", PROCESS, PROCESS, PROCESS);
    }

    /** Its name is no sign that Strandline alone writes to it. */
    @Test
    void nothing_that_is_written_to_a_parking_stream_of_the_application_is_a_span() {
        String parking = "shop/parked-orders";
        group = get(
                ReaderGroup.open(vertx, log, sync, "shop/shipping", options().setParkingStream(parking)));
        order(request, "k");
        join(event -> Future.failedFuture("poison"));
        awaitAll();
        List<Long> parked = get(group.parked()).stream().map(ParkedEvent::id).toList();
        get(tracer.within(tracer.begin("operator"), context, () -> group.dropParked(parked)));
        assertThat(get(group.parked())).isEmpty();
        assertThat(tracer.spans())
                .extracting(span -> span.operation)
                .containsExactly(ORDERS + " append", PROCESS, PROCESS);
        assertThat(get(readAll(vertx, log, parking))).isNotEmpty().allSatisfy(event -> assertThat(event.headers())
                .isEqualTo(Headers.NONE));
    }

    /** A reader that was made while a request was handled is no part of it. */
    @Test
    void an_event_without_a_trace_is_handled_outside_of_any() {
        List<Boolean> traced = new CopyOnWriteArrayList<>();
        Span joining = tracer.begin("joining");
        order();
        order(request, "k");
        order();
        get(tracer.within(joining, readers, () -> group.join("only", AccountsPipeline.TEXT)
                .map(reader ->
                        reader.handler(event -> vertx.timer(1).map(later -> traced.add(tracer.active() != null))))));
        awaitAll();
        assertThat(traced).containsExactly(false, true, false);
        assertThat(tracer.span(PROCESS).trace).isEqualTo("request");
    }

    @Test
    void the_policy_says_which_events_are_spans() {
        List<Boolean> traced = new CopyOnWriteArrayList<>();
        GroupHandler<String> handler = event -> {
            traced.add(tracer.active() != null);
            return Future.succeededFuture();
        };
        order();
        order(request, "k");
        GroupReader<String> ignoring = join(TracingPolicy.IGNORE, handler);
        awaitAll();
        assertThat(traced).containsExactly(false, false);
        assertThat(processed()).isEmpty();
        get(start(readers, ignoring::close));
        order();
        order(request, "k");
        join(TracingPolicy.ALWAYS, handler);
        awaitAll();
        assertThat(traced).containsExactly(false, false, true, true);
        assertThat(processed()).hasSize(2);
        assertThat(processed().get(0).parent).isZero();
        assertThat(processed().get(1).trace).isEqualTo("request");
    }

    /** A child of the first event that has a trace. */
    @Test
    void a_batch_is_one_span() {
        order();
        order(request, "k");
        order(tracer.begin("other"), "k");
        Map<GroupBatch<String>, Span> spans = new ConcurrentHashMap<>();
        List<GroupBatch<String>> untraced = new CopyOnWriteArrayList<>();
        get(start(readers, () -> group.join("only", AccountsPipeline.TEXT)
                .map(reader -> reader.batchHandler(batch -> {
                    Span active = tracer.active();
                    if (active == null) {
                        untraced.add(batch);
                    } else {
                        spans.put(batch, active);
                    }
                    return vertx.timer(1);
                }))));
        awaitAll();
        assertThat(spans).isNotEmpty();
        assertThat(processed()).containsExactlyInAnyOrderElementsOf(spans.values());
        spans.forEach((batch, span) -> {
            String first = batch.records().stream()
                    .map(record -> record.headers().text(Headers.TRACEPARENT))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow();
            assertThat(span.trace + "/" + span.parent).isEqualTo(first);
            assertThat(span.hasEnded()).isTrue();
            assertThat(span.tags)
                    .containsEntry(
                            "strandline.offset", "" + batch.records().get(0).offset());
            int count = batch.records().size();
            assertThat(span.tags.get("messaging.batch.message_count")).isEqualTo(count == 1 ? null : "" + count);
        });
        assertThat(untraced).allSatisfy(batch -> assertThat(batch.records())
                .allSatisfy(record ->
                        assertThat(record.headers().has(Headers.TRACEPARENT)).isFalse()));
    }

    /** Also after it has waited, while other events are at the handler. */
    @Test
    void events_that_are_handled_at_a_time_have_traces_of_their_own() {
        int events = 20;
        for (int i = 0; i < events; i++) {
            order(tracer.begin("request" + i), "key" + i);
        }
        List<String> wrong = new CopyOnWriteArrayList<>();
        AtomicInteger handled = new AtomicInteger();
        get(start(readers, () -> group.join(
                        "only", AccountsPipeline.TEXT, new GroupReaderOptions().setKeyConcurrency(events))
                .map(reader -> reader.handler(
                        event -> vertx.timer(1 + event.record().offset() % 3).map(later -> {
                            Span active = Objects.requireNonNull(tracer.active());
                            handled.incrementAndGet();
                            return carriedBy(event).equals(active.trace + "/" + active.parent)
                                    || wrong.add(active + " for " + carriedBy(event));
                        })))));
        awaitAll();
        assertThat(handled).hasValue(events);
        assertThat(wrong).isEmpty();
        assertThat(processed()).hasSize(events).allSatisfy(span -> assertThat(span.hasEnded())
                .isTrue());
    }
}
