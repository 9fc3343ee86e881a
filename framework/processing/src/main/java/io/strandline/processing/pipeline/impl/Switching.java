package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One switch of a pipeline to a version that runs beside it:
 *
 * <pre>
 *   the next version catches up                   the former one goes on
 *   the former one pauses, and takes a checkpoint
 *   the next version comes to the same position
 *   both sinks are looked at
 *   the former one ends, with the entry           decides: nothing starts it again
 *   retention waits for it no longer
 * </pre>
 *
 * Whatever fails before the entry leaves the former version running as it was.
 */
final class Switching {

    /** No bound of the time in which the next version catches up. */
    static final long UNBOUNDED = Long.MAX_VALUE;

    private static final Logger LOG = Logger.of(Switching.class);

    private final Strandline log;
    private final Pipeline pipeline;
    private final RunningPipeline former;
    private final StageHandle stage;
    private final RunningPipeline next;
    private final long timeoutMillis;

    /**
     * Prepares nothing.
     *
     * @param pipeline that is switched, under its present name
     * @param former its run
     * @param stage the only one of that
     * @param next the version that runs beside it
     * @param timeoutMillis for which the former one pauses at most
     */
    Switching(
            Strandline log,
            Pipeline pipeline,
            RunningPipeline former,
            StageHandle stage,
            RunningPipeline next,
            long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
        this.log = log;
        this.pipeline = pipeline;
        this.former = former;
        this.stage = stage;
        this.next = next;
    }

    /** @param maxCatchUpMillis in which the next version has to catch up, {@link #UNBOUNDED} if it may take as long as it takes */
    Future<PipelineSwitch> run(long maxCatchUpMillis) {
        return next.describe().compose(described -> requireBeside(described)
                .compose(beside -> catchUp(maxCatchUpMillis))
                .compose(caughtUp -> standStill(described)));
    }

    private Future<?> catchUp(long maxMillis) {
        Future<Checkpoint> there = next.awaitEnd();
        return maxMillis == UNBOUNDED
                ? there
                : there.timeout(maxMillis, TimeUnit.MILLISECONDS)
                        .recover(cause -> cause instanceof TimeoutException
                                ? next.describe().compose(late -> Future.failedFuture(behind(late, maxMillis)))
                                : Future.failedFuture(cause));
    }

    private StrandlineException behind(PipelineDescription late, long maxMillis) {
        return new StrandlineException.Unavailable(titleOf(late) + " did not catch up within " + maxMillis
                + " ms, and lags behind by " + late.lag() + " events: " + pipeline + " goes on");
    }

    private Future<Void> requireBeside(PipelineDescription described) {
        String own = PipelineNames.nameOf(pipeline);
        String wanted = PipelineNames.nameBeside(own, described.version());
        if (!described.name().equals(wanted) || wanted.equals(pipeline.name())) {
            throw new StrandlineException.Invalid(
                    titleOf(described) + " does not run beside " + pipeline + ": start it with runBeside");
        }
        if (next.status().state() == PipelineStatus.State.PAUSED) {
            throw new StrandlineException.Conflict(
                    titleOf(described) + " is paused, and would not come to the position: resume it");
        }
        return PipelineVersions.find(log, PipelineNames.named(pipeline, own)).map(versions -> {
            if (!versions.current().equals(pipeline.name())) {
                throw new StrandlineException.Conflict(pipeline
                        + " is not the pipeline itself, so it cannot be switched: it runs beside the pipeline,"
                        + " or was switched to another version");
            }
            return null;
        });
    }

    private static String titleOf(PipelineDescription described) {
        return PipelineNames.titleOf(described.name(), described.version());
    }

    /** A run that stands still does not notice that its version was dropped. */
    private Future<Void> requireThere(PipelineDescription described) {
        return CheckpointStream.newest(log, described.name()).<Void>transform((newest, cause) -> {
            boolean isGone = cause instanceof StrandlineException.NotFound || newest instanceof Deleted;
            if (isGone) {
                return Future.failedFuture(new StrandlineException.Conflict(titleOf(described)
                        + " was dropped while it ran, and has no state any more: " + pipeline + " stays the pipeline"));
            }
            return cause == null ? Future.succeededFuture() : Future.failedFuture(cause);
        });
    }

    private Future<PipelineSwitch> standStill(PipelineDescription described) {
        boolean wasRunning = former.status().state() == PipelineStatus.State.RUNNING;
        return former.pause()
                .compose(paused -> former.checkpoint())
                .compose(last -> cuts(described, last))
                .compose(cuts -> requireThere(described).map(cuts))
                .compose(cuts ->
                        stage.switchTo(new Switched(cuts.from(), cuts.to())).map(cuts))
                // It may have been dropped in between. Then the entry does not count, and retention waits as before.
                .compose(cuts -> requireThere(described).map(cuts))
                .recover(cause -> goOn(wasRunning).transform(gone -> Future.failedFuture(cause)))
                .compose(done -> SourceHold.release(log.catalog(), pipeline.source(), pipeline.name())
                        .recover(this::released)
                        .map(done));
    }

    private Future<PipelineSwitch> cuts(PipelineDescription described, Checkpoint last) {
        return next.awaitPosition(last.cut())
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(
                        cause instanceof TimeoutException
                                ? new StrandlineException.Unavailable(titleOf(described) + " did not come to "
                                        + last.cut() + " within " + timeoutMillis + " ms, so "
                                        + pipeline + " goes on")
                                : cause))
                .compose(reached -> ends(pipeline.sinks()))
                .compose(formerSinks -> ends(described.topology().sinks())
                        .map(sinks -> new PipelineSwitch(
                                pipeline.version(), described.version(), last.cut(), formerSinks, sinks)));
    }

    private Future<SortedMap<StreamName, StreamCut>> ends(Collection<StreamName> sinks) {
        SortedMap<StreamName, StreamCut> ends = new TreeMap<>();
        List<Future<?>> all = new ArrayList<>();
        for (StreamName sink : sinks) {
            all.add(log.catalog().endCut(sink.toString()).onSuccess(end -> ends.put(sink, end)));
        }
        return Future.all(all).map(ends);
    }

    private Future<Void> goOn(boolean wasRunning) {
        return wasRunning ? former.resume().otherwiseEmpty() : Future.succeededFuture();
    }

    /** The switch is durable, and the next start of the pipeline makes up for it. */
    private Future<Void> released(Throwable cause) {
        LOG.warn("{}: retention of {} still waits for it until the next start", pipeline, pipeline.source(), cause);
        return Future.succeededFuture();
    }
}
