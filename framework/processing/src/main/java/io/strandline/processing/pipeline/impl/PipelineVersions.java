package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Under which name each version of a pipeline keeps what it has. The first run has the pipeline's own name. A version that began
 * beside another one keeps a name of its own for good. The last entry in the checkpoint stream of a version from which the pipeline
 * was switched names the one that followed.
 *
 * <pre>
 *   checkpoints-NAME        … checkpoint, switched 1 to 2   former
 *   checkpoints-NAME--.v2   … checkpoint, switched 2 to 3   former
 *   checkpoints-NAME--.v3   … checkpoint                    the pipeline
 *   checkpoints-NAME--.v4   … checkpoint                    beside it
 * </pre>
 *
 * @param pipeline as the application has described it
 * @param former the versions from which the pipeline was switched, oldest first
 * @param current name of the one to which it was switched last, or the pipeline's own
 */
record PipelineVersions(Pipeline pipeline, List<Former> former, String current) {

    /**
     * A version from which the pipeline was switched.
     *
     * @param name under which it keeps what it has
     * @param next the version that followed
     */
    record Former(String name, int version, int next) {}

    PipelineVersions {
        former = List.copyOf(former);
    }

    /** Looks for them in the log. No run is disturbed. */
    static Future<PipelineVersions> find(Strandline log, Pipeline pipeline) {
        return find(log, pipeline, List.of(), pipeline.name());
    }

    private static Future<PipelineVersions> find(Strandline log, Pipeline pipeline, List<Former> before, String name) {
        return newest(log, name).compose(entry -> {
            if (!(entry instanceof Switched switched)) {
                return Future.succeededFuture(new PipelineVersions(pipeline, before, name));
            }
            if (before.stream().anyMatch(each -> each.name().equals(name))) {
                throw new StrandlineException.Corrupt(pipeline + " was switched in a circle: " + before);
            }
            return counts(log, pipeline.name(), name, switched).compose(counts -> {
                if (!counts) {
                    return Future.succeededFuture(new PipelineVersions(pipeline, before, name));
                }
                List<Former> former = new ArrayList<>(before);
                former.add(new Former(name, switched.from(), switched.to()));
                return find(log, pipeline, former, PipelineNames.nameBeside(pipeline.name(), switched.to()));
            });
        });
    }

    /**
     * Whether the last entry of a version counts. A switch to a version that was dropped in the same moment does not, as long as the
     * version before has its state. So one of the two always has.
     *
     * @param own the pipeline's own name
     * @param name of the version whose last entry it is
     */
    static Future<Boolean> counts(Strandline log, String own, String name, Switched switched) {
        return CheckpointStream.newest(log, PipelineNames.nameBeside(own, switched.to()))
                .map(newest -> !(newest instanceof Deleted))
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause))
                .compose(isThere -> isThere
                        ? Future.succeededFuture(true)
                        : CheckpointStream.entries(log, name)
                                .map(entries -> entries.stream().allMatch(entry -> entry.event() instanceof Switched)));
    }

    private static Future<@Nullable CheckpointEntry> newest(Strandline log, String name) {
        return CheckpointStream.newest(log, name).recover(PipelineVersions::unlessNone);
    }

    private static Future<@Nullable CheckpointEntry> unlessNone(Throwable cause) {
        return cause instanceof StrandlineException.NotFound ? Future.succeededFuture() : Future.failedFuture(cause);
    }

    /** The pipeline that is described, under the name of the version to which it was switched. */
    Pipeline asCurrent() {
        return named(current);
    }

    /** The pipeline that is described, under the name that its version has beside another. */
    Pipeline asBeside() {
        return named(nameBeside());
    }

    private String nameBeside() {
        return PipelineNames.nameBeside(pipeline.name(), pipeline.version());
    }

    private Pipeline named(String name) {
        return name.equals(pipeline.name()) ? pipeline : PipelineNames.named(pipeline, name);
    }

    /**
     * The pipeline under its present name, if its version may be started or deleted as the pipeline.
     *
     * @return fails with Conflict if the pipeline was switched from the version, or if the version runs beside it
     */
    Future<Pipeline> requireCurrent(Strandline log) {
        if (!former.isEmpty()) {
            Former last = former.get(former.size() - 1);
            boolean isFormer = former.stream().anyMatch(each -> each.version() == pipeline.version());
            if (pipeline.version() != last.next() && (isFormer || pipeline.version() < last.next())) {
                return Future.failedFuture(
                        new StrandlineException.Conflict(pipeline + " is not the pipeline any more: it was"
                                + " switched from version " + last.version() + " to version " + last.next()
                                + ". Deploy that, and drop"
                                + " version " + last.version() + " if nothing needs it"));
            }
        }
        return runsBeside(log)
                .compose(beside -> beside
                        ? Future.failedFuture(new StrandlineException.Conflict(pipeline
                                + " has run beside the pipeline, and is not the pipeline: switch to it, or drop it"))
                        : Future.succeededFuture(asCurrent()));
    }

    /** Whether the version has begun beside the pipeline, and neither was switched to nor dropped. */
    Future<Boolean> runsBeside(Strandline log) {
        String name = nameBeside();
        if (name.equals(current) || former.stream().anyMatch(each -> each.name().equals(name))) {
            return Future.succeededFuture(false);
        }
        return CheckpointStream.exists(log, name);
    }

    /** The pipeline under the name that its version has beside the present one, if it may run there. */
    Pipeline requireBeside() {
        Pipeline beside = asBeside();
        if (beside.name().equals(current)) {
            throw new StrandlineException.Conflict(
                    pipeline + " is the pipeline since it was switched to that version: deploy it");
        }
        for (Former each : former) {
            if (each.version() == pipeline.version() || each.name().equals(beside.name())) {
                throw new StrandlineException.Conflict(pipeline + " is a version from which it was switched to version "
                        + each.next()
                        + (each.name().equals(beside.name())
                                ? ": drop it before it begins again"
                                : ": give what is to run beside that another version"));
            }
        }
        return beside;
    }

    /** The version that is described, if the pipeline was switched from it, or null. */
    @Nullable
    Former asFormer() {
        Former found = null;
        for (Former each : former) {
            found = each.version() == pipeline.version() ? each : found;
        }
        return found;
    }

    /** Has retention wait for no version from which the pipeline was switched. */
    Future<Void> releaseFormer(Catalog catalog) {
        return Future.join(former.stream()
                        .map(each -> releaseSources(catalog, pipeline, each.name()))
                        .toList())
                .mapEmpty();
    }

    /**
     * Has retention of the sources wait for a version no longer.
     *
     * @param pipeline any version of it that reads these sources
     * @param name under which the version keeps what it has
     */
    static Future<Void> releaseSources(Catalog catalog, Pipeline pipeline, String name) {
        return Future.join(pipeline.stages().stream()
                        .filter(stage -> !(stage.topology().source() instanceof Operator.Shuffle))
                        .map(stage -> SourceHold.release(
                                catalog,
                                stage.source(),
                                name + stage.name().substring(pipeline.name().length())))
                        .toList())
                .mapEmpty();
    }
}
