package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointHistory;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Removes everything that a pipeline has left anywhere, stage by stage. An entry of the checkpoint stream of every stage says
 * that the deletion has begun, so no run goes on from a half-deleted pipeline. A checkpoint stream is deleted when everything
 * else of its stage that a new pipeline of that name could meet is gone, and that of the first stage when all other stages are.
 * Every step may be repeated.
 *
 * <p>Belongs to one context.
 */
final class PipelineDeletion {

    private final Pipeline pipeline;
    private final Strandline strandline;
    private final Catalog catalog;
    private final PipelineOptions options;
    private final PipelineSnapshots snapshots;
    private final Parking parking;
    private final boolean isFormer;

    /**
     * What all stages of a pipeline have in common.
     *
     * @param isFormer whether the entry stays in the first one that names the version to which the pipeline was switched
     */
    private record Whole(
            Context context,
            Strandline log,
            PipelineOptions options,
            CheckpointStore store,
            Parking parking,
            boolean isFormer) {}

    private PipelineDeletion(Pipeline stage, boolean isFirst, Whole whole) {
        this.pipeline = stage;
        this.strandline = whole.log();
        this.catalog = strandline.catalog();
        this.options = whole.options();
        this.parking = whole.parking();
        this.isFormer = whole.isFormer() && isFirst;
        this.snapshots = new PipelineSnapshots(whole.context(), whole.store(), stage.name());
    }

    /** Deletes all stages of a pipeline. */
    static Future<Void> of(
            Context context, Pipeline pipeline, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return of(context, List.of(pipeline), strandline, options, store, false);
    }

    /**
     * Deletes all parts of a pipeline. The deletion of every part has begun before anything is removed, because they share internal
     * streams.
     */
    static Future<Void> ofParts(
            Context context,
            List<Pipeline> parts,
            Strandline strandline,
            PipelineOptions options,
            CheckpointStore store) {
        return of(context, parts, strandline, options, store, false);
    }

    /**
     * Deletes what a version keeps from which the pipeline was switched, but for the last entry of its checkpoint stream, by which the
     * version that followed is found.
     */
    static Future<Void> ofFormer(
            Context context, Pipeline former, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return of(context, List.of(former), strandline, options, store, true);
    }

    private static Future<Void> of(
            Context context,
            List<Pipeline> parts,
            Strandline strandline,
            PipelineOptions options,
            CheckpointStore store,
            boolean isFormer) {
        Deque<PipelineDeletion> lastFirst = new ArrayDeque<>();
        for (Pipeline part : parts) {
            Parking parking = Parking.of(strandline, part, options.getParkingStream());
            Whole whole = new Whole(context, strandline, options, store, parking, isFormer);
            for (Pipeline stage : part.stages()) {
                lastFirst.addFirst(new PipelineDeletion(stage, stage.name().equals(part.name()), whole));
            }
        }
        Map<PipelineDeletion, Set<Long>> begun = new LinkedHashMap<>();
        Future<?> last = Future.succeededFuture();
        // The first stage first: whether a version is there is asked of that, and one that is partly deleted is not.
        for (PipelineDeletion stage : (Iterable<PipelineDeletion>) lastFirst::descendingIterator) {
            last = last.compose(before -> stage.begin())
                    .onSuccess(partitions -> partitions.ifPresent(read -> begun.put(stage, read)));
        }
        return last.compose(all -> {
            Future<Void> ended = Future.succeededFuture();
            for (PipelineDeletion stage : lastFirst) {
                ended = ended.compose(before -> stage.end(begun.get(stage)));
            }
            return ended;
        });
    }

    /** Removes what is left of the stage. Its run has been fenced, if it has a checkpoint stream. */
    private Future<Void> end(@Nullable Set<Long> read) {
        Future<Void> removed = read == null
                ? Future.succeededFuture()
                : snapshots
                        .delete()
                        .compose(gone -> deleteParking())
                        .compose(gone -> parking.exists())
                        .compose(parks -> retireWriters(read, parks))
                        .compose(retired -> isFormer ? leaveLastEntry() : deleteCheckpoints());
        // Last, because a run that is not over yet may note once more until the stream is gone.
        return removed.compose(deleted -> ShuffleStreams.delete(pipeline, catalog))
                .compose(deleted -> SourceHold.release(catalog, pipeline.source(), pipeline.name()))
                .recover(PipelineDeletion::unlessGone);
    }

    private Future<Void> deleteCheckpoints() {
        return catalog.deleteStream(CheckpointStream.nameOf(pipeline.name()).toString())
                .recover(PipelineDeletion::unlessGone);
    }

    private Future<Void> leaveLastEntry() {
        String stream = CheckpointStream.nameOf(pipeline.name()).toString();
        return catalog.endCut(stream).compose(end -> {
            long partition = end.offsets().firstKey();
            return catalog.truncate(stream, StreamCut.of(end.stream(), partition, end.offset(partition) - 1));
        });
    }

    /**
     * Fences a run, and records that the deletion has begun. Completes with the partitions of the source that a run may
     * have read, or with nothing if there is no checkpoint stream.
     */
    private Future<Optional<Set<Long>>> begin() {
        return catalog.describe(CheckpointStream.nameOf(pipeline.name()).toString())
                .compose(found -> CheckpointStream.open(strandline, pipeline.name(), options))
                .compose(opened -> (isFormer ? Future.succeededFuture() : opened.append(new Deleted()))
                        .map(begun -> Optional.of(partitions(opened)))
                        .eventually(opened::close))
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(Optional.empty())
                        : Future.failedFuture(cause));
    }

    private Set<Long> partitions(CheckpointStream opened) {
        CheckpointHistory history = new CheckpointHistory(pipeline, opened.found());
        Set<Long> partitions = new TreeSet<>();
        SortedMap<Long, Long> origin = history.origin();
        if (origin != null) {
            partitions.addAll(origin.keySet());
        }
        for (StoredManifest stored : history.manifests()) {
            partitions.addAll(stored.manifest().offsets().keySet());
        }
        return partitions;
    }

    /** A stream that the application has named stays. */
    private Future<Void> deleteParking() {
        return options.getParkingStream() == null
                ? catalog.deleteStream(parking.stream().toString()).recover(PipelineDeletion::unlessGone)
                : Future.succeededFuture();
    }

    private Future<Void> retireWriters(Set<Long> read, boolean parks) {
        Set<StreamName> sinks = new LinkedHashSet<>(pipeline.sinks());
        if (parks) {
            sinks.add(parking.stream());
        }
        return catalog.describe(pipeline.source().toString())
                .map(source -> source.byId().keySet())
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(Set.of())
                        : Future.failedFuture(cause))
                .compose(known -> {
                    Set<Long> partitions = new TreeSet<>(read);
                    partitions.addAll(known);
                    List<Future<Void>> retired = new ArrayList<>();
                    for (StreamName sink : sinks) {
                        partitions.forEach(
                                id -> retired.add(catalog.retireWriter(sink.toString(), SpentWriters.idOf(pipeline, id))
                                        .recover(PipelineDeletion::unlessGone)));
                    }
                    return Future.join(retired).mapEmpty();
                });
    }

    private static Future<Void> unlessGone(@Nullable Throwable cause) {
        return cause instanceof StrandlineException.NotFound ? Future.succeededFuture() : Future.failedFuture(cause);
    }
}
