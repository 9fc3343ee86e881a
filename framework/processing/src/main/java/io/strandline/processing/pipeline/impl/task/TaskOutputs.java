package io.strandline.processing.pipeline.impl.task;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.PayloadOutput;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RecordContext;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.operator.HandledOutputs;
import io.strandline.processing.pipeline.impl.operator.OperatorTimes;
import io.strandline.processing.pipeline.impl.operator.StepOutputs;
import io.strandline.spi.BytesOutput;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.tracing.TracingPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of one task: holds what a step emits until it has returned, and appends it to the sinks under the step's number. What is
 * for handlers goes on to {@link HandlerCalls} when all the rest of the step is appended. Belongs to the task's context.
 */
final class TaskOutputs implements StepOutputs {

    private final Handler<Throwable> failed;
    private final HandledOutputs handled;
    private final HandlerCalls calls;
    private final List<Emitted> emitted = new ArrayList<>();
    private final Map<StreamName, EventWriter<Emitted>> writers = new LinkedHashMap<>();

    /** Names of the handlers. */
    private final List<StreamName> handlers = new ArrayList<>();

    /** False for a task that only repeats what was done. */
    private boolean handsOver;

    /** Offset before which an earlier run may have done steps that no sink knows. */
    private long repeatedEnd;

    /** The step whose outputs were appended last, and how many of them. */
    private long appendedStep = -1;

    private int appended;
    private long total;

    /** An event for a sink. Each says by itself how it is written, because several operators may append to one sink. */
    private static final class Emitted {

        private final Operator.Target target;
        private final @Nullable String key;
        private final Headers headers;
        private final Object event;
        private @Nullable EventType type;
        private byte[] bytes = {};

        Emitted(Operator.Target target, @Nullable String key, Headers headers, Object event) {
            this.target = target;
            this.key = key;
            this.headers = headers;
            this.event = event;
        }

        Operator.Target target() {
            return target;
        }

        @Nullable
        String key() {
            return key;
        }

        Headers headers() {
            return headers;
        }

        @SuppressWarnings("unchecked") // the event is one of the target's, of which this is the codec
        private EventCodec<Object> codec() {
            return (EventCodec<Object>) target.codec();
        }

        void encode() throws IOException {
            EventType known = codec().typeOf(event);
            bytes = BytesOutput.of(codec(), event);
            type = known;
        }

        EventType type() {
            EventType known = type;
            return known == null ? codec().typeOf(event) : known;
        }

        void encodeTo(PayloadOutput out) throws IOException {
            if (type == null) {
                codec().encode(event, out);
            } else {
                out.write(bytes, 0, bytes.length);
            }
        }
    }

    private static final EventCodec<Emitted> CODEC = new EventCodec<>() {

        @Override
        public EventType typeOf(Emitted output) {
            return output.type();
        }

        @Override
        public void encode(Emitted output, PayloadOutput out) throws IOException {
            output.encodeTo(out);
        }

        @Override
        public Emitted decode(EventType type, byte[] bytes, int from, int length) {
            throw new UnsupportedOperationException("outputs are only written");
        }
    };

    /**
     * Opens nothing yet.
     *
     * @param failed is told when an output is refused
     * @param handled takes what a step emits for handlers
     * @param calls takes it when the step has succeeded
     */
    TaskOutputs(Handler<Throwable> failed, HandledOutputs handled, HandlerCalls calls) {
        this.failed = failed;
        this.handled = handled;
        this.calls = calls;
    }

    /** Opens the writers of the sinks. */
    Future<Void> open(RunSetting run, TaskStart start, Runnable drained) {
        List<Future<?>> opened = new ArrayList<>();
        for (StreamName sink : run.sinks()) {
            opened.add(run.outputs()
                    .createWriter(sink.toString(), CODEC, options(run, start, sink))
                    .onSuccess(writer -> {
                        writers.put(sink, writer);
                        writer.exceptionHandler(failed);
                        writer.drainHandler(drain -> drained.run());
                    }));
        }
        handsOver = !run.repeats();
        run.pipeline().topology().handlers().forEach(handler -> handlers.add(handler.name()));
        return Future.join(opened)
                .compose(ready -> needsRepeatedEnd(run) ? findEnd(run, start) : Future.succeededFuture());
    }

    /** Ticks are made by nobody else, and an audit makes none. */
    private boolean needsRepeatedEnd(RunSetting run) {
        return handsOver && !handlers.isEmpty() && run.pipeline().topology().needsTicks();
    }

    /** Where the end is now, an earlier run may have come to. */
    private Future<Void> findEnd(RunSetting run, TaskStart start) {
        StreamName source = run.pipeline().source();
        return Outage.during(run, failure -> false, () -> run.log().catalog().endCut(source.toString()))
                .map(end -> {
                    repeatedEnd = end.offsets().getOrDefault(start.partition().id(), Long.MAX_VALUE);
                    return null;
                });
    }

    private static WriterOptions options(RunSetting run, TaskStart start, StreamName sink) {
        PipelineOptions options = run.options();
        Map<StreamName, SortedMap<Long, WriterMark>> replay = start.replay();
        return new WriterOptions()
                .setId(SpentWriters.idOf(run.pipeline(), start.partition().id()))
                .setReplay(replay == null ? null : replay.getOrDefault(sink, new TreeMap<>()))
                .setRetryTimeoutMillis(options.getRetryTimeoutMillis())
                .setWriteQueueBytes(options.getWriteQueueBytes())
                // A replay gives each output again, and it must have the same bytes.
                .setTracingPolicy(TracingPolicy.IGNORE)
                .setMaxUnacknowledgedBytes(
                        Math.max(options.getWriteQueueBytes(), WriterOptions.DEFAULT_MAX_UNACKNOWLEDGED_BYTES));
    }

    /** The last step whose outputs an earlier run appended, -1 if there is none. */
    long lastKnownStep() {
        long last = -1;
        for (EventWriter<Emitted> writer : writers.values()) {
            last = Math.max(last, writer.lastKnown().major());
        }
        return last;
    }

    /** Whether an earlier run may have handed outputs of the next step to a handler, which no sink knows. */
    boolean mayHaveBeenHandled(long offset) {
        return offset < repeatedEnd;
    }

    /** A step begins, or is tried again. */
    void begin() {
        emitted.clear();
        handled.begin();
    }

    @Override
    public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
        emitted.add(new Emitted(target, key, headers, event));
    }

    @Override
    public void handle(Operator.Handle sink, @Nullable String key, RecordContext place, Object event) {
        handled.add(sink, key, place, event);
    }

    /**
     * Appends the events that a step emitted, and has the handlers called if none is refused. Returns why one is refused at once, or null. The outputs after it do not take
     * its place in the log. If those before it were appended, they are not appended again when the step is repeated.
     *
     * @param times has the time of each output at the operator that emits it
     */
    @Nullable
    Throwable append(long step, OperatorTimes times) {
        if (appendedStep != step) {
            appendedStep = step;
            appended = 0;
        }
        Throwable defect = encodeOthers(times);
        while (defect == null && appended < emitted.size()) {
            Emitted output = emitted.get(appended);
            times.appends(output.target());
            EventWriter<Emitted> sink = Objects.requireNonNull(writers.get(output.target().stream()));
            Sequence sequence = new Sequence(step, appended);
            Future<Appended> answer = output.headers().isEmpty()
                    ? sink.append(output.key(), output, sequence)
                    : sink.append(new NewEvent<>(output.key(), output, output.headers(), sequence));
            if (answer.failed()) {
                defect = answer.cause();
            } else {
                answer.onFailure(failed);
                appended++;
                total++;
            }
        }
        times.appended();
        if (defect == null && handsOver) {
            handled.give(step, calls::add);
        }
        return defect;
    }

    /** Number of outputs that were appended, those included that the log had already, and of those that were handled. */
    long total() {
        return total + calls.handled();
    }

    /** Whether some outputs of a step that failed were appended: it cannot be passed over any more. */
    boolean isPartlyAppended(long step) {
        return appendedStep == step && appended > 0;
    }

    /** A codec may refuse any output, so all but the first are encoded before the first is appended. */
    private @Nullable Throwable encodeOthers(OperatorTimes times) {
        for (int i = 1; i < emitted.size(); i++) {
            times.appends(emitted.get(i).target());
            try {
                emitted.get(i).encode();
            } catch (Throwable e) { // as the writer does it
                return new StrandlineException.Invalid("codec of " + emitted.get(i).target().stream() + ": " + e, e);
            }
        }
        return null;
    }

    /** True if the task is to wait until some are acknowledged. */
    boolean isFull() {
        if (calls.isFull()) {
            return true;
        }
        for (EventWriter<Emitted> writer : writers.values()) {
            if (writer.writeQueueFull()) {
                return true;
            }
        }
        return false;
    }

    /**
     * How far the outputs have come in each sink. A handler has a name here too, and no marks.
     *
     * @throws StrandlineException.Conflict as {@link EventWriter#marks}
     */
    Map<StreamName, SortedMap<Long, WriterMark>> marks(Sequence next) {
        Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
        for (Map.Entry<StreamName, EventWriter<Emitted>> sink : writers.entrySet()) {
            marks.put(sink.getKey(), sink.getValue().marks(next));
        }
        handlers.forEach(handler -> marks.put(handler, new TreeMap<>()));
        return marks;
    }

    /** Completes when everything appended so far is durable or was refused. */
    Future<Void> flush() {
        return Future.join(writers.values().stream().map(EventWriter::flush).toList())
                .mapEmpty();
    }

    /** Completes when all outputs until now are handled. Fails with {@link Unhandled} as soon as a failure blocks them. */
    Future<Void> handled() {
        return calls.flush();
    }

    /** Completes when all outputs are handled, or a failure blocks them and no call is in flight. */
    Future<Void> idle() {
        return calls.idle();
    }

    /** Hands over again what a handler has failed with. */
    void resume() {
        calls.resume();
    }

    /**
     * Appends and hands over nothing any more. Completes when nothing is under way.
     *
     * @param cause for those who wait for more
     */
    Future<Void> end(Throwable cause) {
        List<Future<Void>> ended = new ArrayList<>();
        writers.values().forEach(writer -> ended.add(writer.end()));
        ended.add(calls.end(cause));
        return Future.join(ended).mapEmpty();
    }
}
