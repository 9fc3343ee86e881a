package io.strandline.processing;

import io.strandline.Appended;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.spi.KeyHash;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a pipeline's source: reads its events, runs the steps, keeps the state, appends the outputs. All of it
 * on one context, one event after the other, so a cut between two events is just a call.
 *
 * <p>Package-private methods may be called from any thread; private ones run on the task's context.
 */
final class TaskVerticle<E, S, O> extends VerticleBase {

    /** Most callers that may wait for an offset of one task. */
    static final int MAX_WAITING = 1_000;

    /** Changes beside a capture that are moved back at once: well below a millisecond. */
    private static final int SETTLE_AT_ONCE = 1_000;

    private final Pipeline<E, S, O> pipeline;
    private final Strandline strandline;
    private final PipelineOptions options;
    private final PartitionDescription partition;
    private final TaskOwner owner;
    private final @Nullable Map<Long, WriterMark> replay;

    private final KeyedState<S> states;
    private final List<Emitted<O>> emitted = new ArrayList<>();
    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>(Comparator.comparingLong(Waiting::offset));

    private @Nullable EventReader<E> reader;
    private @Nullable EventWriter<O> writer;

    /** Offset of the next event. */
    private long offset;
    /** Number of the next step. */
    private long step;
    /** Step at the newest cut. */
    private long cutStep;
    /** Step of the newest durable checkpoint. */
    private long durableStep;
    /** Least offset that somebody waits for. */
    private long awaitedOffset = Long.MAX_VALUE;

    private boolean paused;
    private boolean ending;
    private @Nullable Throwable failure;

    /** What a step emitted, until it has returned. */
    private record Emitted<O>(@Nullable String key, O event) {}

    /** Someone who waits for an offset. */
    private record Waiting(long offset, Promise<Void> reached) {}

    TaskVerticle(
            Pipeline<E, S, O> pipeline,
            Strandline strandline,
            PipelineOptions options,
            PartitionDescription partition,
            Restoration<S> restoration,
            TaskOwner owner) {
        this.pipeline = pipeline;
        this.strandline = strandline;
        this.options = options;
        this.partition = partition;
        this.owner = owner;
        this.replay = restoration.replay(partition.id());
        this.states = new KeyedState<>(restoration.state(partition.id()));
        this.offset = restoration.offset(partition.id());
        this.step = restoration.step(partition.id());
        this.cutStep = step;
        this.durableStep = step;
    }

    @Override
    public Future<?> start() {
        return openWriter()
                .compose(opened -> strandline.subscribe(
                        pipeline.source().toString(),
                        pipeline.sourceCodec(),
                        new ReaderOptions()
                                .setFrom(StartPosition.at(StreamCut.of(pipeline.source(), partition.id(), offset)))
                                .setFollowScaling(false)
                                .setReadAheadBytes(options.getReadAheadBytes())))
                .onSuccess(opened -> reader = opened)
                .recover(cause -> release().transform(released -> Future.failedFuture(cause)));
    }

    private Future<Void> openWriter() {
        Pipeline.Sink<O> sink = pipeline.sink();
        if (sink == null) {
            return Future.succeededFuture();
        }
        WriterOptions writerOptions = new WriterOptions()
                .setId(pipeline.writerId(partition.id()))
                .setReplay(replay)
                .setWriteQueueBytes(options.getWriteQueueBytes())
                .setMaxUnacknowledgedBytes(
                        Math.max(options.getWriteQueueBytes(), WriterOptions.DEFAULT_MAX_UNACKNOWLEDGED_BYTES));
        return strandline
                .createWriter(sink.stream().toString(), sink.codec(), writerOptions)
                .onSuccess(opened -> {
                    writer = opened;
                    opened.exceptionHandler(this::outputFailed);
                    opened.drainHandler(drained -> followDemand());
                })
                .recover(cause -> Future.failedFuture(explained(cause)))
                .mapEmpty();
    }

    /** Reads its first event. */
    void begin() {
        context.runOnContext(told -> {
            EventReader<E> opened = reader;
            if (opened != null && !ending) {
                opened.exceptionHandler(this::fail);
                opened.handler(this::process);
            }
        });
    }

    private void process(EventRecord<E> record) {
        if (failure != null || ending) {
            return;
        }
        if (record.offset() != offset) {
            fail(new StrandlineException.Corrupt(pipeline + " expected offset " + offset + " of " + pipeline.source()
                    + " partition " + partition.id() + " and was handed offset " + record.offset()));
            return;
        }
        if (!runStep(record.event()) || !appendOutputs()) {
            return;
        }
        offset++;
        step++;
        if (step - cutStep == options.getCheckpointEvents()) {
            owner.checkpointDue();
        }
        if (offset >= awaitedOffset) {
            answerWaiting();
        }
        followDemand();
    }

    private boolean runStep(E event) {
        emitted.clear();
        try {
            String key = pipeline.key().apply(event);
            S before = states.get(key);
            if (before == null) {
                requireOwnKey(key);
                before = pipeline.initial().apply(key);
            }
            S after = pipeline.step().apply(before, event, (to, output) -> emitted.add(new Emitted<>(to, output)));
            if (after != before) {
                states.put(key, after);
            }
            return true;
        } catch (Throwable e) { // an Error must not let the task go on to the next event either
            fail(new StrandlineException.Invalid("the step of " + where() + " failed: " + e, e));
            return false;
        }
    }

    private void requireOwnKey(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        if (!partition.keys().contains(KeyHash.of(bytes, 0, bytes.length))) {
            throw new StrandlineException.Invalid("key " + key + " does not belong to partition " + partition.id()
                    + "; keyBy must give the routing key of the source's events");
        }
    }

    /** All or none: an output that is refused at once keeps those behind it from taking its place in the log. */
    private boolean appendOutputs() {
        EventWriter<O> sink = writer;
        for (int i = 0; i < emitted.size(); i++) {
            if (sink == null) {
                outputFailed(new StrandlineException.Invalid("it emits events, but has no sink"));
                return false;
            }
            Emitted<O> output = emitted.get(i);
            Future<Appended> appended = sink.append(output.key(), output.event(), new Sequence(step, i));
            if (appended.failed()) {
                outputFailed(appended.cause());
                return false;
            }
            appended.onFailure(this::outputFailed);
        }
        return true;
    }

    private void outputFailed(Throwable cause) {
        fail(explained(cause));
    }

    private Throwable explained(Throwable cause) {
        if (cause instanceof StrandlineException.Invalid) {
            return new StrandlineException.Invalid(
                    "an output of " + where() + " was refused: " + cause.getMessage(), cause);
        }
        return cause instanceof StrandlineException.Conflict
                ? new StrandlineException.Conflict(pipeline
                        + " is not deterministic, or was changed without a new version:"
                        + " at step " + step + " of " + pipeline.source() + " partition " + partition.id() + ", offset "
                        + offset + ", " + cause.getMessage())
                : cause;
    }

    private String where() {
        return pipeline + " at or before " + pipeline.source() + " partition " + partition.id() + " offset " + offset;
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
            followDemand();
            owner.taskFailed(cause);
        }
    }

    /** Reads while outputs drain and checkpoints keep up, and pauses while they do not. */
    private void followDemand() {
        boolean mayRead = failure == null
                && !ending
                && step - durableStep < options.getMaxReplayEvents()
                && (writer == null || !writer.writeQueueFull());
        if (reader != null && mayRead == paused) {
            paused = !mayRead;
            if (paused) {
                reader.pause();
            } else {
                reader.resume();
            }
        }
    }

    /** Cuts between two events; completes when all outputs before the cut are durable. To be released. */
    Future<TaskCut<S>> cut() {
        return Hop.to(context, () -> {
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            long began = System.nanoTime();
            SortedMap<Long, WriterMark> marks = new TreeMap<>();
            if (writer != null) {
                try {
                    marks = writer.marks(Sequence.of(step));
                } catch (StrandlineException.Conflict e) {
                    outputFailed(e);
                    return Future.failedFuture(failure == null ? e : failure);
                }
            }
            TaskCut<S> cut =
                    new TaskCut<>(partition.id(), offset, step, marks, states.capture(), System.nanoTime() - began);
            cutStep = step;
            Future<Void> durable = writer == null ? Future.succeededFuture() : writer.flush();
            return durable.compose(
                    flushed -> failure == null ? Future.succeededFuture(cut) : Future.failedFuture(failure));
        });
    }

    /** Takes a cut's state back. */
    void releaseCut() {
        context.runOnContext(released -> {
            states.release();
            settle();
        });
    }

    private void settle() {
        if (states.settle(SETTLE_AT_ONCE)) {
            context.runOnContext(later -> settle());
        }
    }

    /** A checkpoint up to this step is durable. */
    void checkpointed(long durable) {
        context.runOnContext(told -> {
            durableStep = durable;
            followDemand();
        });
    }

    /** Offset of the next event. */
    Future<Long> position() {
        return Hop.to(context, () -> Future.succeededFuture(offset));
    }

    /** Completes when every event before this offset was processed. */
    Future<Void> reached(long target) {
        return Hop.to(context, () -> {
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            if (offset >= target) {
                return Future.succeededFuture();
            }
            if (waiting.size() >= MAX_WAITING) {
                return Future.failedFuture(new StrandlineException.Overloaded(MAX_WAITING + " callers wait already for "
                        + pipeline + " partition " + partition.id() + ", the limit is " + MAX_WAITING));
            }
            Promise<Void> reached = Promise.promise();
            waiting.add(new Waiting(target, reached));
            awaitedOffset = Math.min(awaitedOffset, target);
            return reached.future();
        });
    }

    private void answerWaiting() {
        for (Waiting first = waiting.peek(); first != null && first.offset() <= offset; first = waiting.peek()) {
            waiting.remove();
            first.reached().complete();
        }
        Waiting next = waiting.peek();
        awaitedOffset = next == null ? Long.MAX_VALUE : next.offset();
    }

    /** Processes no event from now on; cuts are still taken. */
    Future<Void> endReading() {
        return Hop.to(context, () -> {
            ending = true;
            followDemand();
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<?> stop() {
        ending = true;
        Throwable cause = failure == null ? new StrandlineException.Unavailable(pipeline + " is closed") : failure;
        waiting.forEach(caller -> caller.reached().fail(cause));
        waiting.clear();
        // What a failed writer has to say was said when the task failed.
        return release().otherwiseEmpty();
    }

    private Future<Void> release() {
        Future<Void> read = reader == null ? Future.succeededFuture() : reader.close();
        Future<Void> written = writer == null ? Future.succeededFuture() : writer.end();
        return Future.join(read, written).mapEmpty();
    }

    PartitionDescription partition() {
        return partition;
    }
}
