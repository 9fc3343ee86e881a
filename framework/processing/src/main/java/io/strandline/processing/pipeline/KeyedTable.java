package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import java.util.HashSet;
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

    KeyedTable(Pipeline.Builder builder, Operator operator) {
        this.builder = builder;
        this.operator = operator;
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

    private <J> KeyedTable<J> joined(Operator.JoinKind kind, KeyedTable<?> other, BiFunction<?, ?, ?> joiner) {
        builder.requireSame(other.builder);
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
