package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Events at one place of a pipeline that is being described. Each method adds an operator and returns the events after
 * it. Events may be taken by several operators, each of which receives all of them, in the order in which the operators
 * were added.
 *
 * <p>The functions are called on the context of a task, one event after the other. They are deterministic and do not
 * block, as {@link Step} says. A step in which a function throws has no effect and is retried. Then {@link
 * PipelineOptions#setFailurePolicy} decides, by default a pause.
 *
 * <p>Belongs to the thread that describes the pipeline.
 *
 * @param <E> event
 */
public class Events<E> {

    final Pipeline.Builder builder;
    final Operator operator;

    Events(Pipeline.Builder builder, Operator operator) {
        this.builder = builder;
        this.operator = operator;
    }

    /** Replaces each event by another one. A function that returns null drops the event. */
    public <R> Events<R> map(Function<? super E, ? extends @Nullable R> function) {
        return new Events<>(builder, mapped((event, context) -> function.apply(event)));
    }

    /** As {@link #map(Function)}, by event and place. */
    public <R> Events<R> map(BiFunction<? super E, RecordContext, ? extends @Nullable R> function) {
        return new Events<>(builder, mapped(function));
    }

    /** Drops the events that do not match. */
    public Events<E> filter(Predicate<? super E> predicate) {
        return new Events<>(builder, filtered((event, context) -> predicate.test(event)));
    }

    /** As {@link #filter(Predicate)}, by event and place. */
    public Events<E> filter(BiPredicate<? super E, RecordContext> predicate) {
        return new Events<>(builder, filtered(predicate));
    }

    /** Replaces each event by any number of others, in their order. */
    public <R> Events<R> flatMap(Function<? super E, ? extends Iterable<? extends R>> function) {
        return new Events<>(builder, flatMapped((event, context) -> function.apply(event)));
    }

    /** As {@link #flatMap(Function)}, by event and place. */
    public <R> Events<R> flatMap(BiFunction<? super E, RecordContext, ? extends Iterable<? extends R>> function) {
        return new Events<>(builder, flatMapped(function));
    }

    /**
     * Passes on these events and others of the same pipeline.
     *
     * @throws StrandlineException.Invalid if the others are of another pipeline
     */
    public Events<E> merge(Events<? extends E> other) {
        return new Events<>(builder, builder.merge(operator, other.builder, other.operator));
    }

    /** Parts the events that match from those that do not. */
    public Branches<? extends Events<E>> branch(Predicate<? super E> predicate) {
        return new Branches<>(filter(predicate), filter(predicate.negate()));
    }

    /**
     * The two ways that events go.
     *
     * @param matching the events that match
     * @param others the events that do not
     */
    public record Branches<V>(V matching, V others) {}

    /**
     * Groups events by the routing key under which they were appended. The step of an event without routing key fails with
     * Invalid at an operator with state.
     */
    public KeyedEvents<E> keyByRoutingKey() {
        return new KeyedEvents<>(builder, builder.add(new Operator.KeyBy(operator, null)));
    }

    /**
     * Groups events by a key that they name themselves. State is kept per key and per partition of the source, so the function
     * must return the routing key under which the event was appended. At an operator with state the step of an event with another
     * key fails with Invalid, because other tasks may have events and a state of that key. To group by another key, use {@link
     * #keyBy(String, EventCodec, Function)}.
     */
    public KeyedEvents<E> keyBy(Function<? super E, @Nullable String> key) {
        return new KeyedEvents<>(builder, builder.add(new Operator.KeyBy(operator, Untyped.function(key))));
    }

    /**
     * Groups events by any key, and brings the events of a key together from all partitions and sources. They go through an
     * internal stream with a partition for each task after it ({@link PipelineOptions#setShufflePartitions}). The pipeline creates
     * it, removes what it has processed, and deletes it when it is deleted itself. It may be scaled at any time.
     *
     * <p>Events that one task passes on keep their order for each key. Those of several tasks come in the order in which they
     * were appended to the internal stream, which a replay repeats. Event time after it is that of the task before it that lags
     * most. A task whose partition is silent holds nothing back.
     *
     * @param id as {@link KeyedEvents} says. It names the stream, too
     * @param codec writes the events into the internal stream, and reads them
     * @param key event → its key
     * @throws StrandlineException.Invalid if the id is not valid or not the only one, or if it and the name of the pipeline have
     *     more than {@value Pipeline#MAX_SHUFFLE_NAME_LENGTH} characters
     */
    public KeyedEvents<E> keyBy(String id, EventCodec<E> codec, Function<? super E, @Nullable String> key) {
        Operator.Side side = new Operator.Side(operator, codec, Untyped.function(key));
        return new KeyedEvents<>(builder, builder.shuffle(id, List.of(side)));
    }

    /**
     * Appends the events to a stream, under the key at hand. Each reaches the stream exactly once.
     *
     * @param stream full name of an existing stream
     * @return the pipeline's builder
     * @throws StrandlineException.Invalid if the name is not {@code scope/stream}
     */
    public Pipeline.Builder to(String stream, EventCodec<E> codec) {
        return sink(stream, codec, null);
    }

    /**
     * As {@link #to(String, EventCodec)}, under another routing key.
     *
     * @param key event → its routing key, or null for none
     */
    public Pipeline.Builder to(String stream, EventCodec<E> codec, Function<? super E, @Nullable String> key) {
        return sink(stream, codec, Untyped.function(key));
    }

    /**
     * Hands the events to a handler, which writes them where no stream is. Each reaches it at least once: no checkpoint is durable
     * before the handler has completed for all outputs before it, so a restart hands over all outputs after its checkpoint again,
     * those included that the handler had. They are the same outputs with the same {@link HandlerOutput.Position positions}, in the same order,
     * because the steps are deterministic. A handler that keeps the positions of what it has written drops what comes again.
     *
     * <ul>
     * <li><b>Order.</b> Outputs of one task with one key come in the order of the steps, each after the future of the one before has
     * completed, and so do those without key. Outputs with different keys are handled beside each other. A task that takes over a
     * key begins when the handler has completed for all that the one before had of it.
     * <li><b>Back-pressure.</b> A task does no further step while {@link PipelineOptions#setMaxHandlerCalls} of its outputs are with
     * handlers, or wait for them. With 1, all outputs of a task come in order.
     * <li><b>Failures.</b> A future that fails, an exception, null, and no answer within {@link
     * PipelineOptions#setHandlerTimeoutMillis} are failed attempts. The output is handed over again after a pause, as often as {@link
     * PipelineOptions#setMaxAttempts} says. Then the pipeline stops with {@link FailurePolicy#FAIL}, and with all other policies it
     * pauses with the cause, and {@link RunningPipeline#resume} hands the output over again. An output is never passed over, because
     * its step is done. A handler that gives one up completes. Checkpoints fail with the cause meanwhile. After a timeout the former
     * call may still be at work when the next one comes.
     * <li><b>Pauses and the end.</b> Outputs of steps that are done are handed over during a pause too, and {@link
     * RunningPipeline#pause} waits for them. {@link RunningPipeline#close} waits for them with its checkpoint. A pipeline that stops
     * by itself waits for the calls that it has made, and makes no more. A handler must not wait for any of these, nor for a
     * checkpoint.
     * <li><b>Threads.</b> The handler is called on the context of the task, after the step, and may not block on an event loop. The
     * events that it gets are those of the pipeline and must not be changed.
     * <li><b>Repeated steps.</b> An audit calls no handler. A run that was overtaken by a newer one may hand over what it has in hand
     * until it notices.
     * </ul>
     *
     * @param id of the handler, as {@link KeyedEvents} says, at most {@value Operator.Handle#MAX_ID_LENGTH} characters. A version beside
     *     this one ({@link Pipeline#runBeside}) is refused if it has a handler with this id
     * @param handler writes an output. Completes when that is as durable as it must be
     * @return the pipeline's builder
     * @throws StrandlineException.Invalid if the id is not valid or not the only one
     */
    public Pipeline.Builder handle(String id, Function<? super HandlerOutput<E>, Future<Void>> handler) {
        return handled(id, handler, null);
    }

    /**
     * As {@link #handle(String, Function)}, under another key.
     *
     * @param key event → the key within which outputs keep their order, or null for none
     */
    public Pipeline.Builder handle(
            String id,
            Function<? super HandlerOutput<E>, Future<Void>> handler,
            Function<? super E, @Nullable String> key) {
        return handled(id, handler, Untyped.function(key));
    }

    /**
     * Completes the pipeline of these events, with everything that was added to it. For a pipeline whose last operator keeps
     * state and appends nothing.
     *
     * @see Pipeline.Builder#build
     */
    public final Pipeline build() {
        return builder.build();
    }

    private Pipeline.Builder sink(
            String stream, EventCodec<E> codec, @Nullable Function<Object, @Nullable String> key) {
        builder.add(new Operator.Sink(operator, builder.target(stream, codec), key));
        return builder;
    }

    @SuppressWarnings("unchecked") // the handler takes the events of the operator before it
    private Pipeline.Builder handled(
            String id,
            Function<? super HandlerOutput<E>, Future<Void>> handler,
            @Nullable Function<Object, @Nullable String> key) {
        Function<HandlerOutput<Object>, Future<Void>> untyped =
                (Function<HandlerOutput<Object>, Future<Void>>) (Function<?, ?>) handler;
        builder.add(new Operator.Handle(operator, builder.requireId(id), untyped, key));
        return builder;
    }

    final Operator mapped(BiFunction<? super E, RecordContext, ?> function) {
        BiFunction<Object, RecordContext, @Nullable Object> untyped = Untyped.biFunction(function);
        return builder.add(new Operator.Transform(operator, "map", (event, context, out) -> {
            Object result = untyped.apply(event, context);
            if (result != null) {
                out.accept(result);
            }
        }));
    }

    final Operator filtered(BiPredicate<? super E, RecordContext> predicate) {
        BiPredicate<Object, RecordContext> untyped = Untyped.biPredicate(predicate);
        return builder.add(new Operator.Transform(operator, "filter", (event, context, out) -> {
            if (untyped.test(event, context)) {
                out.accept(event);
            }
        }));
    }

    final Operator flatMapped(BiFunction<? super E, RecordContext, ? extends Iterable<?>> function) {
        BiFunction<Object, RecordContext, Iterable<?>> untyped = Untyped.biFunction(function);
        return builder.add(
                new Operator.Transform(operator, "flatMap", (event, context, out) -> untyped.apply(event, context)
                        .forEach(out)));
    }

    /**
     * The events of a stream, as a pipeline reads them.
     *
     * @param <E> event
     */
    public static final class Source<E> extends Events<E> {

        private static final Duration MAX_AHEAD = Duration.ofDays(1);

        private final Operator.Source source;

        Source(Pipeline.Builder builder, Operator.Source source) {
            super(builder, source);
            this.source = source;
        }

        /**
         * Says what time an event is of. Without it the time of an event is its stamp, which never decreases within a
         * partition.
         *
         * <p>The watermark of a task is the highest time that it has met, less the disorder. An event is late if the watermark
         * has passed the end of its window. A time of more than a day after the event's own stamp does not move the watermark,
         * so that one wrong clock does not make all others late. Events of a plan, whose times lie further ahead, need
         * {@link #eventTime(ToLongFunction, Duration, Duration)}.
         *
         * @param millis event → its time in milliseconds since the epoch
         * @param disorder how much lower than the highest time before it the time of an event may be
         * @throws StrandlineException.Invalid if the disorder is negative or longer than {@link Windows#MAX_MILLIS}
         */
        public Events<E> eventTime(ToLongFunction<? super E> millis, Duration disorder) {
            return eventTime(millis, disorder, MAX_AHEAD);
        }

        /**
         * As {@link #eventTime(ToLongFunction, Duration)}, for events whose times may be after their stamps, as those of bookings.
         *
         * @param maxAhead how much later than its stamp the time of an event may be and still move the watermark
         * @throws StrandlineException.Invalid if a span is negative or longer than {@link Windows#MAX_MILLIS}
         */
        public Events<E> eventTime(ToLongFunction<? super E> millis, Duration disorder, Duration maxAhead) {
            Operator.Source timed = new Operator.Source(
                    source.stream(),
                    source.codec(),
                    Untyped.toLong(millis),
                    Windows.requireSpan("disorder", disorder),
                    Windows.requireSpan("time ahead", maxAhead));
            return new Events<>(builder, builder.replace(source, timed));
        }
    }

    /**
     * Lets the functions of an application take objects of any type. The types of {@link Events} have made sure that each
     * function receives what the operator before it passes on.
     */
    @SuppressWarnings("unchecked") // said above
    static final class Untyped {

        private Untyped() {}

        static <R extends @Nullable Object> Function<Object, R> function(Function<?, R> function) {
            return (Function<Object, R>) function;
        }

        static Function<Object, @Nullable Object> nullable(Function<?, ?> function) {
            return (Function<Object, @Nullable Object>) function;
        }

        static <C, R extends @Nullable Object> BiFunction<Object, C, R> biFunction(
                BiFunction<?, C, ? extends R> function) {
            return (BiFunction<Object, C, R>) function;
        }

        static <C> BiPredicate<Object, C> biPredicate(BiPredicate<?, C> predicate) {
            return (BiPredicate<Object, C>) predicate;
        }

        static ToLongFunction<Object> toLong(ToLongFunction<?> function) {
            return (ToLongFunction<Object>) function;
        }

        static BiFunction<Object, Object, Object> both(BiFunction<?, ?, ?> function) {
            return (BiFunction<Object, Object, Object>) function;
        }

        static BiFunction<@Nullable Object, @Nullable Object, @Nullable Object> joiner(BiFunction<?, ?, ?> function) {
            return (BiFunction<@Nullable Object, @Nullable Object, @Nullable Object>) function;
        }

        static BinaryOperator<Object> merge(BinaryOperator<?> function) {
            return (BinaryOperator<Object>) function;
        }

        static Step<Object, Object, Object> step(Step<?, ?, ?> step) {
            return (Step<Object, Object, Object>) step;
        }

        static TimerStep<Object, Object> timer(TimerStep<?, ?> step) {
            return (TimerStep<Object, Object>) step;
        }
    }
}
