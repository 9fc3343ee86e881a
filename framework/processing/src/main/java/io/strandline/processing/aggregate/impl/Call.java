package io.strandline.processing.aggregate.impl;

import io.strandline.Headers;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * One command or query on its way: from the caller to the owner, perhaps to the next owner, and back. Touched by one context at a
 * time.
 */
final class Call<C, S> {

    final String id;
    final long hash;

    /** Null for a query. */
    final @Nullable C command;

    final @Nullable String commandId;
    final @Nullable Long expectedVersion;

    /** What its events have beside them, the command's id included. */
    final Headers headers;

    private final Promise<Outcome<S>> promise;
    private final Runnable onAnswer;

    /** True while its answer rests on a state in memory. */
    boolean decided;

    /** Why its append failed. */
    @Nullable
    Throwable failure;

    /**
     * @param hash of the id, as the log places it
     * @param promise completes on the caller's context
     * @param onAnswer called when it is answered, before the caller is
     */
    Call(
            String id,
            long hash,
            @Nullable C command,
            CommandOptions options,
            Promise<Outcome<S>> promise,
            Runnable onAnswer) {
        this.id = id;
        this.hash = hash;
        this.command = command;
        this.commandId = options.getCommandId();
        this.expectedVersion = options.getExpectedVersion();
        this.headers = commandId == null
                ? options.getHeaders()
                : options.getHeaders().with(CommandOptions.COMMAND_ID, commandId);
        this.promise = promise;
        this.onAnswer = onAnswer;
    }

    void answer(Outcome<S> outcome) {
        onAnswer.run();
        promise.complete(outcome);
    }

    void fail(Throwable cause) {
        onAnswer.run();
        promise.fail(cause);
    }
}
