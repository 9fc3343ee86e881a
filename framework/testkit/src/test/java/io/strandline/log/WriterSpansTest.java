package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.readAll;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.PayloadOutput;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionOptions;
import io.strandline.WriterOptions;
import io.strandline.log.FakeTracer.Span;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Appends within a trace are spans, and their events carry them. */
class WriterSpansTest {

    private static final String STREAM = "shop/orders";
    private static final String APPEND = STREAM + " append";
    private static final Buffer TEA = Buffer.buffer("tea");

    private final FakeTracer tracer = new FakeTracer();
    private final Vertx vertx = tracer.vertx();
    private final Context context = Applications.newContext(vertx);
    private final Span request = tracer.begin("request");
    private Strandline log;
    private EventWriter<Buffer> writer;

    @BeforeEach
    void open() {
        log = get(Doors.open(vertx, "memory:"));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(1)));
        writer = writer(new WriterOptions());
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private EventWriter<Buffer> writer(WriterOptions options) {
        return Applications.writer(context, log, STREAM, options);
    }

    private <T> Future<T> within(Span span, Callable<Future<T>> step) {
        return tracer.within(span, context, step);
    }

    private List<Headers> headers() {
        return get(readAll(vertx, log, STREAM)).stream()
                .map(EventRecord::headers)
                .toList();
    }

    private List<String> parents() {
        return headers().stream()
                .map(each -> String.valueOf(each.text(Headers.TRACEPARENT)))
                .toList();
    }

    @Test
    void an_append_is_a_span_of_the_trace_and_its_event_carries_it() {
        Headers user = Headers.of(Headers.USER, "anna");
        get(within(request, () -> writer.append(NewEvent.of("k", TEA).with(user))));
        Span span = tracer.span(APPEND);
        assertThat(span.isConsumer).isFalse();
        assertThat(span.trace).isEqualTo("request");
        assertThat(span.parent).isEqualTo(request.id);
        assertThat(span.hasEnded()).isTrue();
        assertThat(span.failure()).isNull();
        assertThat(span.tags)
                .isEqualTo(Map.of(
                        "messaging.system", "strandline",
                        "messaging.destination.name", STREAM,
                        "messaging.destination.partition.id", "1",
                        "strandline.offset", "0"));
        assertThat(headers()).containsExactly(user.with(Headers.TRACEPARENT, span.inHeaders()));
    }

    /** A trace that an event brings is replaced, its vendors' part too. */
    @Test
    void an_event_that_is_appended_again_carries_the_newer_trace() {
        Headers old = Headers.of(Headers.TRACESTATE, "vendor=1").with(Headers.TRACEPARENT, "old/7");
        get(within(request, () -> writer.append(NewEvent.of("k", TEA).with(old))));
        assertThat(headers())
                .containsExactly(
                        Headers.of(Headers.TRACEPARENT, tracer.span(APPEND).inHeaders()));
    }

    @Test
    void each_way_to_append_is_one_span() {
        Callable<Future<?>> all = () -> writer.append("k", TEA)
                .compose(done -> writer.append(TEA))
                .compose(done -> writer.write(NewEvent.of("k", TEA)))
                .compose(done -> writer.appendBatch("k", List.of(TEA, TEA)))
                .compose(done -> writer.appendBatch("k", List.of(TEA, TEA), Headers.of("a", "b")))
                .compose(done -> writer.appendIf("k", List.of(TEA), 7))
                .compose(done -> writer.appendIf("k", List.of(TEA), 8, Headers.NONE))
                .compose(done -> log.catalog().endCut(STREAM))
                .compose(end -> writer.appendIfUnchanged("k", List.of(TEA), end))
                .compose(done -> log.transactions().begin(new TransactionOptions()))
                .compose(transaction ->
                        transaction.append(STREAM, EventCodec.raw(), "k", TEA).compose(done -> transaction.commit()));
        get(within(request, () -> all.call().mapEmpty()));
        List<Span> spans = tracer.spans();
        // Each is a child of the request, so each future has completed on the caller's context.
        assertThat(spans).hasSize(9).allSatisfy(span -> {
            assertThat(span.operation).isEqualTo(APPEND);
            assertThat(span.parent).isEqualTo(request.id);
            assertThat(span.hasEnded()).isTrue();
        });
        List<String> of = spans.stream().map(Span::inHeaders).toList();
        assertThat(parents())
                .containsExactly(
                        of.get(0), of.get(1), of.get(2), of.get(3), of.get(3), of.get(4), of.get(4), of.get(5),
                        of.get(6), of.get(7), of.get(8));
    }

    @Test
    void requests_that_share_a_writer_have_traces_of_their_own() {
        Span other = tracer.begin("other");
        Future<?> first = within(request, () -> writer.append("k", TEA).compose(done -> writer.append("k", TEA)));
        Future<?> second = within(other, () -> writer.append("k", TEA).compose(done -> writer.append("k", TEA)));
        get(Future.join(first, second));
        assertThat(tracer.spans())
                .extracting(span -> span.trace)
                .containsOnly("request", "other")
                .hasSize(4);
        assertThat(parents())
                .containsExactlyInAnyOrderElementsOf(
                        tracer.spans().stream().map(Span::inHeaders).toList());
    }

    @Test
    void outside_a_trace_the_policy_says_whether_one_begins() {
        EventWriter<Buffer> ofRequest =
                get(within(request, () -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions())));
        get(start(context, () -> writer.append("k", TEA)));
        get(start(context, () -> ofRequest.append("k", TEA)));
        assertThat(tracer.spans()).isEmpty();
        EventWriter<Buffer> never = writer(new WriterOptions().setTracingPolicy(TracingPolicy.IGNORE));
        get(within(request, () -> never.append("k", TEA)));
        get(within(request, () -> log.transactions()
                .begin(new TransactionOptions().setTracingPolicy(TracingPolicy.IGNORE))
                .compose(transaction ->
                        transaction.append(STREAM, EventCodec.raw(), "k", TEA).compose(done -> transaction.commit()))));
        assertThat(tracer.spans()).isEmpty();
        assertThat(headers()).hasSize(4).containsOnly(Headers.NONE);
        EventWriter<Buffer> always = writer(new WriterOptions().setTracingPolicy(TracingPolicy.ALWAYS));
        get(start(context, () -> always.append("k", TEA)));
        assertThat(tracer.span(APPEND).parent).isZero();
        assertThat(parents()).endsWith(tracer.span(APPEND).inHeaders());
    }

    /** The log compares the digests of events that are given again, so those of the application's numbers stay as they are. */
    @Test
    void an_event_with_a_number_of_the_application_has_the_same_bytes_in_each_run() {
        EventWriter<Buffer> importer = writer(new WriterOptions().setId("importer"));
        get(within(request, () -> importer.append("k", TEA, new Sequence(1, 0))));
        get(within(
                request,
                () -> importer.append(new NewEvent<>("k", TEA, Headers.of(Headers.USER, "anna"), new Sequence(2, 0)))));
        get(start(context, importer::end));
        assertThat(tracer.spans()).isEmpty();
        EventWriter<Buffer> again = writer(new WriterOptions().setId("importer").setReplay(Map.of()));
        Span later = tracer.begin("later");
        get(within(later, () -> again.append("k", TEA, new Sequence(1, 0))));
        get(within(
                later,
                () -> again.append(new NewEvent<>("k", TEA, Headers.of(Headers.USER, "anna"), new Sequence(2, 0)))));
        get(within(later, () -> again.append("k", TEA, new Sequence(3, 0))));
        assertThat(headers()).containsExactly(Headers.NONE, Headers.of(Headers.USER, "anna"), Headers.NONE);
    }

    /** Whatever the policy: such streams are read by Strandline, or hold the record of what was done. */
    @Test
    void what_the_framework_keeps_for_itself_is_no_part_of_a_trace() {
        String kept = StreamName.RESERVED_SCOPE + "/kept";
        get(log.catalog().createReserved(kept, new StreamOptions().setPartitions(1)));
        for (TracingPolicy policy : TracingPolicy.values()) {
            EventWriter<Buffer> keeping =
                    Applications.writer(context, log, kept, new WriterOptions().setTracingPolicy(policy));
            get(within(
                    request, () -> keeping.append("k", TEA).compose(done -> keeping.appendBatch("k", List.of(TEA)))));
        }
        assertThat(get(readAll(vertx, log, kept)))
                .hasSize(2 * TracingPolicy.values().length)
                .allSatisfy(event -> assertThat(event.headers()).isEqualTo(Headers.NONE));
        assertThat(tracer.spans()).isEmpty();
        get(within(request, () -> writer.append("k", TEA)));
        assertThat(tracer.spans()).hasSize(1);
    }

    @Test
    void a_span_ends_with_the_failure_of_its_append() {
        Throwable conflict = failure(within(request, () -> writer.appendIf("k", List.of(TEA), 5)));
        assertThat(conflict).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(tracer.spans()).hasSize(1).allSatisfy(span -> {
            assertThat(span.hasEnded()).isTrue();
            assertThat(span.failure()).isSameAs(conflict);
        });
        EventWriter<Buffer> broken = get(start(context, () -> log.createWriter(STREAM, new Refusing())));
        failure(within(request, () -> broken.append("k", TEA)));
        // Not on its context: it throws, and the span ends all the same.
        Context elsewhere = Applications.newContext(vertx);
        Promise<Throwable> thrown = Promise.promise();
        tracer.within(request, elsewhere, () -> {
            try {
                return writer.append("k", TEA);
            } catch (IllegalStateException e) {
                thrown.complete(e);
                throw e;
            }
        });
        get(thrown.future());
        assertThat(tracer.spans()).hasSize(3).allSatisfy(span -> {
            assertThat(span.hasEnded()).isTrue();
            assertThat(span.failure()).isNotNull();
        });
    }

    @Test
    void an_event_without_room_for_the_trace_is_appended_without_it() {
        Headers most = Headers.NONE;
        for (int i = 0; i < Headers.MAX_COUNT; i++) {
            most = most.with("header-" + i, "value");
        }
        Headers full = most;
        get(within(request, () -> writer.append(NewEvent.of("k", TEA).with(full))));
        assertThat(headers()).containsExactly(full);
        assertThat(tracer.span(APPEND).hasEnded()).isTrue();
    }

    @Test
    void a_tracer_that_throws_costs_spans_and_no_event() {
        List<Throwable> reported = new CopyOnWriteArrayList<>();
        context.exceptionHandler(reported::add);
        tracer.isBroken = true;
        get(within(request, () -> writer.append("k", TEA)));
        tracer.isBroken = false;
        tracer.breaksLate = true;
        get(within(request, () -> writer.append("k", TEA)));
        failure(within(request, () -> writer.appendIf("k", List.of(TEA), 9)));
        until(vertx, "all of it is reported", () -> reported.size() == 3);
        assertThat(headers()).hasSize(2).startsWith(Headers.NONE);
    }

    /** The rest of a traced writer is that of the writer in it. */
    @Test
    void a_traced_writer_answers_as_any_other() {
        assertThat(writer.stream()).hasToString(STREAM);
        assertThat(writer.lastKnown()).isEqualTo(Sequence.NONE);
        get(start(context, () -> {
            assertThat(writer.setWriteQueueMaxSize(1).drainHandler(null).exceptionHandler(null))
                    .isSameAs(writer);
            Future<?> appended = writer.append("k", TEA);
            assertThat(writer.writeQueueFull()).isTrue();
            return appended.compose(done -> writer.flush());
        }));
        assertThat(writer.failedAppends()).isZero();
        failure(start(context, () -> writer.appendIf("k", List.of(TEA), 9)));
        assertThat(writer.failedAppends()).isEqualTo(1);
        assertThat(writer.firstFailure()).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(writer.claimGeneration()).isZero();
        assertThat(failure(start(context, writer::barrier))).hasMessageContaining("claims no partition");
        get(start(context, writer::end));
        assertThat(failure(start(context, () -> writer.append("k", TEA)))).hasMessageContaining("has ended");
    }

    private static final class Refusing implements EventCodec<Buffer> {

        @Override
        public EventType typeOf(Buffer event) {
            return EventType.RAW;
        }

        @Override
        public void encode(Buffer event, PayloadOutput out) {
            throw new IllegalStateException("no bytes");
        }

        @Override
        public Buffer decode(EventType type, byte[] bytes, int from, int length) {
            throw new IllegalStateException("no event");
        }
    }
}
