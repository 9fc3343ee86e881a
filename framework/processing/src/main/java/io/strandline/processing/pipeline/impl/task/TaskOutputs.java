package io.strandline.processing.pipeline.impl.task;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.Output;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of one task: holds what a step emits until it has returned, and appends it to the sink under the step's number.
 * Belongs to the task's context.
 */
final class TaskOutputs<O> implements Output<O> {

    private final Consumer<Throwable> failed;
    private final List<Emitted<O>> emitted = new ArrayList<>();
    private @Nullable EventWriter<O> writer;

    private record Emitted<O>(@Nullable String key, O event) {}

    /** @param failed is told when an output is refused */
    TaskOutputs(Consumer<Throwable> failed) {
        this.failed = failed;
    }

    /** Opens the sink's writer, if there is a sink. */
    Future<Void> open(RunSetting<?, ?, O> run, TaskStart<?> start, Runnable drained) {
        Pipeline<?, ?, O> pipeline = run.pipeline();
        PipelineOptions options = run.options();
        Pipeline.Sink<O> sink = pipeline.outlet();
        if (sink == null) {
            return Future.succeededFuture();
        }
        WriterOptions writerOptions = new WriterOptions()
                .setId(SpentWriters.idOf(pipeline, start.partition().id()))
                .setReplay(start.replay())
                .setRetryTimeoutMillis(options.getRetryTimeoutMillis())
                .setWriteQueueBytes(options.getWriteQueueBytes())
                .setMaxUnacknowledgedBytes(
                        Math.max(options.getWriteQueueBytes(), WriterOptions.DEFAULT_MAX_UNACKNOWLEDGED_BYTES));
        return run.log()
                .createWriter(sink.stream().toString(), sink.codec(), writerOptions)
                .onSuccess(opened -> {
                    writer = opened;
                    opened.exceptionHandler(failed::accept);
                    opened.drainHandler(drain -> drained.run());
                })
                .mapEmpty();
    }

    /** A step begins. */
    void begin() {
        emitted.clear();
    }

    @Override
    public void emit(@Nullable String key, O event) {
        emitted.add(new Emitted<>(key, event));
    }

    /**
     * Appends the events that a step emitted, all or none. If an output is refused at once, the outputs after it do not
     * take its place in the log. Returns false if one is refused at once.
     */
    boolean append(long step) {
        EventWriter<O> sink = writer;
        for (int i = 0; i < emitted.size(); i++) {
            if (sink == null) {
                failed.accept(new StrandlineException.Invalid("it emits events, but has no sink"));
                return false;
            }
            Emitted<O> output = emitted.get(i);
            Future<Appended> appended = sink.append(output.key(), output.event(), new Sequence(step, i));
            if (appended.failed()) {
                failed.accept(appended.cause());
                return false;
            }
            appended.onFailure(failed::accept);
        }
        return true;
    }

    /** True if the task is to wait until some are acknowledged. */
    boolean isFull() {
        return writer != null && writer.writeQueueFull();
    }

    /** See {@link EventWriter#marks}. */
    SortedMap<Long, WriterMark> marks(Sequence next) {
        return writer == null ? new TreeMap<>() : writer.marks(next);
    }

    /** Completes when everything appended so far is durable or was refused. */
    Future<Void> flush() {
        return writer == null ? Future.succeededFuture() : writer.flush();
    }

    Future<Void> end() {
        return writer == null ? Future.succeededFuture() : writer.end();
    }
}
