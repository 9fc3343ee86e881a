package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
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
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Removes everything that a pipeline has left anywhere. An entry of the checkpoint stream says that the deletion has
 * begun, so no run goes on from a half-deleted pipeline. The stream itself is deleted when everything else that a new
 * pipeline of that name could meet is gone. Every step may be repeated.
 *
 * <p>Belongs to one context.
 */
final class PipelineDeletion {

    private final Pipeline pipeline;
    private final Strandline strandline;
    private final Catalog catalog;
    private final PipelineOptions options;
    private final PipelineSnapshots snapshots;

    PipelineDeletion(
            Context context, Pipeline pipeline, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        this.pipeline = pipeline;
        this.strandline = strandline;
        this.catalog = strandline.catalog();
        this.options = options;
        this.snapshots = new PipelineSnapshots(context, store, pipeline.name());
    }

    Future<Void> run() {
        String stream = CheckpointStream.nameOf(pipeline.name()).toString();
        return catalog.describe(stream)
                .compose(found -> begin())
                .compose(partitions -> snapshots.delete().map(partitions))
                .compose(this::retireWriters)
                .compose(retired -> catalog.deleteStream(stream))
                .recover(PipelineDeletion::unlessGone)
                // Last, because a run that is not over yet may note once more until the stream is gone.
                .compose(deleted -> catalog.forgetSubscriber(
                                pipeline.source().toString(), SourceHold.subscriber(pipeline.name()))
                        .<Void>mapEmpty())
                .recover(PipelineDeletion::unlessGone);
    }

    /**
     * Fences a run, and records that the deletion has begun. Completes with the partitions of the source that a run may
     * have read.
     */
    private Future<Set<Long>> begin() {
        return CheckpointStream.open(strandline, pipeline.name(), options)
                .compose(opened -> opened.append(new Deleted())
                        .map(offset -> partitions(opened))
                        .eventually(opened::close));
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

    private Future<Void> retireWriters(Set<Long> read) {
        return catalog.describe(pipeline.source().toString())
                .map(source -> source.byId().keySet())
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(Set.of())
                        : Future.failedFuture(cause))
                .compose(known -> {
                    Set<Long> partitions = new TreeSet<>(read);
                    partitions.addAll(known);
                    List<Future<Void>> retired = new ArrayList<>();
                    for (StreamName sink : pipeline.sinks()) {
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
