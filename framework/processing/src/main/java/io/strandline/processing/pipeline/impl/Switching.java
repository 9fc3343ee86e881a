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
 *   the former one does nothing more, and takes a checkpoint   see {@link Rest}
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
    private final Rest rest;
    private final RunningPipeline next;
    private final long timeoutMillis;

    /**
     * The version that is to end.
     *
     * @param pipeline it, under its present name
     * @param running its run
     * @param first its first stage, in which the switch is decided
     * @param rest has it do nothing meanwhile
     */
    record Former(Pipeline pipeline, RunningPipeline running, StageHandle first, Rest rest) {}

    /**
     * Prepares nothing.
     *
     * @param from the version that is the pipeline
     * @param next the version that runs beside it
     * @param timeoutMillis for which the former one pauses at most
     */
    Switching(Strandline log, Former from, RunningPipeline next, long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
        this.log = log;
        this.pipeline = from.pipeline();
        this.former = from.running();
        this.stage = from.first();
        this.rest = from.rest();
        this.next = next;
    }

    /** @param maxCatchUpMillis in which the next version has to catch up, {@link #UNBOUNDED} if it may take as long as it takes */
    Future<PipelineSwitch> run(long maxCatchUpMillis) {
        return next.describe().compose(described -> requireBeside(described)
                .compose(beside -> rest.require())
                .compose(able -> catchUp(maxCatchUpMillis))
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
        return rest.begin(timeoutMillis)
                .compose(positions -> decide(described, positions).eventually(rest::end))
                .compose(done -> PipelineVersions.releaseSources(log.catalog(), pipeline, pipeline.name())
                        .recover(this::released)
                        .map(done));
    }

    /** @param positions of the former version in each of its sources */
    private Future<PipelineSwitch> decide(PipelineDescription described, List<StreamCut> positions) {
        return cuts(described, positions)
                .compose(cuts -> requireThere(described).map(cuts))
                .compose(cuts ->
                        stage.switchTo(new Switched(cuts.from(), cuts.to())).map(cuts))
                .compose(cuts -> closeOthers().map(cuts))
                // It may have been dropped in between. Then the entry does not count, and retention waits as before.
                .compose(cuts -> requireThere(described).map(cuts));
    }

    /** The first stage has ended, with the entry. Whatever the others leave, nothing starts them again. */
    private Future<Void> closeOthers() {
        return former.close().recover(cause -> {
            LOG.warn("{}: a stage after the first has not stopped cleanly, after the switch", pipeline, cause);
            return Future.succeededFuture();
        });
    }

    private Future<PipelineSwitch> cuts(PipelineDescription described, List<StreamCut> positions) {
        StreamCut first = positions.get(0);
        Future<Checkpoint> reached = next.awaitPosition(first);
        for (StreamCut position : positions.subList(1, positions.size())) {
            reached = reached.compose(before -> next.awaitPosition(position));
        }
        return reached.timeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(
                        cause instanceof TimeoutException
                                ? new StrandlineException.Unavailable(titleOf(described) + " did not come to "
                                        + positions + " within " + timeoutMillis + " ms, so "
                                        + pipeline + " goes on")
                                : cause))
                .compose(there -> ends(pipeline.sinks()))
                .compose(formerSinks -> ends(described.topology().sinks())
                        .map(sinks -> new PipelineSwitch(
                                pipeline.version(),
                                described.version(),
                                first,
                                ofSources(positions),
                                formerSinks,
                                sinks)));
    }

    private static SortedMap<StreamName, StreamCut> ofSources(List<StreamCut> positions) {
        SortedMap<StreamName, StreamCut> of = new TreeMap<>();
        positions.forEach(position -> of.put(position.stream(), position));
        return of;
    }

    private Future<SortedMap<StreamName, StreamCut>> ends(Collection<StreamName> sinks) {
        SortedMap<StreamName, StreamCut> ends = new TreeMap<>();
        List<Future<?>> all = new ArrayList<>();
        for (StreamName sink : sinks) {
            all.add(log.catalog().endCut(sink.toString()).onSuccess(end -> ends.put(sink, end)));
        }
        return Future.all(all).map(ends);
    }

    /** The switch is durable, and the next start of the pipeline makes up for it. */
    private Future<Void> released(Throwable cause) {
        LOG.warn("{}: retention of {} still waits for it until the next start", pipeline, pipeline.source(), cause);
        return Future.succeededFuture();
    }
}
