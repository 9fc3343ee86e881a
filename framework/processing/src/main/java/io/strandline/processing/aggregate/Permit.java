package io.strandline.processing.aggregate;

import io.vertx.core.Future;

/**
 * The right to give a command, which its caller may lose while the command is on its way: a claim, a lease, a lock. The owner of the
 * aggregate asks for it, so a command that arrives late is refused.
 *
 * <p>A caller that was replaced by another is the use. The next caller takes the right first, and only then asks the aggregate what was
 * executed ({@link Aggregates#hasExecuted}) or gives commands. Whatever the earlier caller still sends is either executed before that
 * question is answered, or refused.
 */
@FunctionalInterface
public interface Permit {

    /** How long the owner of an aggregate waits for a permit at most, in milliseconds. */
    long MAX_WAIT_MILLIS = 5_000;

    /**
     * Proves the right. Completes successfully if the caller had it at a moment after this call. What was known before the call is no
     * answer. Fails otherwise, and the command fails with the same failure.
     *
     * <p>Called when the owner of the aggregate has taken the command, on that owner's context, or on the context of the caller if the
     * owner is elsewhere. Called again if another owner takes the command. The future may complete on any thread.
     */
    Future<Void> prove();
}
