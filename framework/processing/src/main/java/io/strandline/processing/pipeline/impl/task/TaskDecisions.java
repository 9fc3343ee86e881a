package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The decisions of earlier runs that a task is still to meet. Belongs to the task's context. */
final class TaskDecisions {

    private final TreeMap<Long, List<StepDecision>> events = new TreeMap<>();
    private final TreeMap<Long, StepDecision> due = new TreeMap<>();

    /** Offset of the first event with a decision. */
    private long nextOffset;
    /** Number of the first step without event that has one. */
    private long nextStep;

    /**
     * Takes those that are not past.
     *
     * @param offset of the next event
     * @param step number of the next step
     */
    TaskDecisions(List<StepDecision> decisions, long offset, long step) {
        for (StepDecision decision : decisions) {
            if (decision.kind() == StepDecision.Kind.SKIP_DUE) {
                if (decision.step() >= step) {
                    due.put(decision.step(), decision);
                }
            } else if (decision.offset() >= offset) {
                events.computeIfAbsent(decision.offset(), first -> new ArrayList<>())
                        .add(decision);
            }
        }
        findNext();
    }

    private void findNext() {
        nextOffset = events.isEmpty() ? Long.MAX_VALUE : events.firstKey();
        nextStep = due.isEmpty() ? Long.MAX_VALUE : due.firstKey();
    }

    /** Whether there are decisions about steps without events from a step on: they are found by their numbers. */
    boolean hasDueFrom(long step) {
        return !due.isEmpty() && due.lastKey() >= step;
    }

    boolean isDecided(long offset) {
        return offset >= nextOffset;
    }

    /** Takes the decisions about the event at an offset. */
    List<StepDecision> take(long offset) {
        List<StepDecision> taken = new ArrayList<>();
        while (!events.isEmpty() && events.firstKey() <= offset) {
            if (events.firstKey() == offset) {
                taken.addAll(events.firstEntry().getValue());
            }
            events.pollFirstEntry();
        }
        findNext();
        return taken;
    }

    /** Takes the decision about the step without event that has a number. Another version may have numbered the steps differently. */
    @Nullable
    StepDecision takeDue(long step, long offset) {
        if (step < nextStep) {
            return null;
        }
        StepDecision taken = due.remove(step);
        due.headMap(step).clear();
        findNext();
        return taken == null || taken.offset() != offset ? null : taken;
    }
}
