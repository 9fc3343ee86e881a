package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What the stages of a version of a pipeline have left in their checkpoint streams. Stages that the version had once are among them.
 *
 * @param name under which the version keeps what it has
 * @param stages what follows that name in the name of a stage, nothing for the first one → what the stage has left. The first one is
 *     always there
 */
record VersionStages(String name, SortedMap<String, CheckpointHistory> stages) {

    /** What follows the name of a pipeline in those of its versions, of its parts, and of their stages. */
    private static final Pattern OF_OTHERS = Pattern.compile("\\.(v\\d+|p\\d+\\.\\d+)(--.*)?");

    /** The first stage has the name of the version. */
    private static final String FIRST = "";

    /**
     * Reads them. No run is disturbed.
     *
     * @param pipeline any version of it, for messages
     * @param name of the version
     */
    static Future<VersionStages> read(Strandline log, Pipeline pipeline, String name) {
        SortedMap<String, CheckpointHistory> stages = new TreeMap<>();
        return names(log, name).compose(others -> {
            Future<?> last = read(log, pipeline, name, FIRST, stages);
            for (String other : others) {
                last = last.compose(before -> read(log, pipeline, name, other.substring(name.length()), stages));
            }
            return last.map(new VersionStages(name, stages));
        });
    }

    private static Future<?> read(
            Strandline log,
            Pipeline pipeline,
            String name,
            String suffix,
            SortedMap<String, CheckpointHistory> stages) {
        String stage = name + suffix;
        return CheckpointStream.entries(log, stage)
                .onSuccess(entries -> stages.put(suffix, new CheckpointHistory(stage, pipeline.version(), entries)));
    }

    /** Names of the stages after the first that have a checkpoint stream. */
    static Future<List<String>> names(Strandline log, String version) {
        String prefix = PipelineNames.prefixOfStages(version);
        String streams = CheckpointStream.nameOf(prefix).stream();
        return log.catalog()
                .streams(StreamName.RESERVED_SCOPE)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(List.of())
                        : Future.failedFuture(cause))
                .map(all -> all.stream()
                        .map(StreamName::stream)
                        .filter(stream -> stream.startsWith(streams))
                        .map(stream -> stream.substring(streams.length()))
                        .filter(rest -> !OF_OTHERS.matcher(rest).matches())
                        .map(rest -> prefix + rest)
                        .toList());
    }

    CheckpointHistory first() {
        return of(FIRST);
    }

    /** What the stage has left whose name ends so. It is there. */
    CheckpointHistory of(String suffix) {
        return Objects.requireNonNull(stages.get(suffix), suffix);
    }

    /**
     * What follows the name in those of the stages that the version had at a checkpoint. Each stage numbers its checkpoints by itself,
     * so without a name it is told by the newest one which stages there are.
     *
     * @throws StrandlineException.NotFound if the first stage has no such checkpoint
     */
    Set<String> having(String checkpoint) {
        boolean isNamed = first().pinned().containsKey(checkpoint);
        int version = first().named(checkpoint).manifest().taken().version();
        Set<String> having = new TreeSet<>();
        having.add(FIRST);
        stages.forEach((suffix, history) -> {
            List<StoredManifest> all = history.manifests();
            StoredManifest there =
                    isNamed ? history.pinned().get(checkpoint) : all.isEmpty() ? null : all.get(all.size() - 1);
            if (there != null && there.manifest().taken().version() == version) {
                having.add(suffix);
            }
        });
        return having;
    }

    /**
     * The streams to which the stages have appended, without internal ones.
     *
     * @param snapshots name of a stage → its snapshots
     */
    Future<Set<StreamName>> sinks(Pipeline pipeline, Function<String, PipelineSnapshots> snapshots) {
        Set<StreamName> all = new TreeSet<>();
        Future<?> last = Future.succeededFuture();
        for (String suffix : stages.keySet()) {
            CheckpointHistory history = of(suffix);
            last = last.compose(
                            before -> snapshots.apply(name + suffix).sinks(history.manifests(), pipeline.topology()))
                    .onSuccess(all::addAll);
        }
        return last.map(done -> {
            all.removeIf(Operator.Shuffle::isStream);
            return all;
        });
    }

    /** What the streams of two versions have in common. */
    static Set<StreamName> shared(Collection<StreamName> one, Collection<StreamName> other) {
        Set<StreamName> both = new TreeSet<>(one);
        both.retainAll(other);
        return both;
    }
}
