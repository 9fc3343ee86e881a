package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import java.time.Duration;
import java.util.List;
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

    /** Most ids of a key that {@link #deduplicate} knows at a time. */
    public static final int MAX_IDS = 100_000;

    /** Of the operators with state that are added here. 0 for ever. */
    private final long timeToLiveMillis;

    KeyedEvents(Pipeline.Builder builder, Operator operator) {
        this(builder, operator, 0);
    }

    private KeyedEvents(Pipeline.Builder builder, Operator operator, long timeToLiveMillis) {
        super(builder, operator);
        this.timeToLiveMillis = timeToLiveMillis;
    }

    /**
     * Lets {@link #aggregate}, {@link #reduce}, {@link #process} and {@link #asTable} forget the state of a key when the watermark
     * has gone on by this time since the last event or timer of the key. This holds for the operators that are added to
     * the events returned and to whatever becomes of them, until they are grouped by a key or by a window, or are a table. After a join it is the
     * time to live of its left side. Windows, joins and {@link #deduplicate} forget by themselves.
     *
     * <p>A key that is forgotten begins again with its next event. Its timers stay. A table passes on that the key has no
     * value any more. What a checkpoint stores is the time at which the key was last touched, so the time to live may be changed,
     * added and left out later. A state from before it was added counts from the restart on.
     *
     * @throws StrandlineException.Invalid if it is less than 1 ms, or longer than {@link Windows#MAX_MILLIS}
     */
    public KeyedEvents<E> timeToLive(Duration time) {
        long millis = Windows.requireSpan("time to live", time);
        if (millis == 0) {
            throw new StrandlineException.Invalid("the time to live " + time + " is less than 1 ms");
        }
        return new KeyedEvents<>(builder, operator, millis);
    }

    /** Events of the same keys, and of the same time to live. */
    private <R> KeyedEvents<R> same(Operator after) {
        return new KeyedEvents<>(builder, after, timeToLiveMillis);
    }

    @Override
    public <R> KeyedEvents<R> map(Function<? super E, ? extends @Nullable R> function) {
        return same(mapped((event, context) -> function.apply(event)));
    }

    @Override
    public <R> KeyedEvents<R> map(BiFunction<? super E, RecordContext, ? extends @Nullable R> function) {
        return same(mapped(function));
    }

    @Override
    public KeyedEvents<E> filter(Predicate<? super E> predicate) {
        return same(filtered((event, context) -> predicate.test(event)));
    }

    @Override
    public KeyedEvents<E> filter(BiPredicate<? super E, RecordContext> predicate) {
        return same(filtered(predicate));
    }

    @Override
    public <R> KeyedEvents<R> flatMap(Function<? super E, ? extends Iterable<? extends R>> function) {
        return same(flatMapped((event, context) -> function.apply(event)));
    }

    @Override
    public <R> KeyedEvents<R> flatMap(BiFunction<? super E, RecordContext, ? extends Iterable<? extends R>> function) {
        return same(flatMapped(function));
    }

    /**
     * Passes on these events and others that are grouped by the same kind of key.
     *
     * @throws StrandlineException.Invalid if the others are of another pipeline
     */
    public KeyedEvents<E> merge(KeyedEvents<? extends E> other) {
        return same(builder.merge(operator, other.builder, other.operator));
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
                timer == null ? null : Untyped.timer(timer),
                timeToLiveMillis);
        return same(builder.add(keyed));
    }

    /** Groups the events of a key by event time, too. */
    public WindowedEvents<E> window(Windows windows) {
        return new WindowedEvents<>(builder, operator, windows, new WindowedEvents.Passing(0, 0, false), null);
    }

    /**
     * Pairs these events with others of the same key whose time is near.
     *
     * @param right grouped by the same kind of key. May be these events themselves
     * @param before how much earlier than an event here one of the others may be
     * @param after how much later than an event here one of the others may be
     * @throws StrandlineException.Invalid if a span is negative or longer than {@link Windows#MAX_MILLIS}, or if the others
     *     are of another pipeline
     */
    public <R> Joined<E, R> join(KeyedEvents<R> right, Duration before, Duration after) {
        builder.requireSame(right.builder);
        return new Joined<>(
                this,
                right,
                Windows.requireSpan("time before", before),
                Windows.requireSpan("time after", after),
                null,
                null);
    }

    /**
     * Joins each event with the value that a table has for its key at the moment at which the event is processed. An event
     * whose key has none is dropped. A task processes events in the order of its partition, and an event goes through the
     * operators in the order in which they were added. So a table that is filled by the same events has the value of this
     * event, if it was added before.
     *
     * @param table grouped by the same kind of key
     * @param joiner event and value → what is passed on, or null for nothing
     * @throws StrandlineException.Invalid if the table is of another pipeline
     */
    public <V, J> KeyedEvents<J> join(
            KeyedTable<V> table, BiFunction<? super E, ? super V, ? extends @Nullable J> joiner) {
        return lookup(Operator.JoinKind.INNER, table, joiner);
    }

    /**
     * As {@link #join(KeyedTable, BiFunction)}, for events whose key has no value, too.
     *
     * @param joiner event and value, which is null if there is none → what is passed on, or null for nothing
     */
    public <V, J> KeyedEvents<J> leftJoin(
            KeyedTable<V> table, BiFunction<? super E, ? super @Nullable V, ? extends @Nullable J> joiner) {
        return lookup(Operator.JoinKind.LEFT, table, joiner);
    }

    /**
     * As {@link #join(KeyedTable, BiFunction)}, with a table of another source or shuffle. A shuffle of the pipeline brings
     * the events and the values of the table together, and the table is kept after it. Its order decides which value an
     * event meets: that of the last change before the event. The events may be grouped by any key, because the shuffle brings
     * them to it.
     *
     * <p>The table is loaded first, and does not move event time, unless it is taken {@link KeyedTable#asItComes}.
     *
     * @param id of the shuffle, as {@link KeyedEvents} says. Without effect if events and table are together already
     * @param codec writes the events into the internal stream, and reads them
     * @throws StrandlineException.Invalid also if the id is not valid or not the only one, or if the table is a join of tables
     *     that is elsewhere
     */
    public <V, J> KeyedEvents<J> join(
            String id,
            KeyedTable<V> table,
            EventCodec<E> codec,
            BiFunction<? super E, ? super V, ? extends @Nullable J> joiner) {
        return together(id, Operator.JoinKind.INNER, table, codec, joiner);
    }

    /**
     * As {@link #join(String, KeyedTable, EventCodec, BiFunction)}, for events whose key has no value, too.
     *
     * @param joiner event and value, which is null if there is none → what is passed on, or null for nothing
     */
    public <V, J> KeyedEvents<J> leftJoin(
            String id,
            KeyedTable<V> table,
            EventCodec<E> codec,
            BiFunction<? super E, ? super @Nullable V, ? extends @Nullable J> joiner) {
        return together(id, Operator.JoinKind.LEFT, table, codec, joiner);
    }

    private <J> KeyedEvents<J> together(
            String id, Operator.JoinKind kind, KeyedTable<?> table, EventCodec<E> codec, BiFunction<?, ?, ?> joiner) {
        builder.requireSame(table.builder);
        if (builder.areTogether(List.of(operator, table.operator))) {
            builder.requireId(id);
            return lookup(kind, table, joiner);
        }
        List<Operator.FromSide> sides =
                builder.gather(id, List.of(new Operator.Side(operator, codec, null), table.besideEvents(id)));
        return new KeyedEvents<E>(builder, sides.get(0), timeToLiveMillis)
                .lookup(kind, table.after(sides.get(1)), joiner);
    }

    private <J> KeyedEvents<J> lookup(Operator.JoinKind kind, KeyedTable<?> table, BiFunction<?, ?, ?> joiner) {
        builder.requireSame(table.builder);
        if (!builder.areTogether(List.of(operator, table.operator))) {
            throw new StrandlineException.Invalid(
                    "this " + kind.label() + " takes events and a table of several sources"
                            + " or shuffles: give it an id, and the codec of the events, and it brings them together");
        }
        Operator.Lookup lookup = new Operator.Lookup(operator, table.operator, kind, Untyped.joiner(joiner));
        return same(builder.add(lookup));
    }

    /**
     * Reads the events as a table: the last event of a key, in the order of the log, is its value.
     *
     * @param id as {@link KeyedEvents} says
     * @param codec writes and reads values for checkpoints, as in {@link #aggregate}
     * @throws StrandlineException.Invalid if the id is not valid or not the only one
     */
    public KeyedTable<E> asTable(String id, EventCodec<E> codec) {
        return asTable(id, codec, event -> event);
    }

    /**
     * As {@link #asTable(String, EventCodec)}, with a value that is made of the event.
     *
     * @param value event → the value of its key from now on, or null if the event says that the key has none any more
     */
    public <V> KeyedTable<V> asTable(String id, EventCodec<V> codec, Function<? super E, ? extends @Nullable V> value) {
        Operator.Table table =
                new Operator.Table(operator, builder.requireId(id), codec, Untyped.nullable(value), timeToLiveMillis);
        return new KeyedTable<>(builder, builder.add(table));
    }

    /**
     * Drops the events that have come before: those of a key whose id the key has passed on already. An id is known until
     * the watermark is later than the time of its event by more than {@code within}.
     *
     * <p>An event whose time is that much earlier than the watermark is late: nobody knows whether it came before. It is
     * counted and dropped. {@link #deduplicate(String, BiFunction, Duration, String, EventCodec)} appends it to a stream.
     *
     * @param id as {@link KeyedEvents} says
     * @param eventId event → its id, which is the same for every repeat
     * @param within how long an id is known. A key may have {@value #MAX_IDS} ids in this time. One more fails the
     *     step as Overloaded
     * @throws StrandlineException.Invalid if the id is not valid or not the only one, or if the time is negative or longer
     *     than {@link Windows#MAX_MILLIS}
     */
    public KeyedEvents<E> deduplicate(String id, Function<? super E, String> eventId, Duration within) {
        return deduplicated(id, (event, context) -> eventId.apply(event), within, null);
    }

    /**
     * As {@link #deduplicate(String, Function, Duration)}, by event and place, as for an id that is a header.
     *
     * @param eventId event and place → the event's id
     */
    public KeyedEvents<E> deduplicate(
            String id, BiFunction<? super E, RecordContext, String> eventId, Duration within) {
        return deduplicated(id, eventId, within, null);
    }

    /**
     * As {@link #deduplicate(String, BiFunction, Duration)}. Appends the events that come too late to a stream, under their
     * key. A header {@code strandline-late} names the operator, the event time, up to when ids are known, and the watermark.
     *
     * @param lateStream full name of an existing stream
     */
    public KeyedEvents<E> deduplicate(
            String id,
            BiFunction<? super E, RecordContext, String> eventId,
            Duration within,
            String lateStream,
            EventCodec<E> lateCodec) {
        return deduplicated(id, eventId, within, builder.target(lateStream, lateCodec));
    }

    private KeyedEvents<E> deduplicated(
            String id,
            BiFunction<? super E, RecordContext, String> eventId,
            Duration within,
            Operator.@Nullable Target late) {
        Operator.Deduplicate deduplicate = new Operator.Deduplicate(
                operator,
                builder.requireId(id),
                StateCodecs.OfIds.INSTANCE,
                Untyped.biFunction(eventId),
                Windows.requireSpan("time", within),
                late);
        return same(builder.add(deduplicate));
    }

    /**
     * Events of two sides that are paired by key and event time. A left event of time {@code t} is the partner of each right
     * event of its key whose time is within {@code t - before} and {@code t + after}, both included.
     *
     * <p>A pair is passed on at once, when the second of the two comes. Pairs of one event come in the order of the times of
     * its partners, then in the order in which those came. A pair has the higher one of their times.
     *
     * <p>An event without a partner is passed on alone, if the join says so, when the watermark has passed its bound: then none
     * can come any more that is not late. It has the last millisecond of its bound, as the result of a window has. Events are
     * forgotten at that moment, in the order of their bounds, then of their keys.
     *
     * <p>The sides may come of several sources or shuffles. Then a shuffle of the pipeline, under the id of the join, brings them
     * together, as {@link Events#keyBy(String, EventCodec, Function)} does.
     *
     * <p>An event is late if no event that is still held, or may still come in time, can be its partner. It is counted, and
     * appended to a stream of late events if there is one. One that comes after its own bound, and not as late as that, is
     * paired with the events that are held, or passed on alone at once, and is not held itself.
     *
     * <p>Events are immutable, because a checkpoint may be writing one while it waits.
     *
     * <p>Immutable.
     *
     * @param <L> event of the left side
     * @param <R> event of the right side
     */
    public static final class Joined<L, R> {

        /** Most events of both sides that one key of a join may hold at a time. One more fails the step as Overloaded. */
        public static final int MAX_HELD = 10_000;

        private final KeyedEvents<L> left;
        private final KeyedEvents<R> right;
        private final long beforeMillis;
        private final long afterMillis;
        private final Operator.@Nullable Target leftLate;
        private final Operator.@Nullable Target rightLate;

        Joined(
                KeyedEvents<L> left,
                KeyedEvents<R> right,
                long beforeMillis,
                long afterMillis,
                Operator.@Nullable Target leftLate,
                Operator.@Nullable Target rightLate) {
            this.left = left;
            this.right = right;
            this.beforeMillis = beforeMillis;
            this.afterMillis = afterMillis;
            this.leftLate = leftLate;
            this.rightLate = rightLate;
        }

        /**
         * Appends the left events that come too late to a stream, under their key. A header {@code strandline-late} names the
         * operator, the event time, up to when partners were held, and the watermark.
         *
         * @param stream full name of an existing stream
         */
        public Joined<L, R> leftLateTo(String stream, EventCodec<L> codec) {
            Operator.Target late = left.builder.target(stream, codec);
            return new Joined<>(left, right, beforeMillis, afterMillis, late, rightLate);
        }

        /** As {@link #leftLateTo}, for right events. */
        public Joined<L, R> rightLateTo(String stream, EventCodec<R> codec) {
            Operator.Target late = left.builder.target(stream, codec);
            return new Joined<>(left, right, beforeMillis, afterMillis, leftLate, late);
        }

        /**
         * Passes on pairs.
         *
         * @param id as {@link KeyedEvents} says. It names the shuffle, too, if there is one
         * @param leftCodec writes and reads events for checkpoints, on a worker thread, at the same time as others. Equal
         *     events must give equal bytes
         * @param rightCodec the same for the right side
         * @param joiner left and right event → what is passed on, or null for nothing
         * @throws StrandlineException.Invalid if the id is not valid or not the only one
         */
        public <J> KeyedEvents<J> inner(
                String id,
                EventCodec<L> leftCodec,
                EventCodec<R> rightCodec,
                BiFunction<? super L, ? super R, ? extends @Nullable J> joiner) {
            return join(id, Operator.JoinKind.INNER, leftCodec, rightCodec, joiner);
        }

        /**
         * Passes on pairs, and left events without a partner.
         *
         * @param joiner as for {@link #inner}. The right event is null if there is none
         */
        public <J> KeyedEvents<J> left(
                String id,
                EventCodec<L> leftCodec,
                EventCodec<R> rightCodec,
                BiFunction<? super L, ? super @Nullable R, ? extends @Nullable J> joiner) {
            return join(id, Operator.JoinKind.LEFT, leftCodec, rightCodec, joiner);
        }

        /**
         * Passes on pairs, and events of both sides without a partner.
         *
         * @param joiner as for {@link #inner}. One of the two is null if there is none
         */
        public <J> KeyedEvents<J> outer(
                String id,
                EventCodec<L> leftCodec,
                EventCodec<R> rightCodec,
                BiFunction<? super @Nullable L, ? super @Nullable R, ? extends @Nullable J> joiner) {
            return join(id, Operator.JoinKind.OUTER, leftCodec, rightCodec, joiner);
        }

        private <J> KeyedEvents<J> join(
                String id,
                Operator.JoinKind kind,
                EventCodec<L> leftCodec,
                EventCodec<R> rightCodec,
                BiFunction<?, ?, ?> joiner) {
            Pipeline.Builder builder = left.builder;
            List<Operator> sides = builder.together(
                    id,
                    List.of(
                            new Operator.Side(left.operator, leftCodec, null),
                            new Operator.Side(right.operator, rightCodec, null)));
            Operator.Join join = new Operator.Join(
                    sides.get(0),
                    sides.get(1),
                    id,
                    new StateCodecs.OfHeld(leftCodec, rightCodec),
                    kind,
                    beforeMillis,
                    afterMillis,
                    Untyped.joiner(joiner),
                    leftLate,
                    rightLate);
            return left.same(builder.add(join));
        }
    }
}
