package io.strandline.testkit;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.impl.operator.EventTime;
import io.strandline.processing.pipeline.impl.operator.OperatorStates;
import io.strandline.processing.pipeline.impl.operator.Operators;
import io.strandline.processing.pipeline.impl.operator.StateEntry;
import io.strandline.processing.pipeline.impl.operator.StateStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * <p>It is one task with one partition, which has every key. Every event and output is stored and read back by its codec on
 * the way, and {@link #restart} does so with every state: one that comes back different throws {@link AssertionError}.
 * Whatever a function of the pipeline throws is thrown by {@link #send}.
 */
public final class PipelineDriver {

    private static final PartitionDescription ALL =
            new PartitionDescription(0, 0, KeyRange.equalRanges(1).get(0));

    private final Pipeline pipeline;
    private final Map<StreamName, List<Output>> outputs = new LinkedHashMap<>();
    private OperatorStates states;
    private Operators operators;
    private long offset;
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
        this.states = new OperatorStates(pipeline.topology(), EventTime.START);
        this.operators = run();
        pipeline.sinks().forEach(sink -> outputs.put(sink, new ArrayList<>()));
    }

    /** A pipeline before its first event. */
    public static PipelineDriver of(Pipeline pipeline) {
        return new PipelineDriver(pipeline);
    }

    private Operators run() {
        return new Operators(pipeline.topology(), ALL, offset, states, this::emit);
    }

    private void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
        Object stored = Stored.andRead(pipeline + ", sink " + target.stream(), codec(target.codec()), event);
        Objects.requireNonNull(outputs.get(target.stream())).add(new Output(key, headers, stored));
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
     */
    public PipelineDriver send(@Nullable String key, Headers headers, Object event) {
        EventCodec<Object> codec = codec(pipeline.topology().source().codec());
        Object stored = Stored.andRead(pipeline + ", source " + pipeline.source(), codec, event);
        step(() -> operators.event(
                new EventRecord<>(ALL.id(), offset, nowMillis, key, codec.typeOf(event), headers, stored)));
        offset++;
        while (operators.isDue()) {
            step(operators::fire);
        }
        return this;
    }

    private static void step(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            Throwable thrown = Operators.causeOf(e);
            if (thrown instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new AssertionError(thrown.getMessage(), thrown);
        }
    }

    /** Events that come from now on have later stamps, which are their event times if the pipeline names no others. */
    public PipelineDriver elapse(Duration duration) {
        nowMillis += duration.toMillis();
        return this;
    }

    /**
     * Goes on with what a checkpoint would keep.
     *
     * @throws AssertionError if a state comes back different from its codec
     */
    public PipelineDriver restart() {
        OperatorStates restored = new OperatorStates(pipeline.topology(), states.time());
        for (StateStore store : states.stores()) {
            store.forEach(entry -> restored.store(store.id()).restore(stored(store, entry)));
        }
        states = restored;
        operators = run();
        return this;
    }

    private StateEntry stored(StateStore store, StateEntry entry) {
        Object value = entry.value();
        Object read =
                value == null ? null : Stored.andRead(pipeline + ", operator " + store.id(), store.codec(), value);
        return new StateEntry(entry.at(), entry.key(), entry.times(), read);
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
        List<Object> found = new ArrayList<>();
        states.store(operator).forEach(entry -> {
            Object value = entry.value();
            if (entry.key().equals(key) && entry.at() == start && value != null) {
                found.add(value);
            }
        });
        return found.isEmpty() ? null : found.get(0);
    }

    /** See {@link io.strandline.processing.pipeline.RecordContext#watermark}. */
    public long watermark() {
        return operators.watermark();
    }

    /** Number of events that came too late since the last start. */
    public long lateEvents() {
        return operators.lateEvents();
    }
}
