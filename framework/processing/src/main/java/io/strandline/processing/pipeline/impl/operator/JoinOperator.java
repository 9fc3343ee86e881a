package io.strandline.processing.pipeline.impl.operator;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Operator.Held;
import io.strandline.processing.pipeline.Operator.JoinKind;
import io.strandline.processing.pipeline.impl.state.TimedStore;
import io.strandline.processing.pipeline.impl.state.TimerIndex;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pairs events of two sides that are near in time, and passes on alone what has met no partner. */
final class JoinOperator implements TimedOperator {

    private final Operator.Join operator;
    private final TimedStore store;
    private final TaskRecordContext context;
    private final LateEvents late;
    private final OperatorInput next;

    JoinOperator(
            Operator.Join operator, TimedStore store, TaskRecordContext context, LateEvents late, OperatorInput next) {
        this.operator = operator;
        this.store = store;
        this.context = context;
        this.late = late;
        this.next = next;
    }

    /** Takes the events of the left side. */
    OperatorInput left() {
        return event -> accept(event, false);
    }

    /** Takes the events of the right side. */
    OperatorInput right() {
        return event -> accept(event, true);
    }

    private void accept(Object event, boolean isRight) {
        String key = context.requireKey(operator.id());
        long time = context.time();
        long over = context.over(key);
        long bound = time + reach(isRight);
        // A partner of the highest time, bound, is held until this one.
        long held = bound + reach(!isRight);
        if (held < over) {
            Operator.Target target = isRight ? operator.rightLate() : operator.leftLate();
            late.add(operator.id(), target, key, event, "its partners were held until", held);
            return;
        }
        boolean met = pair(event, isRight, key, time);
        if (bound >= over) {
            hold(key, time, new Held(isRight, met && passesAlone(isRight), event));
        } else if (!met && passesAlone(isRight)) {
            passAlone(event, isRight);
        }
    }

    /** How much later than an event the last of its partners may be. */
    private long reach(boolean ofRight) {
        return ofRight ? operator.beforeMillis() : operator.afterMillis();
    }

    private boolean passesAlone(boolean isRight) {
        return operator.kind() == JoinKind.OUTER || (operator.kind() == JoinKind.LEFT && !isRight);
    }

    /** Returns whether the event has a partner. */
    private boolean pair(Object event, boolean isRight, String key, long time) {
        boolean met = false;
        for (TimedStore.Found found : store.between(key, time - reach(!isRight), time + reach(isRight))) {
            context.resume(key, Math.max(time, found.time()));
            boolean isNews = false;
            for (Object item : found.items()) {
                Held held = (Held) item;
                if (held.isRight() != isRight) {
                    pass(isRight ? held.event() : event, isRight ? event : held.event());
                    met = true;
                    isNews |= !held.met() && passesAlone(held.isRight());
                }
            }
            if (isNews) {
                store.replace(key, found.time(), met(found.items(), !isRight));
            }
        }
        context.resume(key, time);
        return met;
    }

    private static List<Object> met(List<Object> items, boolean ofRight) {
        List<Object> met = new ArrayList<>(items.size());
        for (Object item : items) {
            Held held = (Held) item;
            met.add(held.isRight() == ofRight ? new Held(ofRight, true, held.event()) : held);
        }
        return met;
    }

    private void hold(String key, long time, Held held) {
        if (store.size(key) >= KeyedEvents.Joined.MAX_HELD) {
            throw new StrandlineException.Overloaded("key " + key + " of operator " + operator.id() + " holds "
                    + store.size(key) + " events, the limit is " + KeyedEvents.Joined.MAX_HELD
                    + ": join within a shorter time");
        }
        store.add(key, time, held);
    }

    private void passAlone(Object event, boolean isRight) {
        pass(isRight ? null : event, isRight ? event : null);
    }

    private void pass(@Nullable Object left, @Nullable Object right) {
        Object joined = operator.joiner().apply(left, right);
        if (joined != null) {
            next.accept(joined);
        }
    }

    @Override
    public long nextTime() {
        return store.dues().nextTime();
    }

    @Override
    public long lastTime() {
        return operator.kind() == JoinKind.INNER ? Long.MIN_VALUE : store.dues().lastTime();
    }

    @Override
    public void fire(boolean passesOn) {
        TimerIndex.Timer due = store.poll();
        long bound = due.time() - 1;
        context.at(due.key(), bound, bound);
        letGo(due.key(), bound, false, passesOn);
        letGo(due.key(), bound, true, passesOn);
    }

    private void letGo(String key, long bound, boolean isRight, boolean passesOn) {
        List<Object> gone = store.remove(key, bound - reach(isRight), item -> ((Held) item).isRight() == isRight);
        if (passesOn && passesAlone(isRight)) {
            for (Object item : gone) {
                Held held = (Held) item;
                if (!held.met()) {
                    passAlone(held.event(), isRight);
                }
            }
        }
    }
}
