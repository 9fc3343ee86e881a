package io.strandline.metrics;

import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.StreamName;
import org.jspecify.annotations.Nullable;

/**
 * The traces that events carry, for applications of OpenTelemetry that read events without a reader group ({@link
 * io.strandline.Strandline#subscribe}), which is no span by itself. Handlers of reader groups and appends are spans if Vert.x has a
 * tracer. The trace is in the headers {@link Headers#TRACEPARENT} and {@link Headers#TRACESTATE}, as the W3C says. Needs {@code
 * opentelemetry-api} on the class path, which no other class of this module does. Any thread may call.
 *
 * <pre>{@code
 * Span span = EventTraces.consuming(tracer, reader.stream(), event).startSpan();
 * handle(event).onComplete(done -> span.end());
 * }</pre>
 */
public final class EventTraces {

    private static final W3CTraceContextPropagator FORMAT = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<Headers> GETTER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Headers headers) {
            return headers.names();
        }

        @Override
        public @Nullable String get(@Nullable Headers headers, String name) {
            return headers != null && headers.has(name) && headers.isText(name) ? headers.text(name) : null;
        }
    };

    private EventTraces() {}

    /** The context in which an event was appended, or an empty one if its headers have none that is whole. */
    public static Context contextOf(Headers headers) {
        return FORMAT.extract(Context.root(), headers, GETTER);
    }

    /** A span of a consumer that handles an event: a child of the one that appended it, with the place of the event. */
    public static SpanBuilder consuming(Tracer tracer, StreamName stream, EventRecord<?> event) {
        return tracer.spanBuilder(stream + " process")
                .setParent(contextOf(event.headers()))
                .setSpanKind(SpanKind.CONSUMER)
                .setAttribute("messaging.system", "strandline")
                .setAttribute("messaging.destination.name", stream.toString())
                .setAttribute("messaging.destination.partition.id", String.valueOf(event.partition()))
                .setAttribute("strandline.offset", event.offset());
    }
}
