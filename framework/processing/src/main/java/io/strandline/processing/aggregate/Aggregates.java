package io.strandline.processing.aggregate;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.internal.Implementation;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * The running aggregates of one kind: takes commands for any id, decides them one after the other for each id, and answers when what
 * was decided is durable. Callable from any thread. Futures complete on the caller's context.
 *
 * <pre>{@code
 * Aggregates.open(vertx, log, account, new AggregateOptions().setStream("bank/accounts"))
 *         .compose(accounts -> accounts.execute("anna", new Deposit(100)))
 *         .onSuccess(outcome -> System.out.println(outcome.state()));
 * }</pre>
 *
 * <p><b>One owner.</b> The stream is exclusive: a context claims each partition, decides on the states that it keeps in memory, and
 * nobody else can append. The events of a command are one atomic append. Commands of one id are decided in the order of the calls, and a
 * command is decided on what the one before it led to, while that is still on its way to the disk. When an append fails, the states
 * in memory are discarded and everything decided on them fails too.
 *
 * <p><b>No stale answer.</b> A caller that opens the aggregates of a stream later, in this JVM or elsewhere, takes over: nothing of the
 * earlier owner is appended any more, and it gets no partition back. An answer that appends nothing (a rejection, a repeated id, a
 * state) is given after the log has confirmed that the partition is still owned.
 *
 * <p><b>Scaling.</b> When partitions are split or merged, the owners claim those that took over. Callers notice a pause.
 *
 * <p>A call fails with
 *
 * <ul>
 *   <li>{@link StrandlineException.Invalid} if the id is empty, longer than {@value Aggregate#MAX_ID_LENGTH} characters or has a slash,
 *       the command is of a class that is not decided, a function of the aggregate throws, an event is above a limit or of a type or
 *       version that the aggregate does not know. Nothing was appended, and other aggregates go on.
 *   <li>{@link StrandlineException.Conflict} if the aggregate has not the expected version.
 *   <li>{@link StrandlineException.Overloaded} if {@link AggregateOptions#getMaxCalls()} calls are under way, or the
 *       log's writer takes no more for now. Nothing was appended.
 *   <li>{@link StrandlineException.Fenced} if another opening took over, for good. Nothing was appended.
 *   <li>{@link StrandlineException.Unavailable} if the log did not answer within {@link AggregateOptions#getRetryTimeoutMillis()},
 *       and nothing was appended. {@link StrandlineException.Unknown} if the events may have been appended. A command with an id may then
 *       be sent again.
 * </ul>
 *
 * @param <C> command
 * @param <S> state
 */
public interface Aggregates<C, S> {

    /**
     * Opens the aggregates of a stream: creates the scope, the stream and that of the snapshots if they do not exist, and claims all
     * partitions. What is opened in a verticle closes when that is undeployed, and all of it before its log when Vert.x closes.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if an option is out of its bounds or the stream is not exclusive, with {@link
     * StrandlineException.Fenced} if the aggregates were opened elsewhere meanwhile and that opening takes over, and with what the log
     * fails with.
     */
    static <C, E, S> Future<Aggregates<C, S>> open(
            Vertx vertx, Strandline log, Aggregate<C, E, S> aggregate, AggregateOptions options) {
        return Implementation.of(AggregateProvider.class).open(vertx, log, aggregate, options);
    }

    /**
     * Opens the aggregates of a stream as one of several members, which share its partitions: verticles of this Vert.x, or members of
     * its cluster that reach the same log. Each partition has one owner at a time. The shares differ by one at most. As {@link #open},
     * with these differences:
     *
     * <ul>
     *   <li>The members agree through one shared state in a {@link StateSync}, by the means of a {@link
     *       io.strandline.processing.group.ReaderGroup}. All members open the stream with the same one, or with such that have the same
     *       store. A member that closes, or whose verticle is undeployed, answers the calls under way and hands its partitions over
     *       at once. Those of one that is silent for {@link AggregateOptions#getLeaseMillis()} are taken. What the earlier owner still
     *       believes does no harm, because the next one has claimed the partition by then.
     *   <li>Any member takes the calls for any id. It sends those for a partition of another member over the event bus to {@code
     *       <address>.<member>}. {@link #connect} reaches all of them at the {@link AggregateOptions#setAddress address}, which must be
     *       given.
     *   <li>While a partition has no owner, or its owner refuses a call because it has just given it back, the call waits, for {@link
     *       AggregateOptions#getRetryTimeoutMillis()} at most. It fails with {@link StrandlineException.Unavailable} then, and nothing
     *       was appended. A call of which nothing was appended is decided again by the next owner, as is a command with an id, or a query,
     *       whose owner is gone. So none of these fails with {@link StrandlineException.Fenced}, and a command with an id is executed
     *       once, as long as its aggregate remembers the id ({@link AggregateOptions#getCommandIds}).
     *   <li>A command fails with {@link StrandlineException.Unknown} if its owner does not answer within that time. Such a one may be
     *       executed later, also if {@link #hasExecuted} denies it meanwhile. It fails so too if an earlier owner may have executed it,
     *       and no later one decides it, whatever the reason.
     *   <li>The calls of one context for one id are decided in their order as long as their partition keeps its owner. While another
     *       member takes it, or it is split or merged, a later call may be decided before one that is on its way.
     * </ul>
     *
     * <p>Members and a single {@link #open} of the same stream do not go together: the members take back what that claims.
     *
     * <p>Completes when this member takes calls and takes part in the sharing. Fails as {@link #open} and as opening a group do, and
     * with {@link StrandlineException.Invalid} without an address, or if commands or states cannot be sent.
     *
     * @param sync in which the members agree. It stays open as long as they are
     */
    static <C, E, S> Future<Aggregates<C, S>> share(
            Vertx vertx, Strandline log, StateSync sync, Aggregate<C, E, S> aggregate, AggregateOptions options) {
        return Implementation.of(AggregateProvider.class).share(vertx, log, sync, aggregate, options);
    }

    /**
     * Reaches aggregates that are open elsewhere, in this JVM or in another member of a clustered Vert.x: those that were opened with
     * the {@link AggregateOptions#setAddress address} on the event bus that the options name. Completes at once, whether anybody is
     * there or not. What is connected in a verticle closes when that is undeployed. It shares nothing with the owner but the definition
     * of the aggregate, whose commands have names ({@link AggregateBuilder#command}) and whose states have a codec ({@link
     * AggregateBuilder#snapshots(int, Class)}).
     *
     * <p>Calls are answered and fail as those of the owner, with their kinds and messages, and with these differences:
     *
     * <ul>
     *   <li>While nobody is there, and while another opening takes over, a call is sent again. After {@link
     *       AggregateClientOptions#getRequestTimeoutMillis()} it fails with {@link StrandlineException.Unavailable}, or with {@link
     *       StrandlineException.NotOwner} if the owner there has other aggregates or was taken over. Nothing was appended. It never
     *       fails with {@link StrandlineException.Fenced}.
     *   <li>A call that the owner did not answer within that time fails with {@link StrandlineException.Unknown} if it is a command,
     *       and with {@link StrandlineException.Unavailable} if it is a query. The owner may still execute the command. One with an id
     *       may be sent again.
     *   <li>A command, and the answer to a query or a rejected command, that cannot be sent fails with {@link
     *       StrandlineException.Invalid}, and nothing was appended. An answer to an accepted command that cannot be sent, with or
     *       without events, and an answer to any command that cannot be read fail with {@link StrandlineException.Unknown}.
     *   <li>The calls of one context for one id are decided in their order, unless one of them is sent again.
     *   <li>A command that {@link #hasExecuted} denies may be executed later if its call is on its way, sent by another member or
     *       before a connection of the event bus broke. One with a {@link Permit} is refused when its call has failed: nobody proves the
     *       right any more.
     *   <li>The statistics count what was answered here.
     * </ul>
     *
     * <p>Fails with {@link StrandlineException.Invalid} if an option is out of its bounds, or commands or states cannot be sent.
     */
    static <C, E, S> Future<Aggregates<C, S>> connect(
            Vertx vertx, Aggregate<C, E, S> aggregate, AggregateClientOptions options) {
        return Implementation.of(AggregateProvider.class).connect(vertx, aggregate, options);
    }

    /** Decides a command. As {@link #execute(String, Object, CommandOptions)} without id and expectation. */
    Future<Outcome<S>> execute(String id, C command);

    /**
     * Decides a command.
     *
     * @param id of the aggregate, 1 to {@value Aggregate#MAX_ID_LENGTH} characters without a slash
     * @param options as they are now. They may be changed for the next command when this returns
     * @return when the events are durable, or the answer that appended nothing is proven not to be stale
     */
    Future<Outcome<S>> execute(String id, C command, CommandOptions options);

    /**
     * Decides a command if its caller still has the right to give it. The owner of the aggregate asks for the permit after it has taken
     * the command, and decides when it is given. Later calls for the same aggregate wait for that, so they see what the command led to.
     *
     * <p>Fails as {@link #execute(String, Object, CommandOptions)} does, with the failure of the permit if that is refused, and with
     * {@link StrandlineException.Unavailable} if it is not given within {@value Permit#MAX_WAIT_MILLIS} ms. Nothing was appended then.
     *
     * @param permit asked once for each owner that takes the command
     */
    Future<Outcome<S>> execute(String id, C command, CommandOptions options, Permit permit);

    /** The state of an aggregate, after every command that was called before. */
    Future<AggregateState<S>> state(String id);

    /**
     * Whether a command of this id has appended events to the aggregate, ever. Reads the history of the aggregate, so it knows ids too
     * that are no longer remembered ({@link AggregateOptions#getCommandIds}). False is final for a command that is not sent any more:
     * nothing that was under way is appended later. It is final too for one whose earlier calls have a {@link Permit} that is lost. Costs in proportion to the events of the aggregate, the newest first.
     */
    Future<Boolean> hasExecuted(String id, String commandId);

    /** What was done until now. */
    AggregateStatistics statistics();

    /**
     * Takes no more calls, and completes when those under way are answered and the claims are let go. Calling it again does nothing
     * more. It never throws.
     */
    Future<Void> close();
}
