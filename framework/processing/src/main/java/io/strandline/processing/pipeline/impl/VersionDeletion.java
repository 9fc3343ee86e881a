package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.PipelineVersions.Former;
import io.strandline.processing.pipeline.impl.checkpoint.BesideSinks;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointHistory;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.List;

/**
 * Deletes versions of a pipeline: the one that is the pipeline, or one that is not. The entries by which the present one is found
 * lead to it at any moment.
 *
 * <p>Belongs to one context.
 */
final class VersionDeletion {

    private final Context context;
    private final PipelineVersions versions;
    private final Strandline log;
    private final PipelineOptions options;
    private final CheckpointStore store;

    VersionDeletion(
            Context context,
            PipelineVersions versions,
            Strandline log,
            PipelineOptions options,
            CheckpointStore store) {
        this.context = context;
        this.versions = versions;
        this.log = log;
        this.options = options;
        this.store = store;
    }

    /** Deletes the pipeline, as {@link Pipeline#delete}. */
    Future<Void> pipeline() {
        return versions.requireCurrent(log)
                .compose(current -> requireDropped().map(current))
                .compose(current -> requireAlone().map(current))
                .compose(current -> PipelineDeletion.of(context, current, log, options, store))
                .compose(deleted -> versions.former().isEmpty()
                        ? Future.succeededFuture()
                        : log.catalog().deleteStream(firstStream()));
    }

    private String firstStream() {
        return CheckpointStream.nameOf(versions.pipeline().name()).toString();
    }

    /** Of the former versions nothing may be left but the entry that leads to the present one. */
    private Future<Void> requireDropped() {
        List<Former> former = versions.former();
        if (former.isEmpty()) {
            return Future.succeededFuture();
        }
        return CheckpointStream.entries(log, former.get(0).name()).map(entries -> {
            boolean isDropped = entries.stream().allMatch(entry -> entry.event() instanceof Switched);
            if (former.size() > 1 || !isDropped) {
                throw new StrandlineException.Conflict(versions.pipeline() + " was switched from the versions "
                        + former.stream().map(Former::version).toList() + ": drop them before it is deleted");
            }
            return null;
        });
    }

    /** A version beside the pipeline could be switched to no more. */
    private Future<Void> requireAlone() {
        String name = versions.pipeline().name();
        return BesideSinks.versions(log, name).map(beside -> {
            beside.removeIf(version -> PipelineNames.nameBeside(name, version).equals(versions.current()));
            if (!beside.isEmpty()) {
                throw new StrandlineException.Conflict(versions.pipeline()
                        + " cannot be deleted while there are versions that have run beside it: drop" + " versions "
                        + beside + " before");
            }
            return null;
        });
    }

    /** Deletes a version that is not the pipeline, as {@link Pipeline#drop}. */
    Future<Void> version() {
        Former former = versions.asFormer();
        return former != null
                ? former(former)
                : versions.runsBeside(log)
                        .compose(isBeside -> isBeside
                                ? PipelineDeletion.of(context, versions.asBeside(), log, options, store)
                                : requireNotCurrent());
    }

    private Future<Void> former(Former former) {
        Pipeline own = versions.pipeline();
        if (former.name().equals(own.name())) {
            return PipelineDeletion.ofFormer(context, own, log, options, store);
        }
        Former before = versions.former().get(versions.former().indexOf(former) - 1);
        return CheckpointStream.open(log, before.name(), options)
                .compose(opened -> opened.append(new Switched(before.version(), former.next()))
                        .eventually(opened::close))
                .compose(passedOver ->
                        PipelineDeletion.of(context, PipelineNames.named(own, former.name()), log, options, store));
    }

    private Future<Void> requireNotCurrent() {
        Pipeline current = versions.asCurrent();
        return CheckpointStream.entries(log, current.name()).compose(entries -> {
            CheckpointHistory history = new CheckpointHistory(current, entries);
            return !entries.isEmpty() && history.version() == current.version()
                    ? Future.failedFuture(new StrandlineException.Conflict(
                            current + " is the pipeline, and no version beside it: delete it"))
                    : Future.succeededFuture();
        });
    }
}
