package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The sinks of all versions that have begun beside a pipeline. Each must have sinks of its own. A handler counts as a sink with the
 * name of its id.
 */
public final class BesideSinks {

    private BesideSinks() {}

    /**
     * Versions that have begun beside a pipeline and were not dropped, and those from which it was switched, by their numbers.
     *
     * @param pipeline its own name
     */
    public static Future<Set<Integer>> versions(Strandline log, String pipeline) {
        String prefix = CheckpointStream.nameOf(PipelineNames.prefixBeside(pipeline)).stream();
        return log.catalog()
                .streams(StreamName.RESERVED_SCOPE)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(List.of())
                        : Future.failedFuture(cause))
                .map(streams -> {
                    Set<Integer> versions = new TreeSet<>();
                    streams.stream()
                            .map(StreamName::stream)
                            .filter(stream -> stream.startsWith(prefix))
                            .map(stream -> stream.substring(prefix.length()))
                            .filter(rest -> rest.matches("\\d+")) // the others are stages
                            .forEach(rest -> versions.add(Integer.valueOf(rest)));
                    return versions;
                });
    }

    /**
     * Fails with Conflict if a version that runs beside the pipeline, or has run there, appends to a sink of this one.
     *
     * @param pipeline the version that is to begin
     * @param snapshots name of a pipeline → its snapshots
     */
    static Future<Void> require(Pipeline pipeline, Strandline log, Function<String, PipelineSnapshots> snapshots) {
        return versions(log, PipelineNames.nameOf(pipeline)).compose(versions -> {
            versions.remove(pipeline.version());
            Future<Void> last = Future.succeededFuture();
            for (int version : versions) {
                last = last.compose(before -> require(pipeline, version, log, snapshots));
            }
            return last;
        });
    }

    private static Future<Void> require(
            Pipeline pipeline, int version, Strandline log, Function<String, PipelineSnapshots> snapshots) {
        String name = PipelineNames.nameBeside(PipelineNames.nameOf(pipeline), version);
        return VersionStages.read(log, pipeline, name).compose(stages -> {
            CheckpointHistory first = stages.first();
            if (first.isDeleted() || first.switched() != null) {
                return Future.succeededFuture();
            }
            return stages.sinks(pipeline, snapshots).map(sinks -> {
                requireApart(pipeline, version, sinks);
                return null;
            });
        });
    }

    private static void requireApart(Pipeline pipeline, int version, Set<StreamName> sinks) {
        Set<StreamName> both = VersionStages.shared(sinks, pipeline.topology().outlets());
        if (!both.isEmpty()) {
            throw new StrandlineException.Conflict(
                    pipeline + " appends to " + both + ", as version " + version
                            + ", which has run beside the pipeline: drop that, or give this one sinks of its own, and handlers with ids of their own");
        }
    }
}
