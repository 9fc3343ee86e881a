package io.strandline.processing.pipeline;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.spi.StateTable;
import io.strandline.processing.pipeline.spi.StateTables;
import io.vertx.core.ThreadingModel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How a pipeline runs. */
public class PipelineOptions {

    public static final long DEFAULT_CHECKPOINT_INTERVAL_MILLIS = 5_000;
    public static final int DEFAULT_CHECKPOINT_EVENTS = 100_000;
    public static final int DEFAULT_MAX_REPLAY_EVENTS = 1_000_000;
    public static final int DEFAULT_RETAINED_CHECKPOINTS = 3;
    public static final int DEFAULT_READ_AHEAD_BYTES = 1 << 20;

    public static final int DEFAULT_MAX_PARTITIONS = 2_000;
    public static final long DEFAULT_RETRY_TIMEOUT_MILLIS = 60_000;
    public static final long DEFAULT_TICK_INTERVAL_MILLIS = 1_000;
    public static final long DEFAULT_SILENCE_MILLIS = 10_000;

    /** Of {@link #setSilenceMillis}: however long no event comes, a partition does not count as silent. */
    public static final long NEVER_SILENT = -1;

    /** Default of {@link #setSwitchTimeoutMillis}. */
    public static final long DEFAULT_SWITCH_TIMEOUT_MILLIS = 60_000;

    private static final long MAX_SILENCE_MILLIS = 315_360_000_000L;

    public static final int DEFAULT_MAX_ATTEMPTS = 5;
    public static final long DEFAULT_RETRY_BACK_OFF_MILLIS = 100;
    public static final long DEFAULT_MAX_RETRY_BACK_OFF_MILLIS = 10_000;

    public static final int DEFAULT_MAX_HANDLER_CALLS = 16;
    public static final long DEFAULT_HANDLER_TIMEOUT_MILLIS = 60_000;

    /** Half of the heap. */
    public static final long DEFAULT_MAX_STATE_BYTES = 0;

    public static final long DEFAULT_MAX_SHUFFLE_LAG = 1_000_000;

    /** As of reader groups. */
    public static final long DEFAULT_LEASE_MILLIS = 5_000;

    /** Most parts that members may share. */
    public static final int MAX_PARTS = 256;

    /** No audits in the background. */
    public static final long DEFAULT_AUDIT_INTERVAL_MILLIS = 0;

    public static final int DEFAULT_AUDIT_STEPS_PER_SECOND = 20_000;

    /** An eighth of the heap. */
    public static final long DEFAULT_MAX_AUDIT_STATE_BYTES = 0;

    /** Most partitions with which the internal stream of a shuffle begins. */
    public static final int MAX_SHUFFLE_PARTITIONS = 64;

    private @Nullable String checkpointDirectory;
    private long checkpointIntervalMillis = DEFAULT_CHECKPOINT_INTERVAL_MILLIS;
    private int checkpointEvents = DEFAULT_CHECKPOINT_EVENTS;
    private int maxReplayEvents = DEFAULT_MAX_REPLAY_EVENTS;
    private int retainedCheckpoints = DEFAULT_RETAINED_CHECKPOINTS;
    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;
    private int writeQueueBytes = WriterOptions.DEFAULT_WRITE_QUEUE_BYTES;
    private int maxPartitions = DEFAULT_MAX_PARTITIONS;
    private ThreadingModel threadingModel = ThreadingModel.EVENT_LOOP;
    private long maxStateBytes = DEFAULT_MAX_STATE_BYTES;
    private @Nullable StateTables stateTables;
    private long retryTimeoutMillis = DEFAULT_RETRY_TIMEOUT_MILLIS;
    private long tickIntervalMillis = DEFAULT_TICK_INTERVAL_MILLIS;
    private long silenceMillis = DEFAULT_SILENCE_MILLIS;
    private long switchTimeoutMillis = DEFAULT_SWITCH_TIMEOUT_MILLIS;
    private FailurePolicy failurePolicy = FailurePolicy.PAUSE;
    private int maxAttempts = DEFAULT_MAX_ATTEMPTS;
    private long retryBackOffMillis = DEFAULT_RETRY_BACK_OFF_MILLIS;
    private long maxRetryBackOffMillis = DEFAULT_MAX_RETRY_BACK_OFF_MILLIS;
    private int maxHandlerCalls = DEFAULT_MAX_HANDLER_CALLS;
    private long handlerTimeoutMillis = DEFAULT_HANDLER_TIMEOUT_MILLIS;
    private boolean holdKeys;
    private @Nullable String parkingStream;
    private int shufflePartitions;
    private long maxShuffleLag = DEFAULT_MAX_SHUFFLE_LAG;
    private long auditIntervalMillis = DEFAULT_AUDIT_INTERVAL_MILLIS;
    private int auditStepsPerSecond = DEFAULT_AUDIT_STEPS_PER_SECOND;
    private long maxAuditStateBytes = DEFAULT_MAX_AUDIT_STATE_BYTES;
    private int parts = 1;
    private @Nullable String stateAddress;
    private long leaseMillis = DEFAULT_LEASE_MILLIS;
    private boolean holdRetention = true;
    private boolean versionChangeAllowed;
    private boolean traceHeaders;
    private Set<String> droppedState = Set.of();

    public PipelineOptions() {}

    /** Copies the options as they are, so that {@link #validate} says the same of the copy. */
    public PipelineOptions(PipelineOptions other) {
        this(other.toJson());
        this.threadingModel = other.threadingModel;
        this.failurePolicy = other.failurePolicy;
        this.stateTables = other.stateTables;
    }

    /**
     * Reads the options. Missing options have their defaults.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public PipelineOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("pipeline options", json);
        this.checkpointDirectory = in.text("checkpointDirectory");
        this.checkpointIntervalMillis = in.whole("checkpointIntervalMillis", DEFAULT_CHECKPOINT_INTERVAL_MILLIS);
        this.checkpointEvents = in.integer("checkpointEvents", DEFAULT_CHECKPOINT_EVENTS);
        this.maxReplayEvents = in.integer("maxReplayEvents", DEFAULT_MAX_REPLAY_EVENTS);
        this.retainedCheckpoints = in.integer("retainedCheckpoints", DEFAULT_RETAINED_CHECKPOINTS);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        this.writeQueueBytes = in.integer("writeQueueBytes", WriterOptions.DEFAULT_WRITE_QUEUE_BYTES);
        this.maxPartitions = in.integer("maxPartitions", DEFAULT_MAX_PARTITIONS);
        this.threadingModel = in.constant("threadingModel", ThreadingModel.EVENT_LOOP);
        this.maxStateBytes = in.whole("maxStateBytes", DEFAULT_MAX_STATE_BYTES);
        this.retryTimeoutMillis = in.whole("retryTimeoutMillis", DEFAULT_RETRY_TIMEOUT_MILLIS);
        this.tickIntervalMillis = in.whole("tickIntervalMillis", DEFAULT_TICK_INTERVAL_MILLIS);
        this.silenceMillis = in.whole("silenceMillis", DEFAULT_SILENCE_MILLIS);
        this.switchTimeoutMillis = in.whole("switchTimeoutMillis", DEFAULT_SWITCH_TIMEOUT_MILLIS);
        this.failurePolicy = in.constant("failurePolicy", FailurePolicy.PAUSE);
        this.maxAttempts = in.integer("maxAttempts", DEFAULT_MAX_ATTEMPTS);
        this.retryBackOffMillis = in.whole("retryBackOffMillis", DEFAULT_RETRY_BACK_OFF_MILLIS);
        this.maxRetryBackOffMillis = in.whole("maxRetryBackOffMillis", DEFAULT_MAX_RETRY_BACK_OFF_MILLIS);
        this.maxHandlerCalls = in.integer("maxHandlerCalls", DEFAULT_MAX_HANDLER_CALLS);
        this.handlerTimeoutMillis = in.whole("handlerTimeoutMillis", DEFAULT_HANDLER_TIMEOUT_MILLIS);
        this.holdKeys = in.flag("holdKeys", false);
        this.parkingStream = in.text("parkingStream");
        this.shufflePartitions = in.integer("shufflePartitions", 0);
        this.maxShuffleLag = in.whole("maxShuffleLag", DEFAULT_MAX_SHUFFLE_LAG);
        this.auditIntervalMillis = in.whole("auditIntervalMillis", DEFAULT_AUDIT_INTERVAL_MILLIS);
        this.auditStepsPerSecond = in.integer("auditStepsPerSecond", DEFAULT_AUDIT_STEPS_PER_SECOND);
        this.maxAuditStateBytes = in.whole("maxAuditStateBytes", DEFAULT_MAX_AUDIT_STATE_BYTES);
        this.parts = in.integer("parts", 1);
        this.stateAddress = in.text("stateAddress");
        this.leaseMillis = in.whole("leaseMillis", DEFAULT_LEASE_MILLIS);
        this.holdRetention = in.flag("holdRetention", true);
        this.versionChangeAllowed = in.flag("versionChangeAllowed", false);
        this.traceHeaders = in.flag("traceHeaders", false);
        this.droppedState = Collections.unmodifiableSet(new TreeSet<>(in.texts("droppedState")));
        in.end();
    }

    /**
     * Directory for the snapshots, with one directory per pipeline in it, or null for the place of the log's own files. The
     * default is null.
     */
    public @Nullable String getCheckpointDirectory() {
        return checkpointDirectory;
    }

    /**
     * Sets the directory of the snapshots. It is created if missing. Logs must not share one.
     *
     * <p>Without it they are in {@code checkpoints} of the data directory of a log of files, and in memory for a log in
     * memory, for as long as that is there. A log that is not in this process needs one.
     *
     * @param checkpointDirectory a path, which every later run must be given too. Where no snapshot of an earlier run is left
     *     a run does not start. Null for the log's place
     */
    public PipelineOptions setCheckpointDirectory(@Nullable String checkpointDirectory) {
        this.checkpointDirectory = checkpointDirectory;
        return this;
    }

    /**
     * Time from one checkpoint to the next while events come, in milliseconds. The default is 5 s. While a run repeats steps of an earlier
     * one, up to five of these times pass without a checkpoint.
     */
    public long getCheckpointIntervalMillis() {
        return checkpointIntervalMillis;
    }

    public PipelineOptions setCheckpointIntervalMillis(long checkpointIntervalMillis) {
        this.checkpointIntervalMillis = checkpointIntervalMillis;
        return this;
    }

    /**
     * Steps of one partition after which a checkpoint begins earlier: events, timers and keys of windows that are over. The default is {@value
     * #DEFAULT_CHECKPOINT_EVENTS}.
     */
    public int getCheckpointEvents() {
        return checkpointEvents;
    }

    public PipelineOptions setCheckpointEvents(int checkpointEvents) {
        this.checkpointEvents = checkpointEvents;
        return this;
    }

    /**
     * Most steps of one partition that a restart processes again: a task this far past the last durable checkpoint waits
     * for the next one. {@value #DEFAULT_MAX_REPLAY_EVENTS} by default.
     */
    public int getMaxReplayEvents() {
        return maxReplayEvents;
    }

    /**
     * Sets the bound of a replay.
     *
     * @param maxReplayEvents at least {@link #getCheckpointEvents()}
     */
    public PipelineOptions setMaxReplayEvents(int maxReplayEvents) {
        this.maxReplayEvents = maxReplayEvents;
        return this;
    }

    /** Number of newest checkpoints whose files are kept. The default is {@value #DEFAULT_RETAINED_CHECKPOINTS}. */
    public int getRetainedCheckpoints() {
        return retainedCheckpoints;
    }

    public PipelineOptions setRetainedCheckpoints(int retainedCheckpoints) {
        this.retainedCheckpoints = retainedCheckpoints;
        return this;
    }

    /** Bytes that a task reads ahead of its steps. The default is 1 MiB. */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    public PipelineOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /**
     * Bytes of outputs of one task that may be in flight before it waits, counted as a writer does. The default is 4 MiB.
     */
    public int getWriteQueueBytes() {
        return writeQueueBytes;
    }

    public PipelineOptions setWriteQueueBytes(int writeQueueBytes) {
        this.writeQueueBytes = writeQueueBytes;
        return this;
    }

    /**
     * Most partitions of the source with which the pipeline may have to do. The default is {@value
     * #DEFAULT_MAX_PARTITIONS}. Open partitions count. Sealed partitions count if the source keeps events of them or a
     * checkpoint names them.
     */
    public int getMaxPartitions() {
        return maxPartitions;
    }

    /**
     * Sets how many partitions of the source the pipeline may have to do with. For each there is a writer in the sink.
     * All writers of the sink together must not be more than its log remembers in a partition ({@code
     * writersPerPartition}, 5,000 by default). A pipeline with more partitions is refused with Invalid when it starts. If
     * scaling makes more, a running pipeline stops with Invalid.
     *
     * @param maxPartitions 1 to 100,000
     */
    public PipelineOptions setMaxPartitions(int maxPartitions) {
        this.maxPartitions = maxPartitions;
        return this;
    }

    /** On which threads the functions of the pipeline run. The default is event loops. */
    public ThreadingModel getThreadingModel() {
        return threadingModel;
    }

    /**
     * Sets the threads. On worker threads a function may block, for instance to read data of a database that never changes: a
     * replay has to see the same. The steps of a partition keep their order, one at a time, and an event costs a change of threads
     * more than on an event loop.
     *
     * <p>Clients that block, as those of JDBC do, are meant. A future of Vert.x that a step asks for completes on the context of the
     * step, which waits for the step. So a step that waits for one never ends, and {@code Future.await} refuses with
     * {@link IllegalStateException}.
     *
     * <p>The worker threads are those of the Vert.x instance ({@code VertxOptions.setWorkerPoolSize}). They write snapshots too, so
     * there should be more of them than partitions whose steps block at once.
     *
     * @param threadingModel event loop or worker. On a virtual thread a step that waits for a future would let another one begin
     */
    public PipelineOptions setThreadingModel(ThreadingModel threadingModel) {
        this.threadingModel = threadingModel;
        return this;
    }

    /**
     * Most bytes of memory that the states of all operators and partitions in one run may take. The default is 0: half of the
     * largest heap of the process.
     */
    public long getMaxStateBytes() {
        return maxStateBytes;
    }

    /**
     * Sets the bound of the states of one run. A step that needs more is refused with Overloaded, which names its operator and the bytes,
     * and a run does not start with more. What only removes state is not refused: windows, sessions and states that are due are passed on
     * and forgotten, so that the state shrinks.
     *
     * <p>Counted are the pages and tables of the states that were checkpointed, and an estimate for each key that has changed since: 160
     * bytes and twice the bytes that a state had on average. So a state that grows is counted with the next checkpoint. What finds states
     * by their times is counted by estimates too: some 100 bytes and the key for each timer, session, early result and key with a time to
     * live, 230 and the key for each event that a join holds, 370, key and id for each id of {@code deduplicate}. When three quarters are
     * used and changes take an eighth, the tasks wait for a checkpoint, which is taken at once.
     *
     * @param maxStateBytes 0 for half of the heap, or more
     */
    public PipelineOptions setMaxStateBytes(long maxStateBytes) {
        this.maxStateBytes = maxStateBytes;
        return this;
    }

    /** Where the states of the keys are held between checkpoints, or null for the heap. The default is null. Not in the JSON. */
    public @Nullable StateTables getStateTables() {
        return stateTables;
    }

    /**
     * Sets where the states of keys are held that have not changed since the last checkpoint. Audits use it too. It changes neither
     * outputs nor checkpoints, so a run may have another one than the run before.
     *
     * <p>On the heap remain, and count for {@link #getMaxStateBytes}: what has changed since the last checkpoint, up to 16,384 keys of
     * an operator and task that are used often, and what finds states by their times. Of a table {@link StateTable#bytes} counts.
     *
     * @param stateTables null for the heap
     */
    public PipelineOptions setStateTables(@Nullable StateTables stateTables) {
        this.stateTables = stateTables;
        return this;
    }

    /**
     * How long the source, the sink and the checkpoint stream may be unavailable, in milliseconds, before the pipeline
     * stops. The default is 60 s, as for reader groups. The pipeline does not wait for a deleted stream: it stops with
     * NotFound.
     */
    public long getRetryTimeoutMillis() {
        return retryTimeoutMillis;
    }

    public PipelineOptions setRetryTimeoutMillis(long retryTimeoutMillis) {
        this.retryTimeoutMillis = retryTimeoutMillis;
        return this;
    }

    /** Time from one look at the clock to the next, in milliseconds. The default is 1 s. */
    public long getTickIntervalMillis() {
        return tickIntervalMillis;
    }

    /**
     * Sets how often a pipeline with windows or timers looks at the clock. Only if that has something done, the time is recorded
     * (a tick) in the pipeline's checkpoint stream before it takes effect, so a replay sees the same. An idle pipeline records
     * nothing.
     *
     * @param tickIntervalMillis 1 to 3,600,000
     */
    public PipelineOptions setTickIntervalMillis(long tickIntervalMillis) {
        this.tickIntervalMillis = tickIntervalMillis;
        return this;
    }

    /** How long no event comes until a partition counts as silent, in milliseconds. -1 is never. The default is 10 s. */
    public long getSilenceMillis() {
        return silenceMillis;
    }

    /**
     * Sets when a partition is silent: all its events are processed and no event has come for so long. Then its event time goes
     * on with the clock, as far as windows and timers wait for it, so that the last results of a silent key come. An event that
     * comes later still, for a window that was passed on, is late. So raise it over the time for which what appends to the source may
     * be cut off from the log.
     *
     * @param silenceMillis 0 to 315,360,000,000 (ten years), where 0 is as soon as all events are processed, or {@value #NEVER_SILENT}
     *     for never: then windows and timers of event time wait for events, and a source without any holds back what it is merged with
     */
    public PipelineOptions setSilenceMillis(long silenceMillis) {
        this.silenceMillis = silenceMillis;
        return this;
    }

    /** How long a switch to another version has the pipeline wait for that version, in milliseconds. The default is 60 s. */
    public long getSwitchTimeoutMillis() {
        return switchTimeoutMillis;
    }

    /**
     * Sets how long the pipeline pauses at most until the other version has come to its position ({@link RunningPipeline#switchTo}).
     * Then it goes on, and the switch has failed. The time in which the other version catches up before, while the pipeline goes on,
     * and that of the pipeline's last checkpoints are not bounded by it. A pipeline of several stages comes to a standstill before, and for
     * each checkpoint that has a name. That takes so long at most, too, with the checkpoints of its stages.
     *
     * @param switchTimeoutMillis 1 to 3,600,000
     */
    public PipelineOptions setSwitchTimeoutMillis(long switchTimeoutMillis) {
        this.switchTimeoutMillis = switchTimeoutMillis;
        return this;
    }

    /** What becomes of a step that fails. The default is {@link FailurePolicy#PAUSE}. */
    public FailurePolicy getFailurePolicy() {
        return failurePolicy;
    }

    /**
     * Sets what becomes of an event that cannot be decoded, or whose step has failed {@link #getMaxAttempts} times. A step has failed
     * if a function of the pipeline throws, or if the codec of a sink refuses an output. It has had no effect then.
     *
     * <p>A step of which some outputs were appended before the log refused one is never passed over. It pauses the pipeline.
     */
    public PipelineOptions setFailurePolicy(FailurePolicy failurePolicy) {
        this.failurePolicy = failurePolicy;
        return this;
    }

    /**
     * Attempts at a step before the policy decides. The default is {@value #DEFAULT_MAX_ATTEMPTS}. An event that cannot be
     * decoded is not tried again.
     */
    public int getMaxAttempts() {
        return maxAttempts;
    }

    /**
     * Sets the number of attempts.
     *
     * @param maxAttempts 1 to 1,000
     */
    public PipelineOptions setMaxAttempts(int maxAttempts) {
        this.maxAttempts = maxAttempts;
        return this;
    }

    /**
     * Pause before the second attempt at a step, in milliseconds. It doubles with each further attempt. Meanwhile the partition is
     * not read. The default is {@value #DEFAULT_RETRY_BACK_OFF_MILLIS}.
     */
    public long getRetryBackOffMillis() {
        return retryBackOffMillis;
    }

    /**
     * Sets the pause before the second attempt.
     *
     * @param retryBackOffMillis 0 to 3,600,000
     */
    public PipelineOptions setRetryBackOffMillis(long retryBackOffMillis) {
        this.retryBackOffMillis = retryBackOffMillis;
        return this;
    }

    /** Longest pause before an attempt, in milliseconds. The default is 10 s. */
    public long getMaxRetryBackOffMillis() {
        return maxRetryBackOffMillis;
    }

    /**
     * Sets the longest pause.
     *
     * @param maxRetryBackOffMillis at least {@link #getRetryBackOffMillis}, at most 3,600,000
     */
    public PipelineOptions setMaxRetryBackOffMillis(long maxRetryBackOffMillis) {
        this.maxRetryBackOffMillis = maxRetryBackOffMillis;
        return this;
    }

    /**
     * Outputs of one task that may be with handlers ({@link Events#handle}), or wait for them, before the task waits. The default is
     * {@value #DEFAULT_MAX_HANDLER_CALLS}.
     */
    public int getMaxHandlerCalls() {
        return maxHandlerCalls;
    }

    /**
     * Sets how many outputs of one task may be with handlers. Those of one key are handed over one after the other, so fewer calls than
     * that may be at work. A step that makes more outputs is done nevertheless, and the next one waits.
     *
     * @param maxHandlerCalls 1 to 10,000. With 1, all outputs of a task are handled in order
     */
    public PipelineOptions setMaxHandlerCalls(int maxHandlerCalls) {
        this.maxHandlerCalls = maxHandlerCalls;
        return this;
    }

    /** How long a handler may take for an output until that counts as a failure, in milliseconds. The default is 60 s. */
    public long getHandlerTimeoutMillis() {
        return handlerTimeoutMillis;
    }

    /**
     * Sets how long a handler may take. Checkpoints wait for handlers, and so do a pause and a close. What a call that has timed out
     * gives later is ignored.
     *
     * @param handlerTimeoutMillis 1 to 86,400,000
     */
    public PipelineOptions setHandlerTimeoutMillis(long handlerTimeoutMillis) {
        this.handlerTimeoutMillis = handlerTimeoutMillis;
        return this;
    }

    /**
     * Whether later events of a parked event's routing key are parked too, in order, until all parked events of that key were replayed
     * or dropped. The default is false.
     */
    public boolean isHoldKeys() {
        return holdKeys;
    }

    /**
     * Sets whether keys are held. An event without routing key holds nothing. A task holds at most 100,000 keys, and then pauses the
     * pipeline.
     */
    public PipelineOptions setHoldKeys(boolean holdKeys) {
        this.holdKeys = holdKeys;
        return this;
    }

    /**
     * Full name of the stream that takes parked events. The default is null, for a stream in the reserved scope, which is deleted
     * with the pipeline.
     */
    public @Nullable String getParkingStream() {
        return parkingStream;
    }

    /**
     * Sets the stream that takes parked events. It is created when needed, with one partition. It belongs to this pipeline: {@link
     * Pipeline#deploy} fails with Conflict if another pipeline parks there, or if it holds other events. Every later run must be
     * given it too.
     */
    public PipelineOptions setParkingStream(@Nullable String parkingStream) {
        this.parkingStream = parkingStream;
        return this;
    }

    /** Partitions with which the internal stream of a shuffle begins. The default is 0: as many as the streams before it have. */
    public int getShufflePartitions() {
        return shufflePartitions;
    }

    /**
     * Sets how many partitions, and so tasks, there are after a shuffle. It matters when the pipeline is deployed for the first
     * time. Later the internal stream, which {@link Topology} names, can be scaled as any other.
     *
     * @param shufflePartitions 1 to {@value #MAX_SHUFFLE_PARTITIONS}, or 0 for as many as the largest stream has from which events
     *     come, and as there are {@link #setParts parts}, at most {@value #MAX_SHUFFLE_PARTITIONS}
     */
    public PipelineOptions setShufflePartitions(int shufflePartitions) {
        this.shufflePartitions = shufflePartitions;
        return this;
    }

    /**
     * Events of an internal stream that may wait for the stage after the shuffle. The default is {@value #DEFAULT_MAX_SHUFFLE_LAG}.
     */
    public long getMaxShuffleLag() {
        return maxShuffleLag;
    }

    /**
     * Sets how far a stage after a shuffle may lag. The stages that feed it wait while it lags further, until half of that is left.
     * A paused stage, or one whose step has failed, so stops those before it and not the disk. The lag is looked at four times a
     * second, and what comes meanwhile exceeds the bound. While a step of that stage blocks its
     * thread, the lag counts from where the stage was before.
     *
     * @param maxShuffleLag at least 1, in events of all partitions of one internal stream
     */
    public PipelineOptions setMaxShuffleLag(long maxShuffleLag) {
        this.maxShuffleLag = maxShuffleLag;
        return this;
    }

    /** Time from one audit in the background to the next, in milliseconds. The default is 0, for none. */
    public long getAuditIntervalMillis() {
        return auditIntervalMillis;
    }

    /**
     * Sets how often the pipeline audits itself in the background: from the oldest checkpoint that the options retain to the newest one,
     * as {@link RunningPipeline#audit} does. An audit that has not ended when the next one is due goes on, and that one is left out. A
     * difference is logged as an error and found in {@link RunningPipeline#lastAudit}. It does not stop the pipeline.
     *
     * @param auditIntervalMillis 0 for none, or 100 to 86,400,000
     */
    public PipelineOptions setAuditIntervalMillis(long auditIntervalMillis) {
        this.auditIntervalMillis = auditIntervalMillis;
        return this;
    }

    /** Most steps that an audit does in a second. The default is {@value #DEFAULT_AUDIT_STEPS_PER_SECOND}. */
    public int getAuditStepsPerSecond() {
        return auditStepsPerSecond;
    }

    /**
     * Sets the rate of audits, by hand and in the background.
     *
     * @param auditStepsPerSecond 10 to 100,000,000
     */
    public PipelineOptions setAuditStepsPerSecond(int auditStepsPerSecond) {
        this.auditStepsPerSecond = auditStepsPerSecond;
        return this;
    }

    /** Most bytes of memory that the states of an audit may take. The default is 0: an eighth of the largest heap of the process. */
    public long getMaxAuditStateBytes() {
        return maxAuditStateBytes;
    }

    /**
     * Sets the bound of the states of an audit, beside {@link #getMaxStateBytes}. It has one partition at a time: its state twice, and
     * those of partitions that ended and that others succeed. An audit that needs more fails with Overloaded.
     *
     * @param maxAuditStateBytes 0 for an eighth of the heap, or more
     */
    public PipelineOptions setMaxAuditStateBytes(long maxAuditStateBytes) {
        this.maxAuditStateBytes = maxAuditStateBytes;
        return this;
    }

    /** Whether retention of the source by consumption waits for this pipeline. The default is true. */
    public boolean isHoldRetention() {
        return holdRetention;
    }

    /**
     * Sets whether retention by consumption waits. Then the pipeline is a subscriber of its source, under {@code pipeline:} and its
     * name, at the cut of the oldest retained checkpoint, from its first start until it is deleted. With false the next start
     * forgets the subscriber.
     */
    public PipelineOptions setHoldRetention(boolean holdRetention) {
        this.holdRetention = holdRetention;
        return this;
    }

    /** Parts of the pipeline that members share, each with a range of keys. The default is 1. {@link Pipeline#deploy} knows no parts. */
    public int getParts() {
        return parts;
    }

    /**
     * Sets into how many parts the members of a pipeline divide its keys. Of one part one member runs everything, and the others take
     * over when it is gone. Of several, members run some each. The number is fixed when the first member joins.
     *
     * <p>Each part reads the partitions of the source that have keys of it. If the source began with as many partitions, or a multiple
     * of it, no event is read twice. Otherwise a partition with keys of two parts is read by both.
     *
     * <p>In a pipeline with shuffles each part has its range of the keys of every stage. Its stages share the internal streams with those
     * of the others, so their events and watermarks come from all parts. The results of windows wait for a part that nobody runs.
     *
     * @param parts 1 to {@value #MAX_PARTS}, 1 for a pipeline that loads a table first whose values change their keys
     *     ({@code KeyedTable.asItComes})
     */
    public PipelineOptions setParts(int parts) {
        this.parts = parts;
        return this;
    }

    /** Address on the event bus at which the state is asked from elsewhere, or null if it is not. The default is null. */
    public @Nullable String getStateAddress() {
        return stateAddress;
    }

    /**
     * Sets where the state is asked from elsewhere, by {@code PipelineStates}. Every run of the pipeline answers there, a part at {@code
     * <address>.<parts>.<part>}. A version beside another one needs an address of its own.
     */
    public PipelineOptions setStateAddress(@Nullable String stateAddress) {
        this.stateAddress = stateAddress;
        return this;
    }

    /**
     * After how long a silent member of those that share a pipeline is dead to the others, in milliseconds. That of the newest member is
     * valid for all. The default is 5 s. {@link Pipeline#deploy} knows no lease.
     */
    public long getLeaseMillis() {
        return leaseMillis;
    }

    public PipelineOptions setLeaseMillis(long leaseMillis) {
        this.leaseMillis = leaseMillis;
        return this;
    }

    /** Whether the pipeline may go on from the checkpoint of another version of itself. The default is false. */
    public boolean isVersionChangeAllowed() {
        return versionChangeAllowed;
    }

    /**
     * Allows the pipeline to go on from the checkpoint of another version. After a clean stop this does no harm. After a
     * crash the outputs that the earlier version appended after its last checkpoint stay as they are, and the outputs
     * that this version would append in their place are dropped.
     */
    public PipelineOptions setVersionChangeAllowed(boolean versionChangeAllowed) {
        this.versionChangeAllowed = versionChangeAllowed;
        return this;
    }

    /** Whether outputs carry the trace of the event from which they come. The default is false. */
    public boolean isTraceHeaders() {
        return traceHeaders;
    }

    /**
     * Makes each output carry the headers {@link io.strandline.Headers#TRACEPARENT} and {@link io.strandline.Headers#TRACESTATE} of the
     * source's event in whose step it is appended, as they are. So who handles the output is a child of who appended that event. The
     * pipeline makes no span of its own: a replay must give the same outputs, and a span would have another id. An output of a timer or
     * of the end of a window has no trace.
     *
     * <p>The headers are part of the outputs, which a replay compares with those in the log. So change it as the code of a pipeline:
     * after a clean stop, when nothing is left to be replayed.
     */
    public PipelineOptions setTraceHeaders(boolean traceHeaders) {
        this.traceHeaders = traceHeaders;
        return this;
    }

    /** Ids of operators whose state is given up if no operator can read it. The default is none. */
    public Set<String> getDroppedState() {
        return droppedState;
    }

    /**
     * Gives up the state of operators that the pipeline no longer has, or that keep another kind of state now. Without that a start is
     * refused with Invalid if the checkpoint has such a state. An operator that can read its state keeps it. {@link Pipeline#compare}
     * tells before the start. Later checkpoints do not have the state, so the ids may stay.
     *
     * <p>State does not move to another stage. So an operator that is in another one now, because a shuffle before it was added or
     * removed, starts empty there, and its state must be given up. So must that of a stage which the pipeline no longer has, until
     * there is a checkpoint of the new version. Snapshots of format version 2 have no ids. Their state counts as that of the only
     * operator.
     *
     * <p>An id of which the checkpoint has no state has no effect. The error of a refused start has the ids that are given up, so that a
     * misspelled one is noticed.
     *
     * @param droppedState ids of operators. Those that begin with {@link Topology#RESERVED_PREFIX} are refused by {@link #validate}
     * @throws StrandlineException.Invalid if the set is null or has null in it
     */
    public PipelineOptions setDroppedState(Set<String> droppedState) {
        if (droppedState == null || droppedState.stream().anyMatch(Objects::isNull)) {
            throw new StrandlineException.Invalid("droppedState is " + droppedState + ", it must be a set of ids");
        }
        this.droppedState = Collections.unmodifiableSet(new TreeSet<>(droppedState));
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (checkpointDirectory != null && checkpointDirectory.isBlank()) {
            throw new StrandlineException.Invalid("checkpointDirectory is blank: \"" + checkpointDirectory + "\"");
        }
        Limits.require("checkpointIntervalMillis", checkpointIntervalMillis, 1, 86_400_000);
        Limits.require("checkpointEvents", checkpointEvents, 1, 1_000_000_000);
        Limits.require("maxReplayEvents", maxReplayEvents, checkpointEvents, 1_000_000_000);
        Limits.require("retainedCheckpoints", retainedCheckpoints, 1, 1_000);
        Limits.require("readAheadBytes", readAheadBytes, 1, 1 << 30);
        Limits.require("writeQueueBytes", writeQueueBytes, 1, 1 << 30);
        Limits.require("maxPartitions", maxPartitions, 1, 100_000);
        if (parkingStream != null) {
            StreamName.parse(parkingStream);
        }
        if (threadingModel != ThreadingModel.EVENT_LOOP && threadingModel != ThreadingModel.WORKER) {
            throw new StrandlineException.Invalid(
                    "threadingModel is " + OptionsJson.nameOf(threadingModel) + ", it must be event_loop or worker");
        }
        Limits.requireConstant("failurePolicy", failurePolicy, FailurePolicy.class);
        for (String id : droppedState) {
            if (id.startsWith(Topology.RESERVED_PREFIX)) {
                throw new StrandlineException.Invalid("droppedState has " + id + ", and ids that begin with "
                        + Topology.RESERVED_PREFIX + " are reserved");
            }
        }
        Limits.require("maxStateBytes", maxStateBytes, 0, Long.MAX_VALUE);
        Limits.require("shufflePartitions", shufflePartitions, 0, MAX_SHUFFLE_PARTITIONS);
        Limits.require("maxShuffleLag", maxShuffleLag, 1, Long.MAX_VALUE);
        if (auditIntervalMillis != 0) {
            Limits.require("auditIntervalMillis", auditIntervalMillis, 100, 86_400_000);
        }
        Limits.require("auditStepsPerSecond", auditStepsPerSecond, 10, 100_000_000);
        Limits.require("maxAuditStateBytes", maxAuditStateBytes, 0, Long.MAX_VALUE);
        Limits.require("parts", parts, 1, MAX_PARTS);
        if (stateAddress != null && stateAddress.isBlank()) {
            throw new StrandlineException.Invalid("stateAddress is blank: \"" + stateAddress + "\"");
        }
        Limits.require("leaseMillis", leaseMillis, 30, 3_600_000);
        Limits.require("retryTimeoutMillis", retryTimeoutMillis, 0, 3_600_000);
        Limits.require("tickIntervalMillis", tickIntervalMillis, 1, 3_600_000);
        Limits.require("silenceMillis", silenceMillis, NEVER_SILENT, MAX_SILENCE_MILLIS);
        Limits.require("switchTimeoutMillis", switchTimeoutMillis, 1, 3_600_000);
        Limits.require("maxAttempts", maxAttempts, 1, 1_000);
        Limits.require("retryBackOffMillis", retryBackOffMillis, 0, 3_600_000);
        Limits.require("maxHandlerCalls", maxHandlerCalls, 1, 10_000);
        Limits.require("handlerTimeoutMillis", handlerTimeoutMillis, 1, 86_400_000);
        Limits.require("maxRetryBackOffMillis", maxRetryBackOffMillis, retryBackOffMillis, 3_600_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("checkpointDirectory", checkpointDirectory)
                .put("checkpointIntervalMillis", checkpointIntervalMillis)
                .put("checkpointEvents", checkpointEvents)
                .put("maxReplayEvents", maxReplayEvents)
                .put("retainedCheckpoints", retainedCheckpoints)
                .put("readAheadBytes", readAheadBytes)
                .put("writeQueueBytes", writeQueueBytes)
                .put("maxPartitions", maxPartitions)
                .put("threadingModel", OptionsJson.nameOf(threadingModel))
                .put("maxStateBytes", maxStateBytes)
                .put("retryTimeoutMillis", retryTimeoutMillis)
                .put("tickIntervalMillis", tickIntervalMillis)
                .put("silenceMillis", silenceMillis)
                .put("switchTimeoutMillis", switchTimeoutMillis)
                .put("failurePolicy", OptionsJson.nameOf(failurePolicy))
                .put("maxAttempts", maxAttempts)
                .put("retryBackOffMillis", retryBackOffMillis)
                .put("maxRetryBackOffMillis", maxRetryBackOffMillis)
                .put("maxHandlerCalls", maxHandlerCalls)
                .put("handlerTimeoutMillis", handlerTimeoutMillis)
                .put("holdKeys", holdKeys)
                .put("parkingStream", parkingStream)
                .put("shufflePartitions", shufflePartitions)
                .put("maxShuffleLag", maxShuffleLag)
                .put("auditIntervalMillis", auditIntervalMillis)
                .put("auditStepsPerSecond", auditStepsPerSecond)
                .put("maxAuditStateBytes", maxAuditStateBytes)
                .put("parts", parts)
                .put("stateAddress", stateAddress)
                .put("leaseMillis", leaseMillis)
                .put("holdRetention", holdRetention)
                .put("versionChangeAllowed", versionChangeAllowed)
                .put("traceHeaders", traceHeaders)
                .put("droppedState", new JsonArray(List.copyOf(droppedState)));
    }
}
