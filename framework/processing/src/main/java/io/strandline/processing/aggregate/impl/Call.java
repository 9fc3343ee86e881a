package io.strandline.processing.aggregate.impl;

import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    /** As they were given, for one that is sent on. */
    final CommandOptions options;

    /** What its events have beside them, the command's id included. */
    final Headers headers;

    /** What its caller must prove before it is decided. Null if nothing. */
    final @Nullable Permit permit;

    /** How it looks for its owner. */
    final Way way;

    /** Until when it looks for its owner, by {@link System#nanoTime}. */
    final long deadlineNanos;

    private final Promise<Outcome<S>> promise;
    private final Runnable onAnswer;

    /** True while its answer rests on a state in memory. */
    boolean decided;

    /** True if an earlier attempt may have been executed. Then no failure of a later one says that nothing was appended. */
    private boolean inDoubt;

    /** Why its append failed. */
    @Nullable
    Throwable failure;

    /** True if nothing has to be proven before it is decided, or if it was. */
    boolean permitted;

    /** Why its permit was refused. */
    @Nullable
    Throwable refusal;

    /** The aggregates that it requires, in their order. Null for one of another partition. Empty when it is decided. */
    List<@Nullable HotAggregate<C, S>> others = List.of();

    /** How many of them are being read. */
    int missing;

    /** How a call looks for its owner, if members share the partitions. */
    enum Way {
        /** It was called here. */
        ANY,
        /** A caller elsewhere has sent it, and sends it to another member if it is refused. */
        FROM_CALLER,
        /** Another member has sent it to the owner, and looks for the owner again if it is refused. */
        FROM_MEMBER
    }

    /** Takes calls. */
    interface Taker<C, S> {

        /** Takes a call, and sees to its answer. */
        void take(Call<C, S> call);
    }

    /**
     * What is asked.
     *
     * @param id of the aggregate
     * @param hash of the id, as the log places it
     * @param command null for a query
     * @param permit null if nothing has to be proven
     */
    record Asked<C>(
            String id,
            long hash,
            @Nullable C command,
            CommandOptions options,
            @Nullable Permit permit) {}

    /**
     * @param mostMillis how long it looks for its owner, in milliseconds
     * @param promise completes on the caller's context
     * @param onAnswer called when it is answered, before the caller is
     */
    Call(Asked<C> asked, Way way, long mostMillis, Promise<Outcome<S>> promise, Runnable onAnswer) {
        this.id = asked.id();
        this.hash = asked.hash();
        this.command = asked.command();
        this.options = asked.options();
        this.permit = asked.permit();
        this.commandId = options.getCommandId();
        this.expectedVersion = options.getExpectedVersion();
        this.headers = commandId == null
                ? options.getHeaders()
                : options.getHeaders().with(CommandOptions.COMMAND_ID, commandId);
        this.way = way;
        this.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
        this.promise = promise;
        this.onAnswer = onAnswer;
    }

    /** Whether its permit is given or refused, and what it rests on is in memory. */
    boolean isReady() {
        return refusal != null || (permitted && missing == 0);
    }

    void answer(Outcome<S> outcome) {
        onAnswer.run();
        promise.complete(outcome);
    }

    void fail(Throwable cause) {
        onAnswer.run();
        promise.fail(inDoubt && !isDecided(cause) ? unknown(cause) : cause);
    }

    /** An earlier attempt may have been executed: its member is gone, or the log has not answered under a claim that was lost. */
    void doubt() {
        inDoubt = command != null;
    }

    /** Whether a failure comes from an owner that would know an earlier execution by the command's id, or promises nothing. */
    private static boolean isDecided(Throwable cause) {
        return cause instanceof StrandlineException.Conflict
                || cause instanceof StrandlineException.Invalid
                || cause instanceof StrandlineException.Unknown;
    }

    private StrandlineException unknown(Throwable cause) {
        return new StrandlineException.Unknown(
                "a command for " + id + " may have been executed by an earlier owner, and no later one has decided it: "
                        + cause.getMessage(),
                cause);
    }
}
