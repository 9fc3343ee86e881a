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
import io.strandline.processing.pipeline.PipelineTask;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.spi.BytesOutput;
import io.vertx.core.Future;
import io.vertx.core.Handler;
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
 * The outputs of one task: holds what a step emits until it has returned, and appends it to the sinks under the step's number.
 * Belongs to the task's context.
 */
final class TaskOutputs implements PipelineTask.Outputs {

    private final Handler<Throwable> failed;
    private final List<Emitted> emitted = new ArrayList<>();
    private final Map<StreamName, EventWriter<Emitted>> writers = new LinkedHashMap<>();

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
     */
    TaskOutputs(Handler<Throwable> failed) {
        this.failed = failed;
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
        return Future.join(opened).mapEmpty();
    }

    private static WriterOptions options(RunSetting run, TaskStart start, StreamName sink) {
        PipelineOptions options = run.options();
        Map<StreamName, SortedMap<Long, WriterMark>> replay = start.replay();
        return new WriterOptions()
                .setId(SpentWriters.idOf(run.pipeline(), start.partition().id()))
                .setReplay(replay == null ? null : replay.getOrDefault(sink, new TreeMap<>()))
                .setRetryTimeoutMillis(options.getRetryTimeoutMillis())
                .setWriteQueueBytes(options.getWriteQueueBytes())
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

    /** A step begins, or is tried again. */
    void begin() {
        emitted.clear();
    }

    @Override
    public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
        emitted.add(new Emitted(target, key, headers, event));
    }

    /**
     * Appends the events that a step emitted. Returns why one is refused at once, or null. The outputs after it do not take
     * its place in the log. If those before it were appended, they are not appended again when the step is repeated.
     */
    @Nullable
    Throwable append(long step) {
        if (appendedStep != step) {
            appendedStep = step;
            appended = 0;
        }
        Throwable defect = encodeOthers();
        while (defect == null && appended < emitted.size()) {
            Emitted output = emitted.get(appended);
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
        return defect;
    }

    /** Number of outputs that were appended, those included that the log had already. */
    long total() {
        return total;
    }

    /** Whether some outputs of a step that failed were appended: it cannot be passed over any more. */
    boolean isPartlyAppended(long step) {
        return appendedStep == step && appended > 0;
    }

    /** A codec may refuse any output, so all but the first are encoded before the first is appended. */
    private @Nullable Throwable encodeOthers() {
        for (int i = 1; i < emitted.size(); i++) {
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
        for (EventWriter<Emitted> writer : writers.values()) {
            if (writer.writeQueueFull()) {
                return true;
            }
        }
        return false;
    }

    /**
     * How far the outputs have come in each sink.
     *
     * @throws StrandlineException.Conflict as {@link EventWriter#marks}
     */
    Map<StreamName, SortedMap<Long, WriterMark>> marks(Sequence next) {
        Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
        for (Map.Entry<StreamName, EventWriter<Emitted>> sink : writers.entrySet()) {
            marks.put(sink.getKey(), sink.getValue().marks(next));
        }
        return marks;
    }

    /** Completes when everything appended so far is durable or was refused. */
    Future<Void> flush() {
        return Future.join(writers.values().stream().map(EventWriter::flush).toList())
                .mapEmpty();
    }

    Future<Void> end() {
        return Future.join(writers.values().stream().map(EventWriter::end).toList())
                .mapEmpty();
    }
}
