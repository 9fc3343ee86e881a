package io.strandline.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.StreamName;
import org.junit.jupiter.api.Test;

/** A trace goes on where the event is handled. */
class EventTracesTest {

    private static final StreamName ORDERS = StreamName.parse("shop/orders");

    private final Tracer tracer = SdkTracerProvider.builder().build().get("test");

    private static EventRecord<String> read(NewEvent<String> event) {
        return new EventRecord<>(3, 17, 0, event.key(), EventType.RAW, event.headers(), event.event());
    }

    @Test
    void who_handles_an_event_is_a_child_of_who_appended_it() {
        Span appending = EventTraces.appending(tracer, ORDERS, Context.root());
        NewEvent<String> sent = EventTraces.traced(
                NewEvent.of("k", "tea").with(Headers.of(Headers.USER, "anna")),
                Context.root().with(appending));
        assertThat(sent.headers().names()).containsExactlyInAnyOrder(Headers.USER, Headers.TRACEPARENT);
        ReadableSpan handling =
                (ReadableSpan) EventTraces.consuming(tracer, ORDERS, read(sent)).startSpan();
        SpanContext parent = handling.getParentSpanContext();
        assertThat(parent.getSpanId()).isEqualTo(appending.getSpanContext().getSpanId());
        assertThat(handling.getSpanContext().getTraceId())
                .isEqualTo(appending.getSpanContext().getTraceId());
        assertThat(handling.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(handling.toSpanData().getAttributes().asMap().toString()).contains("shop/orders", "17");

        // An event that is appended again carries the newer trace.
        Span later = EventTraces.appending(tracer, ORDERS, Context.root());
        Headers again = EventTraces.traced(sent.headers(), Context.root().with(later));
        assertThat(Span.fromContext(EventTraces.contextOf(again))
                        .getSpanContext()
                        .getSpanId())
                .isEqualTo(later.getSpanContext().getSpanId());
    }

    @Test
    void without_a_trace_nothing_changes_and_a_wrong_one_is_none() {
        NewEvent<String> event = NewEvent.of("k", "tea");
        assertThat(EventTraces.traced(event, Context.root()).headers()).isEqualTo(Headers.NONE);
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
