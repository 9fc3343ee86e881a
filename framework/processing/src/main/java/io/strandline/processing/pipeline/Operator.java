package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.StreamName;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One operator of a {@link Topology}. Applications describe operators by {@link Events} and its kinds. What runs a
 * pipeline reads them here. Two operators are the same only if they are the same object.
 */
public sealed interface Operator {

    /** The operators whose events it takes. */
    List<Operator> inputs();

    /** What it does, in a few words. */
    String label();

    /** Has state under an id of its own. */
    sealed interface WithState extends Operator {

        /** Explicit, because state outlives changes of the topology. */
        String id();

        /** Writes and reads its state. */
        EventCodec<?> codec();
    }

    /**
     * The events of a stream.
     *
     * @param time event → event time in milliseconds since the epoch, or null for its stamp
     * @param disorderMillis how much later than an event with a higher time an event may come
     */
    record Source(
            StreamName stream,
            EventCodec<?> codec,
            @Nullable ToLongFunction<Object> time,
            long disorderMillis) implements Operator {

        @Override
        public List<Operator> inputs() {
            return List.of();
        }

        @Override
        public String label() {
            return "from " + stream;
        }
    }

    /**
     * Passes on any number of events for one.
     *
     * @param kind what it is called
     */
    record Transform(Operator input, String kind, Transformation function) implements Operator {

        @Override
        public List<Operator> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return kind;
        }
    }

    /** Passes on the events of several operators. */
    record Merge(List<Operator> inputs) implements Operator {

        public Merge {
            inputs = List.copyOf(inputs);
        }

        @Override
        public String label() {
            return "merge";
        }
    }

    /**
     * Groups events.
     *
     * @param key event → its key, or null for the routing key
     */
    record KeyBy(Operator input, @Nullable Function<Object, @Nullable String> key) implements Operator {

        @Override
        public List<Operator> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return key == null ? "by routing key" : "by key";
        }
    }

    /**
     * Keeps a state for each key.
     *
     * @param kind what it is called
     * @param initial key → the state before its first event
     * @param timer computes when a timer fires, or null if it sets none
     */
    record Keyed(
            Operator input,
            String kind,
            String id,
            EventCodec<?> codec,
            Function<String, Object> initial,
            Step<Object, Object, Object> step,
            @Nullable TimerStep<Object, Object> timer)
            implements WithState {

        @Override
        public List<Operator> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return kind + " " + id;
        }
    }

    /**
     * Keeps a value for each key and window.
     *
     * @param windows how time is cut
     * @param latenessMillis how long after the end of a window its events are taken
     * @param initial key → the value before the window's first event
     * @param add value and event → the next value
     * @param merge values of two sessions that became one → the value of both, or null if windows never become one
     * @param late takes the events that come too late, or null
     */
    record Window(
            Operator input,
            String id,
            EventCodec<?> codec,
            Windows windows,
            long latenessMillis,
            Function<String, Object> initial,
            BiFunction<Object, Object, Object> add,
            @Nullable BinaryOperator<Object> merge,
            @Nullable Target late)
            implements WithState {

        @Override
        public List<Operator> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "window " + id + ", " + windows;
        }
    }

    /**
     * Appends events to a stream.
     *
     * @param key event → its routing key there, or null for the key at hand
     */
    record Sink(Operator input, Target target, @Nullable Function<Object, @Nullable String> key) implements Operator {

        @Override
        public List<Operator> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "to " + target.stream();
        }
    }

    /** A stream and how events are written to it. */
    record Target(StreamName stream, EventCodec<?> codec) {}

    /** What a {@link Transform} does with an event. */
    @FunctionalInterface
    interface Transformation {

        /** Passes on what comes of an event. */
        void apply(Object event, RecordContext context, Consumer<Object> out);
    }
}
