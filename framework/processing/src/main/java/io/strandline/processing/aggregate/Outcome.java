package io.strandline.processing.aggregate;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a command. When it is given, the events of an accepted command are durable, and an answer that appended
 * nothing was proven not to be stale.
 *
 * @param <S> state of the aggregate
 */
public sealed interface Outcome<S> {

    /** The state on which the command was rejected, or to which it led. */
    S state();

    /** Number of events of the aggregate that made the state. For a repeated command the number after its first execution. */
    long version();

    /** True if the command was accepted. */
    default boolean isAccepted() {
        return this instanceof Accepted;
    }

    /**
     * The reason of a rejection. Null if the command was accepted.
     *
     * @param type that of the reasons which {@link Decision#reject} is given, such as {@code String.class}, or a type above it
     * @throws StrandlineException.Invalid if the command was rejected for a reason of another type. The message names both
     */
    default <R> @Nullable R rejection(Class<R> type) {
        if (!(this instanceof Rejected<S> rejected)) {
            return null;
        }
        Object reason = rejected.reason();
        if (!type.isInstance(reason)) {
            throw new StrandlineException.Invalid("the command was rejected for a reason of type "
                    + reason.getClass().getName() + ", not of " + type.getName() + ": " + reason);
        }
        return type.cast(reason);
    }

    /**
     * The command was accepted.
     *
     * @param state the state after its events. For a repeated command the one when it was repeated
     * @param version number of events of the aggregate after the command was executed first
     * @param events its events, in their order. None if it changed nothing, or for a repeated command
     * @param position the cut of the aggregates' stream after the last event of the command, in its partition, to wait for by
     *     {@code awaitPosition} of a pipeline. For a command that changed nothing after the last event of the aggregate, and of no
     *     partition if that has none
     * @param repeated true if a command of this id was executed before, and this answer is that of the first execution
     */
    record Accepted<S>(S state, long version, List<?> events, StreamCut position, boolean repeated)
            implements Outcome<S> {}

    /**
     * The command was rejected by the domain, and nothing was appended.
     *
     * @param reason what {@link Decision#reject} was given
     */
    record Rejected<S>(S state, long version, Object reason) implements Outcome<S> {}
}
