package io.strandline.processing.pipeline.impl;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.task.Brake;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.spi.Logger;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads tables at the start of a run, before events of other sources come to them.
 *
 * <pre>
 *   the stages that bring events begin under a brake, see {@link #first}
 *     ──▶ the ends that the sources of the table have are asked for
 *     ──▶ the stages that fill the table have come there, and its values are durable in the internal stream
 *     ──▶ the brake is released
 * </pre>
 *
 * The order of the internal stream decides which value an event meets. So nothing of this is recorded, and a replay or an audit finds
 * the same order. A crash while it loads has brought no event there, and the next start loads up to the ends that it finds.
 *
 * <p>Belongs to the context of the pipeline's first stage.
 */
final class TableLoading {

    private static final Logger LOG = Logger.of(TableLoading.class);

    /** After a failure of a stage, or of a call. */
    static final long TRY_AGAIN_MILLIS = 250;

    private final Pipeline pipeline;
    private final Context context;
    private final Future<Void> ended;
    private final List<StageHandle> waiting = new ArrayList<>();
    private final List<Load> open = new ArrayList<>();

    /** A table that is not loaded yet. */
    private static final class Load {

        final Topology.Load of;
        /** The stages that fill it: those that read a source, and those after shuffles. */
        final List<StageHandle> stages;

        final List<StageHandle> sources;
        final List<StageHandle> shuffles;

        @Nullable
        List<StreamCut> ends;

        /** Events up to the ends, and how many of them are left. */
        long all;

        long left;

        @Nullable
        Throwable cause;

        Load(Topology.Load of, List<StageHandle> all) {
            this.of = of;
            this.stages = all.stream()
                    .filter(stage -> of.loading().contains(stage.stage().name()))
                    .toList();
            this.sources =
                    stages.stream().filter(stage -> !stage.readsShuffle()).toList();
            this.shuffles = stages.stream().filter(StageHandle::readsShuffle).toList();
        }

        /** The ends that the sources have at the start. */
        Future<List<StreamCut>> ends() {
            List<StreamCut> known = ends;
            return known != null
                    ? Future.succeededFuture(known)
                    : StageHandle.inTurn(sources, StageHandle::end).onSuccess(found -> ends = found);
        }

        /** Counts what is left. */
        Future<Long> count(List<StreamCut> upTo) {
            return StageHandle.inTurn(sources, stage -> stage.left(upTo.get(sources.indexOf(stage))))
                    .map(each -> each.stream().mapToLong(Long::longValue).sum())
                    .onSuccess(sum -> {
                        left = sum;
                        all = Math.max(all, sum);
                    });
        }

        /** Completes when all values up to the ends are durable where the events come. */
        Future<List<Checkpoint>> come(List<StreamCut> upTo) {
            return StageHandle.inTurn(sources, stage -> stage.awaitPosition(upTo.get(sources.indexOf(stage))))
                    .compose(read ->
                            StageHandle.inTurn(shuffles, stage -> stage.end().compose(stage::awaitPosition)));
        }

        boolean holds(StageHandle stage) {
            return of.waiting().contains(stage.stage().name());
        }

        Brake brake() {
            return new Brake(
                    Hold.TABLE, waitsFor(of) + ": " + (all - left) + " of " + all + " events" + since(), cause);
        }

        /** The values that a checkpoint has are there, and not counted. */
        String since() {
            boolean isRestored =
                    sources.stream().anyMatch(stage -> stage.statistics().restored() != null);
            return isRestored ? " since the checkpoint" : "";
        }
    }

    /**
     * Nothing is loaded yet.
     *
     * @param ended completes when the pipeline has stopped
     */
    TableLoading(Pipeline pipeline, List<StageHandle> stages, Future<Void> ended) {
        this.pipeline = pipeline;
        this.context = stages.get(0).context();
        this.ended = ended;
        for (Topology.Load load : pipeline.topology().loads()) {
            open.add(new Load(load, stages));
        }
        for (StageHandle stage : stages) {
            if (first(pipeline.topology(), stage.stage().name()) != null) {
                waiting.add(stage);
            }
        }
    }

    /** What a stage waits for when it begins, or null if it waits for no table. */
    @Nullable
    static Brake first(Topology topology, String stage) {
        return topology.loads().stream()
                .filter(load -> load.waiting().contains(stage))
                .findFirst()
                .map(load -> new Brake(Hold.TABLE, waitsFor(load), null))
                .orElse(null);
    }

    private static String waitsFor(Topology.Load load) {
        return "table " + load.table();
    }

    /** Has all tables loaded. Callable from any thread. */
    void begin() {
        if (!open.isEmpty()) {
            context.runOnContext(begun -> List.copyOf(open).forEach(this::load));
        }
    }

    /** Whether a stage fills a table that is not loaded yet. */
    boolean isLoading(String stage) {
        return open.stream().anyMatch(load -> load.of.loading().contains(stage));
    }

    /** Whether some table is not loaded yet. */
    boolean isLoading() {
        return !open.isEmpty();
    }

    private void load(Load load) {
        if (ended.isComplete()) {
            return;
        }
        load.cause = failure(load);
        tell();
        if (load.cause != null) {
            tryAgain(load);
            return;
        }
        load.ends()
                .compose(ends -> load.count(ends).compose(left -> load.come(ends)))
                .onComplete((loaded, cause) -> {
                    if (cause == null) {
                        LOG.info(
                                "{} has loaded table {}, {} events{}",
                                pipeline,
                                load.of.table(),
                                load.all,
                                load.since());
                        open.remove(load);
                        tell();
                    } else {
                        tryAgain(load);
                    }
                });
    }

    private void tryAgain(Load load) {
        context.owner().setTimer(TRY_AGAIN_MILLIS, due -> load(load));
    }

    /** What has failed in a stage that fills a table, or in one for which that waits, or null. */
    private @Nullable Throwable failure(Load load) {
        for (StageHandle stage : load.stages) {
            Throwable cause = stage.status().cause();
            for (Load before : open) {
                if (cause == null && before.holds(stage)) {
                    cause = failure(before);
                }
            }
            if (cause != null) {
                return cause;
            }
        }
        return null;
    }

    /** Has the stages wait that are to, and no others. */
    private Future<Void> tell() {
        List<Future<Void>> told = new ArrayList<>();
        for (StageHandle stage : waiting) {
            Brake brake = open.stream()
                    .filter(load -> load.holds(stage))
                    .findFirst()
                    .map(Load::brake)
                    .orElse(null);
            told.add(stage.brake(Hold.TABLE, brake));
        }
        return Future.join(told).otherwiseEmpty().mapEmpty();
    }

    /** All stages go on: what had failed is not told any more. Callable from any thread. */
    Future<Void> resumed() {
        return hasLoads()
                ? Hop.to(context, () -> {
                    open.forEach(load -> load.cause = failure(load));
                    return tell();
                })
                : Future.succeededFuture();
    }

    /** Completes when the stages that wait know how far their tables are. Callable from any thread. */
    Future<Void> tellProgress() {
        return hasLoads() ? Hop.to(context, this::countAndTell) : Future.succeededFuture();
    }

    private boolean hasLoads() {
        return !pipeline.topology().loads().isEmpty();
    }

    /** A count that fails leaves the one before. */
    private Future<Void> countAndTell() {
        List<Future<Long>> counts = new ArrayList<>();
        for (Load load : open) {
            List<StreamCut> ends = load.ends;
            if (ends != null) {
                counts.add(load.count(ends));
            }
        }
        return Future.join(counts).transform(counted -> tell());
    }
}
