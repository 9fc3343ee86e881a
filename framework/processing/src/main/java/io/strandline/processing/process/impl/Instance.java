package io.strandline.processing.process.impl;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a process: the fold over its steps. Immutable.
 *
 * @param state its state as it is stored. Null before the first one
 * @param nextNumber the number of its next command or timer
 * @param positions for each partition of a source the offset of the newest event that it reacted to
 * @param open commands without an answer, by number
 * @param timers timers that are set, by name
 */
record Instance(
        @Nullable Encoded state,
        long nextNumber,
        Map<Place, Long> positions,
        SortedMap<Long, StoredCommand> open,
        SortedMap<String, StoredTimer> timers) {

    /** Most partitions of sources of which one instance remembers its position. */
    static final int MAX_POSITIONS = 10_000;

    static final Instance NEW =
            new Instance(null, 1, Map.of(), Collections.emptySortedMap(), Collections.emptySortedMap());

    /** True if an event is at or before the newest one of its partition that it reacted to. */
    boolean hasPassed(Place place, long offset) {
        Long newest = positions.get(place);
        return newest != null && offset <= newest;
    }

    /** The instance after a step. */
    Instance after(Step step) {
        long next = nextNumber;
        for (StoredCommand command : step.commands()) {
            next = Math.max(next, command.number() + 1);
        }
        for (StoredTimer timer : step.timers()) {
            next = Math.max(next, timer.number() + 1);
        }
        return new Instance(
                step.state() == null ? state : step.state(),
                next,
                positionsAfter(step),
                openAfter(step),
                timersAfter(step));
    }

    private Map<Place, Long> positionsAfter(Step step) {
        if (!(step.origin() instanceof Origin.Event event)) {
            return positions;
        }
        Map<Place, Long> after = new HashMap<>(positions);
        after.merge(event.place(), event.offset(), Math::max);
        return Collections.unmodifiableMap(after);
    }

    private SortedMap<Long, StoredCommand> openAfter(Step step) {
        if (step.commands().isEmpty() && !(step.origin() instanceof Origin.Answer)) {
            return open;
        }
        TreeMap<Long, StoredCommand> after = new TreeMap<>(open);
        if (step.origin() instanceof Origin.Answer answer) {
            after.remove(answer.number());
        }
        step.commands().forEach(command -> after.put(command.number(), command));
        return Collections.unmodifiableSortedMap(after);
    }

    private SortedMap<String, StoredTimer> timersAfter(Step step) {
        if (step.timers().isEmpty() && step.cancelled().isEmpty() && !(step.origin() instanceof Origin.Timer)) {
            return timers;
        }
        TreeMap<String, StoredTimer> after = new TreeMap<>(timers);
        if (step.origin() instanceof Origin.Timer fired) {
            after.remove(fired.name());
        }
        step.cancelled().forEach(after::remove);
        step.timers().forEach(timer -> after.put(timer.name(), timer));
        return Collections.unmodifiableSortedMap(after);
    }
}
