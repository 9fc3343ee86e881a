package io.strandline.processing.pipeline.impl.operator;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.impl.state.TimedStore;
import io.strandline.processing.pipeline.impl.state.TimerIndex;

/** Passes on the first event of each id. */
final class DeduplicateOperator implements OperatorInput, TimedOperator {

    private final Operator.Deduplicate operator;
    private final TimedStore store;
    private final TaskRecordContext context;
    private final LateEvents late;
    private final OperatorInput next;

    DeduplicateOperator(
            Operator.Deduplicate operator,
            TimedStore store,
            TaskRecordContext context,
            LateEvents late,
            OperatorInput next) {
        this.operator = operator;
        this.store = store;
        this.context = context;
        this.late = late;
        this.next = next;
    }

    @Override
    public void accept(Object event) {
        String key = context.requireKey(operator.id());
        long time = context.time();
        String id = operator.eventId().apply(event, context);
        if (id == null) {
            throw new StrandlineException.Invalid(
                    "an event of key " + key + " has no id for operator " + operator.id());
        }
        if (isKnown(key, id)) {
            return;
        }
        long known = time + operator.withinMillis();
        if (known < context.over(key)) {
            late.add(operator.id(), operator.late(), key, event, "its id was known until", known);
            return;
        }
        if (store.size(key) >= KeyedEvents.MAX_IDS) {
            throw new StrandlineException.Overloaded("key " + key + " of operator " + operator.id() + " has "
                    + store.size(key) + " ids, the limit is " + KeyedEvents.MAX_IDS + ": know them for a shorter time");
        }
        store.add(key, time, id);
        next.accept(event);
    }

    /** An event that moves the watermark comes before the ids are forgotten that are not known any more. */
    private boolean isKnown(String key, String id) {
        Long time = store.timeOf(key, id);
        return time != null && time + operator.withinMillis() >= context.cleared();
    }

    @Override
    public long nextTime() {
        return store.dues().nextTime();
    }

    @Override
    public void fire(boolean passesOn) {
        TimerIndex.Timer due = store.poll();
        store.remove(due.key(), due.time() - 1 - operator.withinMillis(), item -> true);
    }
}
