package io.strandline.processing.aggregate;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import org.jspecify.annotations.Nullable;

/**
 * What another aggregate must be like for a command to be decided: it has had no event, or none of one type, since a version that the
 * caller knows. Nothing is stored of it.
 *
 * @param id of the other aggregate, which must be in the same partition
 * @param eventType name of the type of which it has had no event since. Null for any event
 * @param version number of its events that the caller knows, 0 or more
 */
public record Requirement(String id, @Nullable String eventType, long version) {

    /**
     * Checks the values.
     *
     * @throws StrandlineException.Invalid if the version is negative, or the name of the type is empty
     */
    public Requirement {
        Limits.require("required version of " + id, version, 0, Long.MAX_VALUE);
        if (eventType != null && eventType.isEmpty()) {
            throw new StrandlineException.Invalid("the event type that " + id + " must not have had is empty");
        }
    }
}
