package io.strandline.processing.group.impl.feed;

import java.util.EnumSet;
import java.util.Set;

/** Why a reader delivers nothing at the moment: it delivers when there is no reason left. */
public final class Suspension {

    public enum Reason {
        /** The application has paused it. */
        PAUSED,
        /** The group may believe that it is dead. */
        LATE,
        /** It is at the boundary of a checkpoint. */
        AT_BOUNDARY
    }

    private final Set<Reason> reasons = EnumSet.noneOf(Reason.class);
    private Runnable changed = () -> {};

    /** Calls a listener when a reason comes or goes. */
    public void listen(Runnable listener) {
        changed = listener;
    }

    public void because(Reason reason, boolean holds) {
        if (holds ? reasons.add(reason) : reasons.remove(reason)) {
            changed.run();
        }
    }

    boolean isFor(Reason reason) {
        return reasons.contains(reason);
    }

    boolean isOn() {
        return !reasons.isEmpty();
    }

    @Override
    public String toString() {
        return reasons.toString();
    }
}
