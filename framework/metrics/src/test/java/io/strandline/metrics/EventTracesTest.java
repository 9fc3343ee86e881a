package io.strandline.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StreamName;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A trace goes on where the event is handled. */
class EventTracesTest {

    private static final StreamName ORDERS = StreamName.parse("shop/orders");

    private final Tracer tracer = SdkTracerProvider.builder().build().get("test");

    @Test
    void who_handles_an_event_is_a_child_of_who_appended_it() {
        Span appending = tracer.spanBuilder("append").startSpan();
        AtomicReference<Headers> headers = new AtomicReference<>(Headers.of(Headers.USER, "anna"));
        W3CTraceContextPropagator.getInstance()
                .inject(Context.root().with(appending), headers, (to, name, value) -> Objects.requireNonNull(to)
                        .updateAndGet(known -> known.with(name, value)));
        EventRecord<String> read =
                new EventRecord<>(3, 17, 0, "k", EventType.RAW, Objects.requireNonNull(headers.get()), "tea");
        ReadableSpan handling =
                (ReadableSpan) EventTraces.consuming(tracer, ORDERS, read).startSpan();
        SpanContext parent = handling.getParentSpanContext();
        assertThat(parent.getSpanId()).isEqualTo(appending.getSpanContext().getSpanId());
        assertThat(handling.getSpanContext().getTraceId())
                .isEqualTo(appending.getSpanContext().getTraceId());
        assertThat(handling.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(handling.toSpanData().getAttributes().asMap().toString()).contains("shop/orders", "17");
    }

    @Test
    void a_wrong_trace_is_none() {
        for (Headers headers : new Headers[] {
            Headers.NONE,
            Headers.of(Headers.TRACEPARENT, "nonsense"),
            Headers.of(Headers.TRACEPARENT, new byte[] {1, 2})
        }) {
            assertThat(Span.fromContext(EventTraces.contextOf(headers))
                            .getSpanContext()
                            .isValid())
                    .isFalse();
        }
    }
}
