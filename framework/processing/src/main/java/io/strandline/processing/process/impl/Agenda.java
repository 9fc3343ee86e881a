package io.strandline.processing.process.impl;

import io.strandline.processing.process.impl.AgendaPart.OpenWork;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the instances have decided and is not done: the fold over all steps of the process. Its size is that of the commands without an
 * answer and of the timers that are set. Belongs to one context.
 */
final class Agenda {

    /** A timer of an instance, in the order in which timers fire. */
    record Due(long dueMillis, String key, String name, long number) {

        static final Comparator<Due> ORDER = Comparator.comparingLong(Due::dueMillis)
                .thenComparing(Due::key)
                .thenComparing(Due::name)
                .thenComparingLong(Due::number);

        Origin.Timer origin() {
            return new Origin.Timer(name, number);
        }
    }

    /** What one instance has not done. */
    private static final class Work {
        private final TreeSet<Long> commands = new TreeSet<>();
        private final TreeMap<String, Due> timers = new TreeMap<>();
    }

    private final Map<String, Work> byKey = new HashMap<>();
    private final TreeSet<Due> due = new TreeSet<>(Due.ORDER);
    private final ProcessCounters counters;

    Agenda(ProcessCounters counters) {
        this.counters = counters;
    }

    /** Takes the next step of an instance. */
    void fold(String key, Step step) {
        Work work = byKey.computeIfAbsent(key, first -> new Work());
        if (step.origin() instanceof Origin.Answer answer && work.commands.remove(answer.number())) {
            counters.openCommands.decrement();
        }
        if (step.origin() instanceof Origin.Timer fired) {
            forget(work, fired.name());
        }
        step.cancelled().forEach(name -> forget(work, name));
        for (StoredCommand command : step.commands()) {
            work.commands.add(command.number());
            counters.openCommands.increment();
        }
        for (StoredTimer timer : step.timers()) {
            forget(work, timer.name());
            Due set = new Due(timer.dueMillis(), key, timer.name(), timer.number());
            work.timers.put(timer.name(), set);
            due.add(set);
            counters.pendingTimers.increment();
        }
        if (work.commands.isEmpty() && work.timers.isEmpty()) {
            byKey.remove(key);
        }
    }

    private void forget(Work work, String timer) {
        Due set = work.timers.remove(timer);
        if (set != null) {
            due.remove(set);
            counters.pendingTimers.decrement();
        }
    }

    /** Instances with something to do. */
    int size() {
        return byKey.size();
    }

    /** What is open now, of every instance. */
    List<OpenWork> open() {
        List<OpenWork> open = new ArrayList<>(byKey.size());
        byKey.forEach((key, work) ->
                open.add(new OpenWork(key, List.copyOf(work.commands), List.copyOf(work.timers.values()))));
        return open;
    }

    /** Takes what was open at a cut, before any step after it. */
    void restore(OpenWork open) {
        Work work = new Work();
        work.commands.addAll(open.commands());
        counters.openCommands.add(open.commands().size());
        for (Due timer : open.timers()) {
            work.timers.put(timer.name(), timer);
            due.add(timer);
            counters.pendingTimers.increment();
        }
        byKey.put(open.key(), work);
    }

    /** The numbers of the commands without an answer, by instance. */
    Map<String, List<Long>> openCommands() {
        Map<String, List<Long>> open = new HashMap<>();
        byKey.forEach((key, work) -> {
            if (!work.commands.isEmpty()) {
                open.put(key, new ArrayList<>(work.commands));
            }
        });
        return open;
    }

    /** When the next timer is due that was not taken. Null if there is none. */
    @Nullable
    Long nextDue() {
        return due.isEmpty() ? null : due.first().dueMillis();
    }

    /** Takes a timer that is due by now. Null if there is none. It stays in the agenda until it has fired. */
    @Nullable
    Due takeDue(long nowMillis) {
        return due.isEmpty() || due.first().dueMillis() > nowMillis ? null : due.pollFirst();
    }
}
