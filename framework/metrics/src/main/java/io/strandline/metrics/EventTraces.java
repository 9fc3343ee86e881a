package io.strandline.metrics;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.StreamName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries traces of OpenTelemetry through events: in the headers {@link Headers#TRACEPARENT} and {@link Headers#TRACESTATE}, as the
 * W3C says. Needs {@code opentelemetry-api} on the class path, which no other class of this module does. Any thread may call.
 *
 * <pre>{@code
 * writer.append(EventTraces.traced(event, Context.current()));
 *
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

    /** The event with the trace of a context in its headers, in place of one that it may have. Unchanged if the context has none. */
    public static <E> NewEvent<E> traced(NewEvent<E> event, Context context) {
        return event.with(traced(event.headers(), context));
    }

    /** Headers with the trace of a context, for appends that take headers. Unchanged if the context has none. */
    public static Headers traced(Headers headers, Context context) {
        Map<String, String> fields = new HashMap<>();
        FORMAT.inject(context, fields, (to, name, value) -> {
            if (to != null) {
                to.put(name, value);
            }
        });
        if (fields.isEmpty()) {
            return headers;
        }
        Headers with = headers;
        for (String name : List.of(Headers.TRACEPARENT, Headers.TRACESTATE)) {
            with = with.has(name) ? with.without(name) : with;
            String value = fields.get(name);
            with = value == null ? with : with.with(name, value);
        }
        return with;
    }

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

    /** A span of a producer that appends to a stream, as a child of a context. */
    public static Span appending(Tracer tracer, StreamName stream, Context parent) {
        return tracer.spanBuilder(stream + " append")
                .setParent(parent)
                .setSpanKind(SpanKind.PRODUCER)
                .setAttribute("messaging.system", "strandline")
                .setAttribute("messaging.destination.name", stream.toString())
                .startSpan();
    }
}
