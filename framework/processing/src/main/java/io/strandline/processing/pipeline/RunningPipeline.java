package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A deployed pipeline. Callable from any thread. Futures complete on the caller's context.
 *
 * <p>A step that throws, or whose outputs their codec refuses, has no effect. It is tried again, with pauses, as often as the
 * options say. Then the {@link FailurePolicy} decides, and by default the pipeline pauses.
 *
 * <p>A pipeline that cannot go on (the log refuses an output, a newer run of the same name fences it, a checkpoint cannot be
 * written) stops by itself without a final checkpoint. A restart makes up for that. After such a stop every future here
 * fails with its cause.
 */
public interface RunningPipeline {

    /** Most callers that may wait for offsets of one task, or for the tasks of one run to begin. */
    int MAX_WAITING = 1_000;

    /** Most checkpoints of one pipeline that have names. */
    int MAX_PINNED_CHECKPOINTS = 10;

    /** Longest name of a checkpoint, in characters. */
    int MAX_CHECKPOINT_NAME_LENGTH = 64;

    /** Longest time, in milliseconds, to which a switch bounds the catching up of the other version: a day. */
    long MAX_CATCH_UP_MILLIS = 86_400_000;

    /** Most parked events of one page. */
    int MAX_PARKED_LISTED = 100_000;

    /** Most states of one page. */
    int MAX_STATES_LISTED = 1_000;

    /** States of one page unless the range says another number. */
    int DEFAULT_STATES_LISTED = 100;

    /**
     * Bytes of stored states that a task decodes for one page, and of the states of a page that is sent to another process: 1 MiB. The
     * state that reaches it is the last one of the page.
     */
    int MAX_STATES_BYTES = 1 << 20;

    /** Most questions for states of a range that one stage of a pipeline answers at a time. */
    int MAX_STATE_SCANS = 8;

    /** Most windows of an operator in one partition of which those of a key can be asked for. */
    int MAX_WINDOWS_LOOKED_AT = 10_000;

    /**
     * An event that was parked.
     *
     * @param id its number in the parking stream, in the order of parking
     * @param stream where it was read
     * @param partition id of its partition
     * @param offset its number there
     * @param key its routing key, or null
     * @param type name and version under which it was written
     * @param cause why it is parked
     */
    record ParkedEvent(
            long id,
            StreamName stream,
            long partition,
            long offset,
            @Nullable String key,
            EventType type,
            String cause) {}

    /** Processes a parked event that is replayed. */
    @FunctionalInterface
    interface ParkedEventHandler<E> {

        /** Completes when the event is processed. A failure leaves it parked. */
        Future<?> handle(EventRecord<E> event);
    }

    /**
     * For each partition of the source the offset after the last event that was processed. A sealed partition is named at
     * its end until all its successors have begun. So the cut always covers every key, and a reader that starts from it
     * reads the events that the pipeline has still to process.
     */
    Future<StreamCut> position();

    /**
     * As {@link #position()}, of one of several sources. {@code position()} is that of the first.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the pipeline does not read the stream.
     *
     * @param source full name of the stream
     */
    Future<StreamCut> position(String source);

    /**
     * Number of events in the sources and internal streams that are not yet processed, those of sealed partitions and of the ones that took over
     * included.
     */
    Future<Long> lag();

    /**
     * Takes a checkpoint of everything that is processed by now. If nothing was processed since the last one, completes
     * with that.
     *
     * <p>When the future completes, state and outputs up to the checkpoint's cut are durable, and handlers have completed for theirs
     * ({@link Events#handle}). Fails with the failure of a handler that has paused the pipeline, which may be resumed then.
     */
    Future<Checkpoint> checkpoint();

    /**
     * Takes a checkpoint as {@link #checkpoint()} and gives it a name. It is kept until {@link #unpin}, beside those that the options
     * retain, and retention of the source keeps all events after it. {@link Pipeline#restore} begins from it.
     *
     * <p>A pipeline of several stages stands still for it: one stage after the other reads its internal stream to the end and stops, so
     * that {@link Pipeline#runBeside} can begin with the checkpoint. If that takes longer than {@link
     * PipelineOptions#getSwitchTimeoutMillis()}, all stages go on, and each takes a checkpoint by itself. So it is if the pipeline is
     * paused, loads a table, or has several parts. Then {@link Pipeline#restore} alone begins from it.
     *
     * <p>While there is such a checkpoint, the stream of the pipeline's checkpoints keeps an entry of every later one, some 300 bytes
     * for each partition. So unpin what is not needed any more.
     *
     * <p>When the future completes, all of it is durable. It fails with {@link StrandlineException.Conflict} that has the names if the
     * pipeline has a checkpoint of this name, and with {@link StrandlineException.Overloaded} if {@value #MAX_PINNED_CHECKPOINTS} have
     * names. After {@link StrandlineException.Unknown} this run has the name, and a later one may have it: {@link #unpin} takes it back.
     *
     * @param name by the rules of a stream's name, at most {@value #MAX_CHECKPOINT_NAME_LENGTH} characters, not all of them digits
     */
    Future<Checkpoint> checkpoint(String name);

    /**
     * Takes the name of a checkpoint back. Its files are deleted with a later checkpoint, unless the options retain it. Fails with
     * {@link StrandlineException.NotFound} that has the names if there is none of this name. After another failure the name may be gone,
     * and retention of the source waits for the checkpoint until a later one.
     */
    Future<Void> unpin(String name);

    /** The checkpoints that are kept, pinned ones included, in the order in which they were taken. */
    Future<List<Checkpoint>> checkpoints();

    /**
     * Checks that the pipeline is deterministic: processes the events between two checkpoints again, from the state of the first one,
     * appends nothing, and compares the state of each operator and key group, and the outputs in between, with the second one.
     *
     * <p>The pipeline goes on meanwhile. An audit has its own tasks and readers, at most {@link
     * PipelineOptions#getAuditStepsPerSecond} steps per second and {@link PipelineOptions#getMaxAuditStateBytes} of state. It calls
     * the functions of the pipeline. Until it ends both checkpoints and the events after the first are kept. A close of the pipeline
     * cancels it.
     *
     * <p>Fails with
     *
     * <ul>
     * <li>{@link StrandlineException.NotFound}, which names what there is, if there is no such checkpoint.
     * <li>{@link StrandlineException.Invalid} if the second is not after the first, if another version of the pipeline ran between
     * them, or if a pipeline with shuffles is asked by numbers, because each stage numbers its checkpoints by itself.
     * <li>{@link StrandlineException.Truncated} if the source does not keep the events any more.
     * <li>{@link StrandlineException.Corrupt} if a snapshot of one of the checkpoints is damaged.
     * <li>{@link StrandlineException.Overloaded} if an audit of the pipeline runs, or the states need more memory.
     * <li>{@link StrandlineException.Unavailable} if the pipeline is closed meanwhile.
     * </ul>
     *
     * @param from name of a pinned checkpoint, or number of one that is kept
     * @param to one that was taken later
     */
    Future<PipelineAudit> audit(String from, String to);

    /**
     * The newest audit that was made in the background ({@link PipelineOptions#setAuditIntervalMillis}), null if none has ended yet.
     * One with differences stays until the end of the run.
     */
    @Nullable
    PipelineAudit lastAudit();

    /** What the pipeline is and how its tasks do, as text, for Mermaid and as JSON. */
    Future<PipelineDescription> describe();

    /**
     * The state of a key, as its task has it between two steps. Callable from any verticle of the process. The value must not be
     * changed.
     *
     * <p>An answer is valid for the events before its offset. It is not durable: after a crash the pipeline may answer as of an
     * earlier offset, until it has come as far again.
     *
     * <p>Fails with {@link StrandlineException.NotFound} that has the ids if there is no such operator, with {@link
     * StrandlineException.Invalid} if the operator keeps no state for each key but windows ({@link #windows}) or events, and with
     * {@link StrandlineException.Unavailable} while the key moves from one partition to the next.
     *
     * @param operator id of an aggregate, a reduce, a process or a table
     * @param key the key by which the operator is grouped
     */
    Future<StateAnswer> state(String operator, String key);

    /**
     * The state of a key.
     *
     * @param value null if the key has none
     * @param partition of the source that has the key
     * @param offset of the first event of the partition that is not part of the state
     * @param watermark of the task, in milliseconds since the epoch, {@link Long#MIN_VALUE} before the first event
     */
    record StateAnswer(String key, @Nullable Object value, long partition, long offset, long watermark) {}

    /**
     * The windows of a key that an event may still change, as their task has them between two steps: those that are open, and those
     * that were passed on and stay because later events are allowed. The answer is valid as that of {@link #state}. The values must
     * not be changed.
     *
     * <p>Fails as {@link #state}, with {@link StrandlineException.Invalid} if the operator is no window, and with {@link
     * StrandlineException.Overloaded} if it has more than {@value #MAX_WINDOWS_LOOKED_AT} windows in the partition of the key.
     *
     * @param operator id of a window
     * @param key the key by which the operator is grouped
     */
    Future<WindowsAnswer> windows(String operator, String key);

    /**
     * The windows of a key.
     *
     * @param windows by their starts. What would be passed on now: early if the window was not passed on yet, and never final
     * @param partition of the source that has the key
     * @param offset of the first event of the partition that is not part of the values
     * @param watermark of the task, in milliseconds since the epoch, {@link Long#MIN_VALUE} before the first event
     */
    record WindowsAnswer(String key, List<Windowed<Object>> windows, long partition, long offset, long watermark) {

        public WindowsAnswer {
            windows = List.copyOf(windows);
        }
    }

    /**
     * A page of the keys of a range that have a state, with their states, in the order of the keys. The order is that of {@link
     * String#compareTo}, in which windows and timers of one time are passed on, too. The values must not be changed.
     *
     * <p>The states of one task are those between two steps, all of one moment, and no key of the page is missing. The moments of two
     * tasks differ: {@link StatePage#positions} names them. Two pages are of two moments. As with {@link
     * #state}, an answer is not durable.
     *
     * <p>A page looks at each key of the operator once, whatever the range. A task does that in slices of at most some thousand
     * keys, and processes events between them. So it suits a person who looks at a running pipeline. For frequent queries use a
     * projection.
     *
     * <p>Fails with
     *
     * <ul>
     * <li>{@link StrandlineException.NotFound} that has the ids if there is no such operator.
     * <li>{@link StrandlineException.Invalid} if the operator keeps no state for each key but windows or events.
     * <li>{@link StrandlineException.Unavailable} while keys move from one partition to the next, and if a task ends meanwhile. Then
     * ask again.
     * <li>{@link StrandlineException.Overloaded} if the stage answers {@value #MAX_STATE_SCANS} such questions already.
     * </ul>
     *
     * @param operator id of an aggregate, a reduce, a process or a table
     */
    Future<StatePage> states(String operator, StateRange range);

    /**
     * Which states a page has.
     *
     * @param from the first key, or null to begin with the first of all
     * @param to the first key after the range, or null to go to the last of all
     * @param limit most states of the page, 1 to {@value RunningPipeline#MAX_STATES_LISTED}
     */
    record StateRange(@Nullable String from, @Nullable String to, int limit) {

        /**
         * Checks the parts.
         *
         * @throws StrandlineException.Invalid if the limit is out of its bounds, or {@code from} is after {@code to}
         */
        public StateRange {
            Limits.require("limit", limit, 1, MAX_STATES_LISTED);
            if (from != null && to != null && from.compareTo(to) > 0) {
                throw new StrandlineException.Invalid("the range begins with key " + from + ", after its end " + to);
            }
        }

        /** All keys, in pages of {@value RunningPipeline#DEFAULT_STATES_LISTED}. */
        public static StateRange all() {
            return new StateRange(null, null, DEFAULT_STATES_LISTED);
        }

        /** Keys that begin with a text, in pages of {@value RunningPipeline#DEFAULT_STATES_LISTED}. */
        public static StateRange prefix(String text) {
            int end = text.length();
            while (end > 0 && text.charAt(end - 1) == Character.MAX_VALUE) {
                end--;
            }
            String to = end == 0 ? null : text.substring(0, end - 1) + (char) (text.charAt(end - 1) + 1);
            return new StateRange(text, to, DEFAULT_STATES_LISTED);
        }

        /** The same range from another key on, as {@link StatePage#next} names it. */
        public StateRange startingAt(String key) {
            return new StateRange(key, to, limit);
        }

        /** The same range in pages of another size. */
        public StateRange limitedTo(int states) {
            return new StateRange(from, to, states);
        }
    }

    /**
     * States of several keys.
     *
     * @param states by their keys. There may be fewer than the limit, or none, although more follow
     * @param positions where each task was when it answered, in the order of the key ranges of their partitions. Its states are valid
     *     there, and so is that it has no others
     * @param next where the rest of the range begins, for {@link StateRange#startingAt}, or null if there is none
     */
    record StatePage(
            List<StateAnswer> states,
            List<TaskPosition> positions,
            @Nullable String next) {

        public StatePage {
            states = List.copyOf(states);
            positions = List.copyOf(positions);
        }
    }

    /**
     * Where a task is.
     *
     * @param partition that it reads
     * @param offset of the next event
     * @param watermark in milliseconds since the epoch, {@link Long#MIN_VALUE} before the first event
     */
    record TaskPosition(long partition, long offset, long watermark) {}

    /**
     * Switches the pipeline to another version, which has begun beside this one ({@link Pipeline#runBeside}) and runs in this process.
     * This version goes on until the other one has caught up. Then it pauses, the other one comes to the same position, and this one
     * ends. From then on the other one is the pipeline, without a restart, and {@link Pipeline#deploy} of it goes on from there. This
     * version is refused, and retention waits for it no longer. What it keeps stays until {@link Pipeline#drop}.
     *
     * <p>One entry in the checkpoint stream decides. A crash before it leaves both versions as they were, and a crash after it leaves the
     * other one as the pipeline. When the future completes, the entry is durable, and {@link #ended} has completed.
     *
     * <p>A version of one stage that a failure has paused can be switched from, too. Of several stages each reads what the one before it
     * has sent, and then stops, so all of them must run. If the other version fails, or does not come to the position
     * within {@link PipelineOptions#getSwitchTimeoutMillis()} after this one has paused, the future fails and this version goes on as
     * before. Nothing bounds the time until the other one has caught up, in which this version goes on, but {@link #switchTo(RunningPipeline,
     * long)}. Nothing bounds that of a checkpoint.
     *
     * <p>Checkpoints of this version that have names do not pass to the other one. Nothing switches back: this version number is used up.
     *
     * <p>Fails with
     *
     * <ul>
     * <li>{@link StrandlineException.Invalid} if the other one does not run beside this one.
     * <li>{@link StrandlineException.Conflict} if this version is not the pipeline itself, or has several stages and is paused, or the
     * other one is paused or was dropped. If
     * it was dropped while the entry was written, this version has stopped, and a start of it goes on.
     * <li>{@link StrandlineException.Unavailable} if this version is closed meanwhile, its stages do not come to a standstill in time, or the
     * other one does not come to the position.
     * <li>{@link StrandlineException.Fenced} or {@link StrandlineException.Unknown} if the entry was refused, or may have been: this
     * version has stopped then, and a start tells which one is the pipeline.
     * </ul>
     *
     * @return where readers of the outputs move over
     */
    Future<PipelineSwitch> switchTo(RunningPipeline beside);

    /**
     * As {@link #switchTo(RunningPipeline)}, unless the other version takes longer to catch up. Then it fails with {@link
     * StrandlineException.Unavailable} and says how far that lags behind. Nothing has changed, and it is safe to call again.
     *
     * @param maxCatchUpMillis 1 to {@value #MAX_CATCH_UP_MILLIS}, in milliseconds. The time of the other steps is not in it
     */
    Future<PipelineSwitch> switchTo(RunningPipeline beside, long maxCatchUpMillis);

    /** The checkpoints that have names. */
    Future<SortedMap<String, Checkpoint>> pinnedCheckpoints();

    /**
     * Waits until all source events before a cut are processed and a checkpoint holds them: then they and their outputs
     * are durable, and no restart will process them again. What they send through shuffles is processed by then, too, and each
     * window after a shuffle that they have ended is over. The cut may name sealed partitions and, if the pipeline has not come to
     * them yet, those that took over. The checkpoint's own cut names the partitions where the pipeline is then.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the cut is one of another stream, names a partition that the source
     * does not have, or is past the end of a sealed one, and with {@link StrandlineException.Overloaded} if
     * {@value #MAX_WAITING} callers wait already. While a failure has paused the pipeline, it fails with the cause, unless the
     * events are processed and the windows over. While the pipeline is paused otherwise, it waits.
     */
    Future<Checkpoint> awaitPosition(StreamCut cut);

    /** As {@link #awaitPosition}, for the ends that all sources have now. */
    Future<Checkpoint> awaitEnd();

    /**
     * Processes no event until {@link #resume}. Completes when every task is between two steps, and handlers have completed for the
     * outputs before or have failed as often as they may. Checkpoints are taken as before, and
     * {@link #close} works. A restart does not keep the pause. A pipeline that a failure has paused stays so.
     */
    Future<Void> pause();

    /** Goes on after {@link #pause}, or after a failure: then the step that has failed is tried again, as often as the first time. */
    Future<Void> resume();

    /**
     * A page of the parked events that were neither replayed nor dropped, oldest first.
     *
     * @param after the last id of the page before, or -1
     * @param limit most events of the page, 1 to {@value #MAX_PARKED_LISTED}
     */
    Future<List<ParkedEvent>> parked(long after, int limit);

    /** The first page of {@link #parked(long, int)}, of {@value #MAX_PARKED_LISTED} events. */
    default Future<List<ParkedEvent>> parked() {
        return parked(-1, MAX_PARKED_LISTED);
    }

    /**
     * Hands parked events to a handler on the caller's context, one after the other, in the order in which they were parked. The
     * pipeline does not see them: the handler may append them to the source again, corrected. An event is no longer parked once
     * its future completes. At the first failure the replay stops, and that event and all later ones stay parked. Completes with the
     * number of events that were processed.
     *
     * <p>A key is no longer held once all its parked events are settled. The release is durable, and a replay of the pipeline finds
     * it. It fails with {@link StrandlineException.Unavailable} while a step of the partition waits. Then call again, with any ids.
     *
     * <p>Delivery is at least once: an event whose processing was not noted comes again. Calls for one pipeline must not overlap.
     *
     * <p>An event that was too large for the parking stream is read from its own stream, and fails with {@link
     * StrandlineException.Truncated} if that stream no longer keeps it.
     *
     * @param ids of the events. For a held key, all ids up to the last one must be given, or order is lost. Unknown ids are skipped
     */
    <E> Future<Integer> replay(List<Long> ids, EventCodec<E> codec, ParkedEventHandler<E> handler);

    /** Forgets parked events. Completes with their number. The rule of {@link #replay} for held keys applies here too. */
    Future<Integer> dropParked(List<Long> ids);

    /** How the pipeline is now. A value, which does not change later. */
    PipelineStatus status();

    /**
     * Sets who hears how the pipeline is: at once, and whenever it has changed. A status that lasts for moments only may be left out,
     * the newest one never. One handler is told at a time, so another one replaces it. Of a shared pipeline use {@link
     * io.strandline.processing.pipeline.share.PipelineMember#statusHandler}, which needs those of its runs.
     *
     * <p>By {@link FailurePolicy#PAUSE}, the default, this is where a failure is told: {@link #ended} does not complete then.
     *
     * @param handler is called on the context of the caller. null for nobody
     */
    void statusHandler(@Nullable Handler<PipelineStatus> handler);

    /**
     * The pipeline's checkpoints until now, those of all stages together. Of several stages {@code last} and {@code restored} are
     * those of the first.
     */
    CheckpointStatistics statistics();

    /**
     * Number of events that came too late for their windows since this run began. An event that a restart processes again is
     * counted again.
     */
    long lateEvents();

    /** Completes when the pipeline was closed, and fails with the cause when it stopped by itself. */
    Future<Void> ended();

    /**
     * Stops cleanly: takes no more events, and completes when a final checkpoint is durable and everything is released.
     * Calling it again has no further effect. It never throws. A pipeline that runs when Vert.x is closed is closed in
     * the same way, before its log.
     *
     * <p>Fails with the failure of a handler that has failed as often as it may. Then everything is released too, without a final
     * checkpoint, and the next start hands the outputs over again.
     */
    Future<Void> close();
}
