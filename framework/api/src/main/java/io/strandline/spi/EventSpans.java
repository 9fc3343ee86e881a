package io.strandline.spi;

import io.strandline.Appended;
import io.strandline.Headers;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Spans of appends and of calls of handlers, made by the tracer that Vert.x was given ({@link
 * io.vertx.core.VertxBuilder#withTracer}). The tracer decides on sampling and on the format in which the headers of an event
 * carry a trace. What it throws is reported to the context, and the append or the handler goes on without a span. Belongs to a
 * writer, a transaction, a reader or aggregates.
 *
 * <p>Without a tracer there is no such object. So whoever may have one asks once, when a writer or reader is made, and an event
 * costs nothing more.
 */
public final class EventSpans {

    private static final Logger LOG = Logger.of(EventSpans.class);

    private static final String SYSTEM = "messaging.system";
    private static final String STREAM = "messaging.destination.name";
    private static final String PARTITION = "messaging.destination.partition.id";
    private static final String OFFSET = "strandline.offset";
    private static final String GROUP = "messaging.consumer.group.name";
    private static final String EVENTS = "messaging.batch.message_count";

    private static final TagExtractor<List<Tag>> TAGS = new TagExtractor<>() {
        @Override
        public int len(List<Tag> tags) {
            return tags.size();
        }

        @Override
        public String name(List<Tag> tags, int index) {
            return tags.get(index).name();
        }

        @Override
        public String value(List<Tag> tags, int index) {
            return tags.get(index).value();
        }
    };

    private final VertxTracer<Object, Object> tracer;
    private final ContextInternal context;
    private final TracingPolicy policy;

    private record Tag(String name, String value) {}

    /** The name of the span of an append, and its tags. Made once for all appends of a writer to its stream. */
    public static final class Appends {

        private final String name;
        private final List<Tag> tags;

        private Appends(String name, List<Tag> tags) {
            this.name = name;
            this.tags = tags;
        }

        /**
         * Those to a stream.
         *
         * @param operation what is done to it, a verb
         */
        public static Appends of(String stream, String operation) {
            return new Appends(
                    stream + " " + operation, List.of(new Tag(SYSTEM, "strandline"), new Tag(STREAM, stream)));
        }
    }

    private EventSpans(VertxTracer<Object, Object> tracer, ContextInternal context, TracingPolicy policy) {
        this.tracer = tracer;
        this.context = context;
        this.policy = policy;
    }

    /**
     * The spans of a writer, transaction or reader.
     *
     * @param context to which it belongs
     * @return null if Vert.x has no tracer, or the policy is {@link TracingPolicy#IGNORE}
     */
    public static @Nullable EventSpans of(ContextInternal context, TracingPolicy policy) {
        VertxTracer<?, ?> known = context.tracer();
        if (known == null || known == VertxTracer.NOOP || policy == TracingPolicy.IGNORE) {
            return null;
        }
        @SuppressWarnings("unchecked") // a span is only ever given back to the tracer that made it
        VertxTracer<Object, Object> tracer = (VertxTracer<Object, Object>) known;
        return new EventSpans(tracer, context, policy);
    }

    // ---- appends

    /**
     * Makes an append within a span of a producer, as a child of what the caller's context is at work for. The span ends when the
     * append has. The append is made without one if the policy wants none there, and completes on the caller's context if there is
     * one.
     *
     * @param headers of the events
     * @param append is given the headers with the trace in them, in place of one that they may have, and makes the append
     */
    public <T> Future<T> append(Appends to, Headers headers, Function<Headers, Future<T>> append) {
        ContextInternal caller = caller();
        Carrier carrier = new Carrier(headers);
        Object span =
                begun(() -> tracer.sendRequest(caller, SpanKind.MESSAGING, policy, to.tags, to.name, carrier, TAGS));
        if (span == null) {
            return append.apply(headers);
        }
        Future<T> appended;
        try {
            appended = append.apply(carrier.headers);
        } catch (Throwable thrown) {
            ended(() -> tracer.receiveResponse(caller, List.of(), span, thrown, TAGS));
            throw thrown;
        }
        PromiseInternal<T> promise = caller.promise();
        appended.onComplete((result, failure) -> {
            ended(() -> tracer.receiveResponse(caller, placeOf(result), span, failure, TAGS));
            promise.complete(result, failure);
        });
        return promise.future();
    }

    private ContextInternal caller() {
        ContextInternal current = ContextInternal.current();
        return current == null ? context.unwrap() : current;
    }

    private static List<Tag> placeOf(@Nullable Object result) {
        return result instanceof Appended appended ? place(appended.partition(), appended.offset()) : List.of();
    }

    private static List<Tag> place(long partition, long offset) {
        return List.of(new Tag(PARTITION, Long.toString(partition)), new Tag(OFFSET, Long.toString(offset)));
    }

    /** Takes the fields of a trace into the headers of events. */
    private static final class Carrier implements BiConsumer<String, String> {

        private Headers headers;

        Carrier(Headers headers) {
            this.headers = headers;
        }

        @Override
        public void accept(String name, String value) {
            if (name.equals(Headers.TRACEPARENT)) {
                headers = headers.without(Headers.TRACESTATE); // it belongs to the parent that is replaced
            }
            // Without room for the trace it is left out. One more place is for the id of a command.
            if (headers.size() < Headers.MAX_COUNT - 1 || headers.has(name)) {
                headers = headers.with(name, value);
            }
        }
    }

    // ---- handlers

    /**
     * What a handler is called with.
     *
     * @param group whose handler it is
     * @param offset of its first event
     * @param headers of its events, in their order
     */
    public record Handled(String group, String stream, long partition, long offset, List<Headers> headers) {

        private List<Tag> tags() {
            List<Tag> tags = new ArrayList<>();
            tags.add(new Tag(SYSTEM, "strandline"));
            tags.add(new Tag(STREAM, stream));
            tags.addAll(place(partition, offset));
            tags.add(new Tag(GROUP, group));
            if (headers.size() != 1) {
                tags.add(new Tag(EVENTS, Integer.toString(headers.size())));
            }
            return tags;
        }
    }

    /**
     * Calls a handler within a span of a consumer, as a child of the span that its headers tell. Of several events the first with
     * a trace is the parent: a span has one. The span ends when the handler's future completes. The handler is called without a
     * span if no event has a trace and the policy is not {@link TracingPolicy#ALWAYS}.
     *
     * <p>Each call has a context of its own, a duplicate of the reader's, so that what it begins belongs to its trace alone.
     *
     * @param handler what it throws fails the future, and so does null in its place
     * @return completes on the reader's context, or is complete
     */
    public Future<?> handle(Handled handled, Supplier<? extends @Nullable Future<?>> handler) {
        ContextInternal own = context.duplicate();
        Object span = receive(own, handled);
        Future<?> done;
        ContextInternal before = own.beginDispatch();
        try {
            done = UserCode.orRefused("the handler of group " + handled.group(), handler.get());
        } catch (Throwable thrown) { // an Error must not pass for a processed event either
            done = Future.failedFuture(thrown);
        } finally {
            own.endDispatch(before);
        }
        if (done.isComplete()) {
            ended(own, span, done.cause());
            return done;
        }
        PromiseInternal<Object> ended = context.promise();
        done.onComplete((result, failure) -> {
            ended(own, span, failure);
            ended.complete(result, failure);
        });
        return ended.future();
    }

    private @Nullable Object receive(ContextInternal own, Handled handled) {
        for (Headers headers : handled.headers()) {
            if (!headers.isEmpty()) {
                Object span = receive(own, handled, TracingPolicy.PROPAGATE, headers);
                if (span != null) {
                    return span;
                }
            }
        }
        return policy == TracingPolicy.ALWAYS ? receive(own, handled, policy, Headers.NONE) : null;
    }

    private @Nullable Object receive(ContextInternal own, Handled handled, TracingPolicy wanted, Headers headers) {
        return begun(() -> tracer.receiveRequest(
                own,
                SpanKind.MESSAGING,
                wanted,
                handled.tags(),
                handled.stream() + " process",
                fieldsOf(headers),
                TAGS));
    }

    /** The headers of text, as the tracer looks for its own among them. */
    private static List<Map.Entry<String, String>> fieldsOf(Headers headers) {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        for (String name : headers.names()) {
            if (headers.isText(name)) {
                fields.add(Map.entry(name, String.valueOf(headers.text(name))));
            }
        }
        return fields;
    }

    private void ended(ContextInternal own, @Nullable Object span, @Nullable Throwable failure) {
        if (span != null) {
            ended(() -> tracer.sendResponse(own, List.of(), span, failure, TAGS));
        }
    }

    // ---- a tracer that throws costs spans, and no event

    private @Nullable Object begun(Supplier<@Nullable Object> begin) {
        try {
            return begin.get();
        } catch (Throwable thrown) { // such as an Error of versions that do not fit
            report(thrown);
            return null;
        }
    }

    private void ended(Runnable end) {
        try {
            end.run();
        } catch (Throwable thrown) {
            report(thrown);
        }
    }

    /** The application's handler of exceptions may throw as well. */
    private void report(Throwable thrown) {
        try {
            context.reportException(thrown);
        } catch (Throwable thrownByHandler) {
            LOG.error("the tracer has thrown", thrown);
        }
    }
}
