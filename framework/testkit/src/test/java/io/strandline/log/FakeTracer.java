package io.strandline.log;

import io.strandline.Headers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.spi.context.storage.AccessMode;
import io.vertx.core.spi.context.storage.ContextLocal;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A tracer that keeps its spans. In headers a trace is {@code trace/span}, under the name that the W3C gives it. */
public final class FakeTracer implements VertxTracer<FakeTracer.Span, FakeTracer.Span> {

    private static final ContextLocal<Span> ACTIVE = ContextLocal.registerLocal(Span.class);

    private final AtomicInteger ids = new AtomicInteger();
    private final List<Span> spans = new CopyOnWriteArrayList<>();
    /** Throws from the methods that begin a span. */
    public volatile boolean isBroken;
    /** Throws from the methods that end a span. */
    public volatile boolean breaksLate;

    /** What was measured. */
    public static final class Span {

        public final String operation;
        public final boolean isConsumer;
        public final String trace;
        public final int id;
        /** 0 for none. */
        public final int parent;

        public final Map<String, String> tags = new ConcurrentHashMap<>();
        private final AtomicInteger ends = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        private Span(String operation, boolean isConsumer, String trace, int id, int parent) {
            this.operation = operation;
            this.isConsumer = isConsumer;
            this.trace = trace;
            this.id = id;
            this.parent = parent;
        }

        /** As it is in the headers of events. */
        public String inHeaders() {
            return trace + "/" + id;
        }

        public boolean hasEnded() {
            int count = ends.get();
            if (count > 1) {
                throw new AssertionError(this + " has ended " + count + " times");
            }
            return count == 1;
        }

        public @Nullable Throwable failure() {
            return failure;
        }

        @Override
        public String toString() {
            return operation + " " + inHeaders() + " of " + parent;
        }
    }

    /** A Vert.x with this tracer. */
    public Vertx vertx() {
        return Vertx.builder()
                .with(new VertxOptions().setTracingOptions(new TracingOptions()))
                .withTracer(options -> this)
                .build();
    }

    /** The spans of Strandline, in the order in which they began. */
    public List<Span> spans() {
        return spans.stream()
                .filter(span -> "strandline".equals(span.tags.get("messaging.system")))
                .toList();
    }

    /** The only span of a name. */
    public Span span(String operation) {
        List<Span> found = spans().stream()
                .filter(span -> span.operation.equals(operation))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " spans " + operation + " among " + spans);
        }
        return found.get(0);
    }

    /** A span of the application, which begins a trace. */
    public Span begin(String trace) {
        return new Span("application", false, trace, ids.incrementAndGet(), 0);
    }

    /** Runs a step of a context within a span. */
    public <T> Future<T> within(Span span, Context context, Callable<Future<T>> step) {
        ContextInternal own = ((ContextInternal) context).duplicate();
        own.putLocal(ACTIVE, AccessMode.CONCURRENT, span);
        return Applications.start(own, step);
    }

    /** The span within which the calling thread is at work. */
    public @Nullable Span active() {
        ContextInternal current = ContextInternal.current();
        return current == null ? null : activeOf(current);
    }

    private static @Nullable Span activeOf(Context context) {
        return ((ContextInternal) context).getLocal(ACTIVE, AccessMode.CONCURRENT);
    }

    // ---- as Vert.x calls it

    @Override
    public <R> @Nullable Span sendRequest(
            Context context,
            SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            BiConsumer<String, String> headers,
            TagExtractor<R> tags) {
        breakIf(isBroken);
        Span active = activeOf(context);
        if (policy == TracingPolicy.IGNORE || (active == null && policy != TracingPolicy.ALWAYS)) {
            return null;
        }
        int id = ids.incrementAndGet();
        Span span = active == null
                ? new Span(operation, false, "trace" + id, id, 0)
                : new Span(operation, false, active.trace, id, active.id);
        begun(span, request, tags);
        headers.accept(Headers.TRACEPARENT, span.inHeaders());
        return span;
    }

    @Override
    public <R> void receiveResponse(
            Context context,
            @Nullable R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        breakIf(breaksLate);
        end(Objects.requireNonNull(span), response, failure, tags);
    }

    @Override
    public <R> @Nullable Span receiveRequest(
            Context context,
            SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            Iterable<Map.Entry<String, String>> headers,
            TagExtractor<R> tags) {
        breakIf(isBroken);
        String parent = null;
        for (Map.Entry<String, String> header : headers) {
            parent = header.getKey().equals(Headers.TRACEPARENT) ? header.getValue() : parent;
        }
        if (policy == TracingPolicy.IGNORE || (parent == null && policy != TracingPolicy.ALWAYS)) {
            return null;
        }
        int id = ids.incrementAndGet();
        Span span = parent == null
                ? new Span(operation, true, "trace" + id, id, 0)
                : new Span(
                        operation,
                        true,
                        parent.substring(0, parent.indexOf('/')),
                        id,
                        Integer.parseInt(parent.substring(parent.indexOf('/') + 1)));
        begun(span, request, tags);
        ((ContextInternal) context).putLocal(ACTIVE, AccessMode.CONCURRENT, span);
        return span;
    }

    @Override
    public <R> void sendResponse(
            Context context,
            @Nullable R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        breakIf(breaksLate);
        ((ContextInternal) context).removeLocal(ACTIVE, AccessMode.CONCURRENT);
        end(Objects.requireNonNull(span), response, failure, tags);
    }

    private static void breakIf(boolean isBroken) {
        if (isBroken) {
            throw new NoSuchMethodError("the tracer is broken");
        }
    }

    private <R> void begun(Span span, R request, TagExtractor<R> tags) {
        tags.extractTo(request, span.tags::put);
        spans.add(span);
    }

    private static <R> void end(Span span, @Nullable R response, @Nullable Throwable failure, TagExtractor<R> tags) {
        if (response != null) {
            tags.extractTo(response, span.tags::put);
        }
        span.failure = failure;
        span.ends.incrementAndGet();
    }
}
