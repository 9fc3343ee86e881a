package io.strandline.processing.process;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregates;
import java.util.LinkedHashMap;
import java.util.Map;

/** The running aggregates to which the commands of a process go. Immutable. */
public final class ProcessTargets {

    private final Map<String, Aggregates<?, ?>> byName;

    private ProcessTargets(Map<String, Aggregates<?, ?>> byName) {
        this.byName = Map.copyOf(byName);
    }

    /** No targets, for a process that sends no commands. */
    public static ProcessTargets none() {
        return new ProcessTargets(Map.of());
    }

    /** One target. */
    public static <C> ProcessTargets of(CommandTarget<C> target, Aggregates<C, ?> aggregates) {
        return none().with(target, aggregates);
    }

    /**
     * These and one more.
     *
     * @throws StrandlineException.Invalid if the target is known already
     */
    public <C> ProcessTargets with(CommandTarget<C> target, Aggregates<C, ?> aggregates) {
        Map<String, Aggregates<?, ?>> all = new LinkedHashMap<>(byName);
        if (all.putIfAbsent(target.name(), aggregates) != null) {
            throw new StrandlineException.Invalid("target " + target + " is given twice");
        }
        return new ProcessTargets(all);
    }

    /**
     * The aggregates of a target.
     *
     * @throws StrandlineException.Invalid if they are not given
     */
    public <C> Aggregates<C, ?> aggregatesOf(CommandTarget<C> target) {
        Aggregates<?, ?> found = byName.get(target.name());
        if (found == null) {
            throw new StrandlineException.Invalid(
                    "no aggregates are given for target " + target + ", but for " + byName.keySet());
        }
        @SuppressWarnings("unchecked") // with took only those of the target's commands
        Aggregates<C, ?> known = (Aggregates<C, ?>) found;
        return known;
    }
}
