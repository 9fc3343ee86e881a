package io.strandline.processing.group.impl.state;

import io.strandline.StrandlineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The updates of a group's state that are to be made, and the answer that the caller gets once they are durable.
 *
 * @param updates updates to append. None if the call is refused, or done already
 * @param answer for the caller
 * @param refusal why nothing is done, or null
 */
public record Decision<T>(
        List<GroupUpdate> updates, T answer, @Nullable StrandlineException refusal) {

    public static Decision<Boolean> of(List<GroupUpdate> updates) {
        return new Decision<>(updates, true, null);
    }

    public static Decision<Boolean> of(GroupUpdate update) {
        return of(List.of(update));
    }

    static Decision<Boolean> refused(StrandlineException refusal) {
        return new Decision<>(List.of(), false, refusal);
    }

    /** Nothing to do. */
    public static Decision<Boolean> nothing() {
        return of(List.of());
    }
}
