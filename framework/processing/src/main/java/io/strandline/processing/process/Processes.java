package io.strandline.processing.process;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.internal.Implementation;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * The running instances of one process. Callable from any thread. Futures complete on the caller's context.
 *
 * <pre>{@code
 * Processes.open(vertx, log, sync, transfer, ProcessTargets.of(ACCOUNTS, accounts),
 *         new ProcessOptions().setStream("bank/transfers"));
 * }</pre>
 *
 * <p><b>Decided once.</b> An event is read by a reader group, at least once. The instance that it belongs to reacts, and the new state,
 * the commands and the timers are one atomic append to the stream of the process. An event that comes again is recognised by the
 * position that the instance has in its partition, over restarts too. An event about which nothing is done is not noted.
 *
 * <p><b>Executed once.</b> Commands are sent after that, with ids of process, stream, key and number, until they are answered, and the
 * answer is appended too. Nothing is sent twice without a look into the whole history of its aggregate ({@link
 * io.strandline.processing.aggregate.Aggregates#hasExecuted}), so a crash or a lost answer repeats no command, however many others came
 * in between. A rejected command has done nothing. If a crash loses its answer it is decided again. So is a command that was accepted
 * and changed nothing.
 *
 * <p><b>Timers</b> are part of the same stream. They fire once, after a restart too, when their time has come by the {@link ProcessClock}
 * or later. The process waits at most 10 s without looking at the clock, so one that jumps ahead is noticed.
 *
 * <p><b>Order.</b> Events of one partition are reacted to in their order, one after the other. An instance reacts to one input at a time.
 *
 * <p><b>What cannot be reacted to.</b> An event that cannot be read, has no valid key, or whose reaction throws is tried again and then
 * treated by the policy of the group ({@link io.strandline.processing.group.PoisonPolicy}). A timer or an answer whose reaction throws is
 * tried as often. Then {@code FAIL} stops the process, {@code SKIP} notes it as done without a reaction, and {@code PARK} puts it aside
 * until the process is opened again. Other instances go on. A log that is away for a while is no such failure: the process waits.
 *
 * <p><b>What cannot be sent.</b> A command that its aggregate cannot decide is a rejected one. A command whose target the process no longer
 * has stops the process. If an aggregate cannot be read, nobody can say whether a command that may have been sent before was executed. It is
 * neither sent again nor answered then: {@code FAIL} stops the process, {@code SKIP} and {@code PARK} put the command aside until the
 * process is opened again.
 *
 * <p><b>One owner.</b> Whoever opens the process of a stream later takes over. The earlier one stops with Fenced when it next decides
 * something or reads a step of the later one, and sends no command of such a step. Each step has the id of the opening that decided it
 * in its header {@code opening-id}.
 *
 * <p><b>One life of a stream.</b> After the stream of a process is deleted, the process is opened on a stream of another name. Under the
 * old name its commands would have the ids of earlier ones, and their aggregates would take them for repeats.
 *
 * @param <S> state of one instance
 */
public interface Processes<S> {

    /**
     * Opens a process: creates its stream and its reader group if they do not exist, sends again what was not answered, and begins to
     * react. The group has the name of the stream. What is opened in a verticle closes when that is undeployed, and all of it before
     * its log when Vert.x closes. Open it before other commands are taken: then what was under way at a crash is sent first.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if an option is out of its bounds, a target is not given, or the stream is not
     * exclusive, with {@link StrandlineException.NotFound} if a source does not exist, and with what log and group fail with.
     */
    static <S> Future<Processes<S>> open(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            Process<S> process,
            ProcessTargets targets,
            ProcessOptions options) {
        return open(vertx, log, sync, process, targets, options, ProcessClock.system(vertx));
    }

    /** As {@link #open(Vertx, Strandline, StateSync, Process, ProcessTargets, ProcessOptions)}, with a clock. */
    static <S> Future<Processes<S>> open(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            Process<S> process,
            ProcessTargets targets,
            ProcessOptions options,
            ProcessClock clock) {
        return Implementation.of(ProcessProvider.class)
                .open(vertx, sync, new ProcessSetting<>(log, process, targets, options, clock));
    }

    /**
     * One instance as it is now.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the key is none of an instance, or its state cannot be read.
     *
     * @param key 1 to {@value Process#MAX_KEY_LENGTH} characters without a slash. One without events has the initial state
     */
    Future<ProcessState<S>> state(String key);

    /** The group that reads the sources: its lag, its parked events, its options. */
    ReaderGroup group();

    /**
     * Reacts to events that were parked, one after the other, in the order of parking. At the first one that still cannot be reacted to it
     * stops and fails. To an event that its instance had reacted to nothing is done. Costs a read of the instance's history for each event.
     *
     * @param ids of {@link ReaderGroup#parked()}. What {@link ReaderGroup#replay} says of them and of calls at the same time holds here too
     * @return the number of events that are no longer parked
     */
    Future<Integer> replayParked(List<Long> ids);

    /** What was done until now. */
    ProcessStatistics statistics();

    /**
     * Completes when the process was closed, and fails with the cause when it stopped by itself. Then nothing is lost: the next opening
     * goes on.
     */
    Future<Void> ended();

    /**
     * Reacts to no more events, and completes when what is being decided is durable and everything is released. Commands that are under
     * way are sent again by the next opening. Calling it again does nothing more. It never throws.
     */
    Future<Void> close();
}
