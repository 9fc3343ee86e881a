package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Events.Untyped;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The newest value of each key: events whose newest one of a key replaces those before it. Or the values of two tables, joined
 * by key. The newest is the one that comes last in the order of the log, whatever its event time.
 *
 * <p>A join of tables keeps nothing itself. It computes its value from those of the two when it is asked for, and when one of
 * them changes.
 *
 * <p>Values are immutable, because a checkpoint may be writing one at any moment.
 *
 * <p>Belongs to the thread that describes the pipeline.
 *
 * @param <V> value
 * @see KeyedEvents#asTable
 */
public final class KeyedTable<V> {

    final Pipeline.Builder builder;
    final Operator operator;
    private final boolean isLoadedFirst;

    KeyedTable(Pipeline.Builder builder, Operator operator) {
        this(builder, operator, true);
    }

    private KeyedTable(Pipeline.Builder builder, Operator operator, boolean isLoadedFirst) {
        this.builder = builder;
        this.operator = operator;
        this.isLoadedFirst = isLoadedFirst;
    }

    /**
     * This table, which events of other sources do not wait for.
     *
     * <p>Otherwise {@link KeyedEvents#join(String, KeyedTable, EventCodec, BiFunction)} and {@code leftJoin} load it first: at each
     * start of the pipeline, no event of another source comes to the join before the table has been read up to the end that its
     * source had at that start. And the times of its events do not move event time after the join.
     *
     * <p>As it comes, events and values of the table come to the join in any order, and event time is that of the source that has
     * come least far, whichever it is.
     */
    public KeyedTable<V> asItComes() {
        return new KeyedTable<>(builder, operator, false);
    }

    /**
     * A key has another value.
     *
     * @param before its value until now, or null if it had none
     * @param value its value from now on, or null if it has none any more. One of the two is there
     */
    public record Change<V>(
            String key, @Nullable V before, @Nullable V value) {}

    /**
     * Each change, at the time of its event. A value that replaces an equal one is a change too. To go on with the values
     * alone, add {@code map(Change::value)}, which drops those of keys that have none any more.
     */
    public KeyedEvents<Change<V>> changes() {
        return new KeyedEvents<>(builder, operator);
    }

    /**
     * The table of the keys that both tables have.
     *
     * @param joiner value here and value there → the joined value, or null for none
     * @throws StrandlineException.Invalid if the other table is of another pipeline, or has values of a table that these
     *     have values of too
     */
    public <R, J> KeyedTable<J> join(
            KeyedTable<R> other, BiFunction<? super V, ? super R, ? extends @Nullable J> joiner) {
        return joined(Operator.JoinKind.INNER, other, joiner);
    }

    /**
     * The table of the keys that this table has.
     *
     * @param joiner value here and value there, which is null if the key has none → the joined value, or null for none
     * @throws StrandlineException.Invalid as {@link #join}
     */
    public <R, J> KeyedTable<J> leftJoin(
            KeyedTable<R> other, BiFunction<? super V, ? super @Nullable R, ? extends @Nullable J> joiner) {
        return joined(Operator.JoinKind.LEFT, other, joiner);
    }

    /**
     * The table of the keys that one of the tables has at least.
     *
     * @param joiner value here and value there → the joined value, or null for none. One of the two may be null
     * @throws StrandlineException.Invalid as {@link #join}
     */
    public <R, J> KeyedTable<J> outerJoin(
            KeyedTable<R> other, BiFunction<? super @Nullable V, ? super @Nullable R, ? extends @Nullable J> joiner) {
        return joined(Operator.JoinKind.OUTER, other, joiner);
    }

    /**
     * As {@link #join(KeyedTable, BiFunction)}, of a table of another source or shuffle. A shuffle of the pipeline brings the values
     * of both together, and both are kept after it.
     *
     * @param id of the shuffle, as {@link KeyedEvents} says. Without effect if the tables are together already
     * @throws StrandlineException.Invalid also if the id is not valid or not the only one, or if one of the tables is a join of
     *     tables and the other one is elsewhere
     */
    public <R, J> KeyedTable<J> join(
            String id, KeyedTable<R> other, BiFunction<? super V, ? super R, ? extends @Nullable J> joiner) {
        return together(id, Operator.JoinKind.INNER, other, joiner);
    }

    /** As {@link #leftJoin(KeyedTable, BiFunction)}, and {@link #join(String, KeyedTable, BiFunction)}. */
    public <R, J> KeyedTable<J> leftJoin(
            String id, KeyedTable<R> other, BiFunction<? super V, ? super @Nullable R, ? extends @Nullable J> joiner) {
        return together(id, Operator.JoinKind.LEFT, other, joiner);
    }

    /** As {@link #outerJoin(KeyedTable, BiFunction)}, and {@link #join(String, KeyedTable, BiFunction)}. */
    public <R, J> KeyedTable<J> outerJoin(
            String id,
            KeyedTable<R> other,
            BiFunction<? super @Nullable V, ? super @Nullable R, ? extends @Nullable J> joiner) {
        return together(id, Operator.JoinKind.OUTER, other, joiner);
    }

    private <J> KeyedTable<J> together(
            String id, Operator.JoinKind kind, KeyedTable<?> other, BiFunction<?, ?, ?> joiner) {
        builder.requireSame(other.builder);
        if (builder.areTogether(List.of(operator, other.operator))) {
            builder.requireId(id);
            return joined(kind, other, joiner);
        }
        List<Operator.FromSide> sides = builder.gather(id, List.of(side(id, false), other.side(id, false)));
        return after(sides.get(0)).joined(kind, other.after(sides.get(1)), joiner);
    }

    /** Brings the values of this table to events, which wait for them unless it comes as it comes. */
    Operator.Side besideEvents(String shuffle) {
        return side(shuffle, isLoadedFirst);
    }

    private Operator.Side side(String shuffle, boolean first) {
        Operator.Table table = own(shuffle);
        Operator.Transform values = new Operator.Transform(
                table.input(),
                "values of table " + table.id() + (first ? ", loaded first" : ""),
                (event, context, out) ->
                        out.accept(Optional.ofNullable(table.value().apply(event))));
        return new Operator.Side(builder.add(values), new ValueCodec(table.codec()), null, first ? table.id() : null);
    }

    /** This table after a shuffle that takes its values. */
    KeyedTable<V> after(Operator.FromSide values) {
        Operator.Table table = own(values.label());
        builder.moved(table);
        return new KeyedTable<>(
                builder,
                builder.add(new Operator.Table(
                        values,
                        table.id(),
                        table.codec(),
                        value -> ((Optional<?>) value).orElse(null),
                        table.timeToLiveMillis())));
    }

    private Operator.Table own(String shuffle) {
        if (operator instanceof Operator.Table table) {
            return table;
        }
        throw new StrandlineException.Invalid("shuffle " + shuffle + " cannot take the values of a join of tables: make"
                + " it a table of its own before, by changes().asTable(id, codec, Change::value)");
    }

    private <J> KeyedTable<J> joined(Operator.JoinKind kind, KeyedTable<?> other, BiFunction<?, ?, ?> joiner) {
        builder.requireSame(other.builder);
        if (!builder.areTogether(List.of(operator, other.operator))) {
            throw new StrandlineException.Invalid("this " + kind.label()
                    + " takes tables of several sources or shuffles:" + " give it an id, and it brings them together");
        }
        Set<String> both = tables(operator, new HashSet<>());
        both.retainAll(tables(other.operator, new HashSet<>()));
        if (!both.isEmpty()) {
            // Both inputs would change with one event, and each would be joined with the other's old or new value.
            throw new StrandlineException.Invalid("a join of tables takes the values of table " + both
                    + " on both sides: compute what is needed of it in one join");
        }
        return new KeyedTable<>(
                builder, builder.add(new Operator.TableJoin(operator, other.operator, kind, Untyped.joiner(joiner))));
    }

    /** Values on their way through a shuffle: as the codec of the table writes them, or nothing for a key that has none. */
    private static final class ValueCodec implements EventCodec<Optional<Object>> {

        private static final EventType NONE = new EventType("strandline.none", 1);

        private final EventCodec<Object> values;

        @SuppressWarnings("unchecked") // it writes the values of the table
        ValueCodec(EventCodec<?> values) {
            this.values = (EventCodec<Object>) values;
        }

        @Override
        public EventType typeOf(Optional<Object> value) {
            return value.map(values::typeOf).orElse(NONE);
        }

        @Override
        public void encode(Optional<Object> value, PayloadOutput out) throws IOException {
            if (value.isPresent()) {
                values.encode(value.get(), out);
            }
        }

        @Override
        public Optional<Object> decode(EventType type, byte[] bytes, int from, int length) throws IOException {
            return type.equals(NONE) ? Optional.empty() : Optional.of(values.decode(type, bytes, from, length));
        }
    }

    /** Ids of the tables whose values a table has. */
    private static Set<String> tables(Operator table, Set<String> ids) {
        if (table instanceof Operator.Table one) {
            ids.add(one.id());
        } else {
            table.inputs().forEach(input -> tables(input, ids));
        }
        return ids;
    }
}
