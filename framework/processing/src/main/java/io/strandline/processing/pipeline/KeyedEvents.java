package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Events that are grouped by a key. Operators with state keep one state for each key. All events of a key go through the
 * same task, in their order.
 *
 * <p>An operator with state has an id by the rules of names of streams, which no other operator of the pipeline has. Its
 * state is found again under that id when the pipeline is changed.
 *
 * @param <E> event
 */
public final class KeyedEvents<E> extends Events<E> {

    KeyedEvents(Pipeline.Builder builder, Operator operator) {
        super(builder, operator);
    }

    @Override
    public <R> KeyedEvents<R> map(Function<? super E, ? extends @Nullable R> function) {
        return new KeyedEvents<>(builder, mapped((event, context) -> function.apply(event)));
    }

    @Override
    public <R> KeyedEvents<R> map(BiFunction<? super E, RecordContext, ? extends @Nullable R> function) {
        return new KeyedEvents<>(builder, mapped(function));
    }

    @Override
    public KeyedEvents<E> filter(Predicate<? super E> predicate) {
        return new KeyedEvents<>(builder, filtered((event, context) -> predicate.test(event)));
    }

    @Override
    public KeyedEvents<E> filter(BiPredicate<? super E, RecordContext> predicate) {
        return new KeyedEvents<>(builder, filtered(predicate));
    }

    @Override
    public <R> KeyedEvents<R> flatMap(Function<? super E, ? extends Iterable<? extends R>> function) {
        return new KeyedEvents<>(builder, flatMapped((event, context) -> function.apply(event)));
    }

    @Override
    public <R> KeyedEvents<R> flatMap(BiFunction<? super E, RecordContext, ? extends Iterable<? extends R>> function) {
        return new KeyedEvents<>(builder, flatMapped(function));
    }

    /**
     * Passes on these events and others that are grouped by the same kind of key.
     *
     * @throws StrandlineException.Invalid if the others are of another pipeline
     */
    public KeyedEvents<E> merge(KeyedEvents<? extends E> other) {
        return new KeyedEvents<>(builder, builder.merge(operator, other.builder, other.operator));
    }

    @Override
    public Branches<KeyedEvents<E>> branch(Predicate<? super E> predicate) {
        return new Branches<>(filter(predicate), filter(predicate.negate()));
    }

    /**
     * Folds the events of a key, and passes on each state.
     *
     * @param codec writes and reads states for checkpoints, on a worker thread, at the same time as others. Equal states
     *     must give equal bytes
     * @param initial key → the state before its first event
     * @param add state and event → the next state, or null to forget the key, which passes on nothing
     * @throws StrandlineException.Invalid if the id is not valid or not the only one
     */
    public <S> KeyedEvents<S> aggregate(
            String id,
            EventCodec<S> codec,
            Function<String, ? extends S> initial,
            BiFunction<? super S, ? super E, ? extends @Nullable S> add) {
        Step<S, E, S> step = (state, event, context) -> {
            S next = add.apply(state, event);
            if (next != null) {
                context.emit(next);
            }
            return next;
        };
        return keyed("aggregate", id, codec, initial, step, null);
    }

    /**
     * Folds the events of a key into one event, and passes on each result. The first event of a key is its first result.
     *
     * @param codec writes and reads results for checkpoints, as in {@link #aggregate}
     * @param add result and event → the next result
     * @throws StrandlineException.Invalid if the id is not valid or not the only one
     */
    public KeyedEvents<E> reduce(String id, EventCodec<E> codec, BinaryOperator<E> add) {
        BiFunction<Object, E, E> fold = Fold.of(add);
        Step<Object, E, E> step = (state, event, context) -> {
            E next = fold.apply(state, event);
            context.emit(next);
            return next;
        };
        return keyed("reduce", id, codec, key -> Fold.NOTHING, step, null);
    }

    /**
     * Keeps a state for each key, and passes on what the step emits.
     *
     * @param codec writes and reads states for checkpoints, as in {@link #aggregate}
     * @param initial key → the state before its first event
     * @throws StrandlineException.Invalid if the id is not valid or not the only one
     */
    public <S, R> KeyedEvents<R> process(
            String id, EventCodec<S> codec, Function<String, ? extends S> initial, Step<S, E, R> step) {
        return keyed("process", id, codec, initial, step, null);
    }

    /**
     * As {@link #process(String, EventCodec, Function, Step)}, with timers.
     *
     * @param timer is called when a timer fires that the step or it has set
     */
    public <S, R> KeyedEvents<R> process(
            String id,
            EventCodec<S> codec,
            Function<String, ? extends S> initial,
            Step<S, E, R> step,
            TimerStep<S, R> timer) {
        return keyed("process", id, codec, initial, step, timer);
    }

    private <R> KeyedEvents<R> keyed(
            String kind,
            String id,
            EventCodec<?> codec,
            Function<String, ?> initial,
            Step<?, E, R> step,
            @Nullable TimerStep<?, R> timer) {
        Operator.Keyed keyed = new Operator.Keyed(
                operator,
                kind,
                builder.requireId(id),
                codec,
                initial::apply,
                Untyped.step(step),
                timer == null ? null : Untyped.timer(timer));
        return new KeyedEvents<>(builder, builder.add(keyed));
    }

    /** Groups the events of a key by event time, too. */
    public WindowedEvents<E> window(Windows windows) {
        return new WindowedEvents<>(builder, operator, windows, 0, null);
    }
}
