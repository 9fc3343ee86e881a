package io.strandline.testkit;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.StreamName;
import io.strandline.internal.Implementation;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineTask;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Pipeline} as it is deployed, without a log, without Vert.x and in virtual time, on the test's thread:
 *
 * <pre>{@code
 * PipelineDriver views = PipelineDriver.of(PER_MINUTE)
 *         .send("/home", new View("/home", 0))
 *         .send("/home", new View("/home", 59_000))
 *         .send("/home", new View("/home", 70_000));
 * assertThat(views.<Count>take("site/counts")).containsExactly(new Count("/home", 0, 2));
 * }</pre>
 *
 * <p>It is one task with one partition, which has every key, and one more after each shuffle. Every event and output is stored and read back by its codec on
 * the way, and {@link #restart} does so with every state: one that comes back different throws {@link AssertionError}.
 * Whatever a function of the pipeline throws is thrown by {@link #send}, a checked exception as a cause.
 */
public final class PipelineDriver {

    private final Pipeline pipeline;
    private final Map<StreamName, List<Output>> outputs = new LinkedHashMap<>();
    /** Id of a handler → outputs that it has not been given. */
    private final Map<String, Deque<HandlerOutput<Object>>> handled = new LinkedHashMap<>();

    private final PipelineTask task;
    private final Map<StreamName, Operator.Source> sources = new LinkedHashMap<>();
    /** Of the next event of each source. */
    private final Map<StreamName, Long> offsets = new HashMap<>();

    private long nowMillis = VirtualClock.START_MILLIS;

    /**
     * An event for a sink.
     *
     * @param key its routing key there, or null
     * @param headers with the reason if the event came too late for its window
     */
    public record Output(@Nullable String key, Headers headers, Object event) {}

    private PipelineDriver(Pipeline pipeline) {
        this.pipeline = pipeline;
        for (Operator operator : pipeline.topology().operators()) {
            if (operator instanceof Operator.Source source) {
                sources.put(source.stream(), source);
            }
        }
        this.task = Implementation.of(Pipeline.Provider.class).task(pipeline, new Taker());
        pipeline.sinks().forEach(sink -> outputs.put(sink, new ArrayList<>()));
        pipeline.topology().handlers().forEach(sink -> handled.put(sink.id(), new ArrayDeque<>()));
    }

    /** A pipeline before its first event. */
    public static PipelineDriver of(Pipeline pipeline) {
        return new PipelineDriver(pipeline);
    }

    private final class Taker implements PipelineTask.Outputs {

        @Override
        public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
            Object stored = Stored.andRead(pipeline + ", sink " + target.stream(), codec(target.codec()), event);
            Objects.requireNonNull(outputs.get(target.stream())).add(new Output(key, headers, stored));
        }

        @Override
        public void handle(Operator.Handle sink, HandlerOutput<Object> output) {
            Objects.requireNonNull(handled.get(sink.id())).add(output);
        }
    }

    @SuppressWarnings("unchecked") // each is used with what its operator passes on
    private static EventCodec<Object> codec(EventCodec<?> codec) {
        return (EventCodec<Object>) codec;
    }

    /** An event of the source without headers comes. See {@link #send(String, Headers, Object)}. */
    public PipelineDriver send(@Nullable String key, Object event) {
        return send(key, Headers.NONE, event);
    }

    /**
     * An event of the source comes, and everything is done that is due after it.
     *
     * @param key its routing key, or null
     * @throws AssertionError if the pipeline has several sources
     */
    public PipelineDriver send(@Nullable String key, Headers headers, Object event) {
        if (sources.size() > 1) {
            throw new AssertionError(pipeline + " has sources " + sources.keySet() + ": use sendTo to name one");
        }
        return sendTo(pipeline.source().toString(), key, headers, event);
    }

    /** An event of one of several sources comes, without headers. See {@link #sendTo(String, String, Headers, Object)}. */
    public PipelineDriver sendTo(String stream, @Nullable String key, Object event) {
        return sendTo(stream, key, Headers.NONE, event);
    }

    /**
     * An event of one of several sources comes, and everything is done that is due after it, in the stages after shuffles, too.
     *
     * @param stream full name of the source
     * @param key its routing key, or null
     * @throws AssertionError if the pipeline has no such source
     */
    public PipelineDriver sendTo(String stream, @Nullable String key, Headers headers, Object event) {
        StreamName name = StreamName.parse(stream);
        Operator.Source source = sources.get(name);
        if (source == null) {
            throw new AssertionError(pipeline + " has sources " + sources.keySet() + ", and not " + stream);
        }
        EventCodec<Object> codec = codec(source.codec());
        Object stored = Stored.andRead(pipeline + ", source " + stream, codec, event);
        long offset = offsets.merge(name, 1L, Long::sum) - 1;
        task.event(name, new EventRecord<>(0, offset, nowMillis, key, codec.typeOf(event), headers, stored));
        return this;
    }

    /**
     * Time passes: timers of the clock fire, and events that come from now on have later stamps, which are their event times if
     * the pipeline names no others.
     */
    public PipelineDriver elapse(Duration duration) {
        nowMillis += duration.toMillis();
        task.tick(nowMillis, false);
        return this;
    }

    /**
     * Time passes without events, for longer than {@link io.strandline.processing.pipeline.PipelineOptions#setSilenceMillis}: event time goes on
     * with the clock, as far as results wait for it.
     */
    public PipelineDriver silence(Duration duration) {
        nowMillis += duration.toMillis();
        task.tick(nowMillis, true);
        return this;
    }

    /**
     * Goes on with what a checkpoint would keep.
     *
     * @throws AssertionError if a state comes back different from its codec
     */
    public PipelineDriver restart() {
        task.restart((operator, codec, state) -> Stored.andRead(pipeline + ", operator " + operator, codec, state));
        return this;
    }

    /**
     * The events for a sink since the last call, in their order.
     *
     * @param <O> event of the sink
     * @param stream full name of a sink
     * @throws AssertionError if the pipeline has no such sink
     */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as the test says
    public <O> List<O> take(String stream) {
        return (List<O>) takeOutputs(stream).stream().map(Output::event).toList();
    }

    /** As {@link #take}, with keys and headers. */
    public List<Output> takeOutputs(String stream) {
        List<Output> ofSink = outputs.get(StreamName.parse(stream));
        if (ofSink == null) {
            throw new AssertionError(pipeline + " has sinks " + outputs.keySet() + ", and not " + stream);
        }
        List<Output> taken = List.copyOf(ofSink);
        ofSink.clear();
        return taken;
    }

    /**
     * The outputs for a handler since the last call, in the order of their steps. The handler is not called.
     *
     * @param <O> event of the handler
     * @param handler its id
     * @throws AssertionError if the pipeline has no such handler
     */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as the test says
    public <O> List<HandlerOutput<O>> takeHandled(String handler) {
        Deque<HandlerOutput<Object>> waiting = waiting(handler);
        List<HandlerOutput<O>> taken = new ArrayList<>();
        waiting.forEach(output -> taken.add((HandlerOutput<O>) (HandlerOutput<?>) output));
        waiting.clear();
        return taken;
    }

    /**
     * Hands the outputs since the last call to a handler of the pipeline, each when it has completed for the one before. Fails with its
     * first failure: that output and those after it are left for the next call, as after a crash.
     *
     * @param handler its id
     * @throws AssertionError if the pipeline has no such handler
     */
    public Future<Void> handle(String handler) {
        Deque<HandlerOutput<Object>> waiting = waiting(handler);
        Function<HandlerOutput<Object>, Future<Void>> function = pipeline.topology().handlers().stream()
                .filter(sink -> sink.id().equals(handler))
                .findFirst()
                .orElseThrow()
                .handler();
        Future<Void> last = Future.succeededFuture();
        for (HandlerOutput<Object> output : List.copyOf(waiting)) {
            last = last.compose(before -> UserCode.future("handler " + handler, () -> function.apply(output)))
                    .onSuccess(done -> waiting.remove(output));
        }
        return last;
    }

    private Deque<HandlerOutput<Object>> waiting(String handler) {
        Deque<HandlerOutput<Object>> waiting = handled.get(handler);
        if (waiting == null) {
            throw new AssertionError(pipeline + " has handlers " + handled.keySet() + ", and not " + handler);
        }
        return waiting;
    }

    /**
     * The state of a key, or null if it has none.
     *
     * @param operator id of an operator without windows
     */
    public @Nullable Object state(String operator, String key) {
        return window(operator, key, 0);
    }

    /**
     * The value of a key in a window, or null if it has none.
     *
     * @param operator id of an operator with windows
     * @param start first millisecond of the window
     */
    public @Nullable Object window(String operator, String key, long start) {
        return task.state(operator, key, start);
    }

    /** See {@link io.strandline.processing.pipeline.RecordContext#watermark}. */
    public long watermark() {
        return task.watermark();
    }

    /** Number of events that came too late since the last start. */
    public long lateEvents() {
        return task.lateEvents();
    }
}
