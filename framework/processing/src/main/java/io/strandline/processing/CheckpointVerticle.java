package io.strandline.processing;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.CheckpointEntry.RunStarted;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a pipeline: restores the newest checkpoint, deploys a {@link TaskVerticle} per partition of the source as its
 * children, and has checkpoints taken, every interval or as often as the tasks ask.
 *
 * <p>Package-private methods run on the verticle's context unless they say otherwise.
 */
final class CheckpointVerticle<E, S, O> extends VerticleBase implements TaskOwner {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointVerticle.class);

    private final Pipeline<E, S, O> pipeline;
    private final Strandline strandline;
    private final PipelineOptions options;
    private final SnapshotDirectory directory;
    private final List<TaskVerticle<E, S, O>> tasks = new ArrayList<>();
    private final Promise<Void> stopped = Promise.promise();

    private @Nullable CheckpointStream stream;
    private @Nullable CheckpointTaker<S> taker;
    private @Nullable Future<Checkpoint> running;
    /** The one behind the running one; holds all who asked since that began. */
    private @Nullable Promise<Checkpoint> next;

    private boolean started;
    private boolean closing;
    private boolean undeploying;
    private boolean ended;
    private @Nullable Throwable failure;

    CheckpointVerticle(Pipeline<E, S, O> pipeline, Strandline strandline, PipelineOptions options) {
        this.pipeline = pipeline;
        this.strandline = strandline;
        this.options = options;
        this.directory = new SnapshotDirectory(
                Path.of(Objects.requireNonNull(options.getCheckpointDirectory()), pipeline.name()));
    }

    @Override
    public Future<?> start() {
        return describeStreams()
                .compose(source -> CheckpointStream.open(strandline, pipeline.name())
                        .onSuccess(opened -> stream = opened)
                        .compose(opened ->
                                restore(opened).compose(restoration -> startRun(source, opened, restoration))))
                .compose(ready -> failure == null ? Future.succeededFuture() : Future.failedFuture(failure))
                .recover(cause -> closeStream().transform(closed -> Future.failedFuture(cause)));
    }

    private Future<StreamDescription> describeStreams() {
        Catalog catalog = strandline.catalog();
        StreamName sink = pipeline.sinkStream();
        return catalog.describe(pipeline.source().toString())
                .compose(source -> sink == null
                        ? Future.succeededFuture(source)
                        : catalog.describe(sink.toString()).map(source));
    }

    private Future<Restoration<S>> restore(CheckpointStream opened) {
        return strandline
                .catalog()
                .startCut(pipeline.source().toString())
                .compose(start -> context.executeBlocking(() -> {
                    directory.create();
                    return Restoration.find(
                            pipeline, opened.found(), directory, start, options.isVersionChangeAllowed());
                }));
    }

    private Future<Void> startRun(StreamDescription source, CheckpointStream opened, Restoration<S> restoration) {
        return opened.append(new RunStarted(pipeline.version(), restoration.origin()))
                .compose(offset -> {
                    for (PartitionDescription partition : source.partitions()) {
                        tasks.add(new TaskVerticle<>(pipeline, strandline, options, partition, restoration, this));
                    }
                    taker = new CheckpointTaker<>(
                            context, pipeline, options, tasks, directory, opened, offset + 1, restoration);
                    return taker.cleanUp();
                })
                .compose(cleaned ->
                        Future.join(tasks.stream().map(vertx::deployVerticle).toList()))
                .mapEmpty();
    }

    /** The verticle is deployed, so from here on it can be undeployed: lets the tasks read. Callable from anywhere. */
    RunningPipeline begin() {
        context.runOnContext(deployed -> {
            if (ended) {
                return;
            }
            started = true;
            if (failure != null) {
                undeploy();
                return;
            }
            vertx.setPeriodic(options.getCheckpointIntervalMillis(), tick -> {
                if (running == null && !closing && failure == null) {
                    checkpoint();
                }
            });
            tasks.forEach(TaskVerticle::begin);
        });
        return new PipelineHandle(context, this, Objects.requireNonNull(taker, "not deployed")::statistics);
    }

    /** Callable from anywhere. */
    @Override
    public void checkpointDue() {
        context.runOnContext(due -> {
            if (!closing && failure == null) {
                checkpoint();
            }
        });
    }

    /** Callable from anywhere. */
    @Override
    public void taskFailed(Throwable cause) {
        context.runOnContext(failed -> fail(cause));
    }

    /** Takes a checkpoint of everything processed by now; if one is being taken, another one behind it. */
    Future<Checkpoint> checkpoint() {
        CheckpointTaker<S> ready = taker;
        if (failure != null || ended || ready == null) {
            return Future.failedFuture(causeOfEnd());
        }
        if (running != null) {
            if (next == null) {
                next = Promise.promise();
            }
            return next.future();
        }
        Future<Checkpoint> taken = ready.take();
        running = taken;
        return taken.onComplete(done -> {
            running = null;
            if (done.failed()) {
                fail(done.cause());
            }
            Promise<Checkpoint> waiting = next;
            next = null;
            if (waiting != null) {
                checkpoint().onComplete(waiting);
            }
        });
    }

    Future<StreamCut> position() {
        if (failure != null || ended) {
            return Future.failedFuture(causeOfEnd());
        }
        return Future.all(tasks.stream().map(TaskVerticle::position).toList()).map(all -> {
            SortedMap<Long, Long> offsets = new TreeMap<>();
            for (int i = 0; i < tasks.size(); i++) {
                offsets.put(tasks.get(i).partition().id(), all.<Long>resultAt(i));
            }
            return new StreamCut(pipeline.source(), offsets);
        });
    }

    Future<Checkpoint> awaitCut(StreamCut cut) {
        if (failure != null || ended) {
            return Future.failedFuture(causeOfEnd());
        }
        if (!cut.stream().equals(pipeline.source())) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    pipeline + " reads " + pipeline.source() + ", the cut is one of " + cut.stream()));
        }
        List<Future<Void>> reached = new ArrayList<>();
        for (TaskVerticle<E, S, O> task : tasks) {
            Long offset = cut.offsets().get(task.partition().id());
            if (offset != null) {
                reached.add(task.reached(offset));
            }
        }
        if (reached.size() != cut.offsets().size()) {
            return Future.failedFuture(new StrandlineException.Invalid("the cut names partitions "
                    + cut.offsets().keySet() + ", of which " + pipeline + " reads only " + reached.size()));
        }
        return Future.all(reached)
                .compose(all -> checkpoint())
                .recover(cause -> Future.failedFuture(failure == null ? cause : failure));
    }

    Future<StreamCut> sourceEnd() {
        return strandline.catalog().endCut(pipeline.source().toString());
    }

    /** Stops cleanly; completes when the verticle is undeployed. */
    Future<Void> close() {
        if (!closing && !ended && failure == null) {
            closing = true;
            Future.all(tasks.stream().map(TaskVerticle::endReading).toList())
                    .compose(ended -> checkpoint())
                    .onSuccess(last -> undeploy());
        }
        return stopped.future();
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
            LOG.error("{} stopped: {}", pipeline, cause.toString());
            if (started) {
                undeploy();
            }
        }
    }

    private void undeploy() {
        undeploying = true;
        vertx.undeploy(deploymentID()).onComplete(done -> tellStopped());
    }

    /** The tasks, as children, have stopped before. */
    @Override
    public Future<?> stop() {
        ended = true;
        CheckpointTaker<S> last = taker;
        Future<Void> idle = last == null ? Future.succeededFuture() : last.idle();
        return idle.compose(done -> closeStream().otherwiseEmpty()).onComplete(closed -> {
            if (!undeploying) {
                tellStopped();
            }
        });
    }

    private void tellStopped() {
        if (failure == null) {
            stopped.tryComplete();
        } else {
            stopped.tryFail(failure);
        }
    }

    private Future<Void> closeStream() {
        return stream == null ? Future.succeededFuture() : stream.close();
    }

    private Throwable causeOfEnd() {
        return failure == null ? new StrandlineException.Unavailable(pipeline + " is closed") : failure;
    }

    Future<Void> whenStopped() {
        return stopped.future();
    }
}
