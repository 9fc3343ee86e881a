package io.strandline.processing.group;

import io.strandline.StrandlineException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What becomes of an event that could not be processed in as many deliveries as the group allows. */
public enum PoisonPolicy {
    /**
     * The reader stops with the cause, and its partitions go to others, which try as often again; so the group stops reader by
     * reader, and nothing is passed over.
     */
    FAIL,
    /** The event is passed over; the decision is kept in the group's state. */
    SKIP,
    /** The event goes, with its cause, into the group's parking stream, from which it can be replayed or dropped. */
    PARK;

    /** The policy of a name, in letters of any case; FAIL of none. */
    static PoisonPolicy named(@Nullable String name) {
        for (PoisonPolicy policy : values()) {
            if (name == null || policy.name().equals(name.toUpperCase(Locale.ROOT))) {
                return policy;
            }
        }
        throw new StrandlineException.Invalid("poison is " + name + ", it must be fail, skip or park");
    }
}
