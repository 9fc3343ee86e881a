package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.KeyedTable.Change;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Operator.JoinKind;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import org.jspecify.annotations.Nullable;

/** The tables of one task, and the inputs of the operators that fill and join them. */
final class Tables {

    private final OperatorStates states;
    private final TaskRecordContext context;

    Tables(OperatorStates states, TaskRecordContext context) {
        this.states = states;
        this.context = context;
    }

    /** Finds the value of a key, null if it has none. */
    private interface View {

        @Nullable
        Object get(String key);
    }

    private View view(Operator table) {
        if (table instanceof Operator.TableJoin join) {
            View left = view(join.left());
            View right = view(join.right());
            return key -> joined(join, left.get(key), right.get(key));
        }
        KeyedStore store = store((Operator.Table) table);
        return key -> KeyedStore.state(store.get(key));
    }

    private KeyedStore store(Operator.Table table) {
        return (KeyedStore) states.store(table.id());
    }

    private static @Nullable Object joined(Operator.TableJoin join, @Nullable Object left, @Nullable Object right) {
        boolean isThere =
                switch (join.kind()) {
                    case INNER -> left != null && right != null;
                    case LEFT -> left != null;
                    case OUTER -> left != null || right != null;
                };
        return isThere ? join.joiner().apply(left, right) : null;
    }

    /** Takes the events that a table is made of. */
    OperatorInput filling(Operator.Table table, OperatorInput next) {
        KeyedStore store = store(table);
        return event -> {
            String key = context.requireKey(table.id());
            Object stored = store.get(key);
            Object before = KeyedStore.state(stored);
            Object value = table.value().apply(event);
            if (before != null || value != null) {
                // First, because operators after this one read the table.
                store.put(key, value, KeyedStore.timersOf(stored), context.watermark());
                next.accept(new Change<>(key, before, value));
            }
        };
    }

    /** Forgets the values of keys that nothing touches any more. */
    Expiry expiry(Operator.Table table, OperatorInput next) {
        return new Expiry(
                store(table),
                table.timeToLiveMillis(),
                context,
                (key, before) -> next.accept(new Change<>(key, before, null)));
    }

    /** Takes the changes of the left table of a join. */
    OperatorInput left(Operator.TableJoin join, OperatorInput next) {
        View right = view(join.right());
        return event -> {
            Change<?> change = (Change<?>) event;
            Object other = right.get(change.key());
            pass(change, joined(join, change.before(), other), joined(join, change.value(), other), next);
        };
    }

    /** Takes the changes of the right table of a join. */
    OperatorInput right(Operator.TableJoin join, OperatorInput next) {
        View left = view(join.left());
        return event -> {
            Change<?> change = (Change<?>) event;
            Object other = left.get(change.key());
            pass(change, joined(join, other, change.before()), joined(join, other, change.value()), next);
        };
    }

    private static void pass(Change<?> of, @Nullable Object before, @Nullable Object value, OperatorInput next) {
        if (before != null || value != null) {
            next.accept(new Change<>(of.key(), before, value));
        }
    }

    /** Takes the events that are joined with a table. */
    OperatorInput lookup(Operator.Lookup lookup, OperatorInput next) {
        View table = view(lookup.table());
        return event -> {
            String key = context.requireKey(lookup.label());
            Object value = table.get(key);
            if (value != null || lookup.kind() == JoinKind.LEFT) {
                Object joined = lookup.joiner().apply(event, value);
                if (joined != null) {
                    next.accept(joined);
                }
            }
        };
    }
}
