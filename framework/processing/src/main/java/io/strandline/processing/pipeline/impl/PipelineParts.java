package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.IfExists;
import io.strandline.KeyRange;
import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a pipeline that several members share. Each has the keys of a range of hashes, and is a pipeline by itself, with a name
 * of its own for its checkpoint streams, snapshots, writers and subscribers. So a part that moves from one member to another does what a
 * pipeline does that is started again. The internal streams of shuffles are those of the whole pipeline.
 *
 * <pre>
 *   parts-NAME                an empty stream whose partitions are what members share: one for each part
 *   NAME                      the pipeline, if it has one part
 *   NAME--.p4.0 … NAME--.p4.3 its parts, if it has four. A stage of one is NAME--.p4.0--ID
 * </pre>
 */
public final class PipelineParts {

    /** No such stream. */
    private static final int NONE = 0;

    /** As {@link io.strandline.Catalog#commitConsumed} has it. */
    private static final int MAX_SUBSCRIBER_LENGTH = 200;

    private PipelineParts() {}

    private static StreamName streamOf(String pipeline) {
        return new StreamName(StreamName.RESERVED_SCOPE, "parts-" + pipeline);
    }

    /**
     * Creates what members share, if it is missing.
     *
     * @return the stream, with a partition for each part. Fails with Invalid if the pipeline has another number of parts, and with
     *     Conflict if it is to have several and has run as a whole, or if the deletion of its parts was begun and not finished
     */
    public static Future<StreamDescription> prepare(Strandline log, Pipeline pipeline, int parts) {
        String stream = streamOf(pipeline.name()).toString();
        return requireNew(log, pipeline, parts)
                .compose(isNew -> log.catalog()
                        .createReserved(
                                stream, new StreamOptions().setPartitions(parts).setIfExists(IfExists.KEEP)))
                .map(described -> {
                    int known = described.partitions().size();
                    if (known != parts) {
                        throw new StrandlineException.Invalid(pipeline + " has " + known + " parts, and parts is "
                                + parts
                                + ". The states of keys do not move from one part to another: set it to " + known
                                + ", or delete the pipeline to begin again");
                    }
                    return described;
                });
    }

    private static Future<Void> requireNew(Strandline log, Pipeline pipeline, int parts) {
        return parts == 1
                ? Future.succeededFuture()
                : CheckpointStream.exists(log, pipeline.name())
                        .compose(exists -> exists
                                ? Future.failedFuture(new StrandlineException.Conflict(pipeline
                                        + " has run as a whole, and its state does not move to " + parts
                                        + " parts: set parts to 1, or delete the pipeline to begin again"))
                                : requireNotDeleted(log, pipeline, parts));
    }

    /** The entry of a deletion in the first part goes last. Without it a part that has lost everything would begin again. */
    private static Future<Void> requireNotDeleted(Strandline log, Pipeline pipeline, int parts) {
        return CheckpointStream.newest(log, all(pipeline, parts).get(0).name())
                .map(entry -> entry instanceof CheckpointEntry.Deleted)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause))
                .compose(isDeleted -> isDeleted
                        ? Future.failedFuture(new StrandlineException.Conflict(
                                "the deletion of " + pipeline + " was begun and not finished; delete it again first"))
                        : Future.succeededFuture());
    }

    /**
     * What runs one part.
     *
     * @param shared see {@link #prepare}
     * @param partition of that stream
     * @throws StrandlineException.Invalid if the pipeline loads a table first and there are several
     */
    public static Pipeline part(Pipeline pipeline, StreamDescription shared, long partition) {
        int parts = shared.partitions().size();
        KeyRange keys = shared.partition(partition).keys();
        return parts == 1
                ? pipeline
                : part(pipeline, parts, shared.partitions().indexOf(shared.partition(partition)), keys);
    }

    private static Pipeline part(Pipeline pipeline, int parts, int part, KeyRange keys) {
        return PipelineNames.part(pipeline, new Topology.Part(parts, part, keys));
    }

    /**
     * Fails with Conflict if the pipeline was deleted since its stream of parts was described, or is about to be: a part that began again
     * would append all of its outputs once more.
     *
     * @param shared see {@link #prepare}
     */
    public static Future<Void> requireShared(Strandline log, Pipeline pipeline, StreamDescription shared) {
        return log.catalog()
                .describe(shared.name().toString())
                .map(now -> now.knows(shared.partitions().get(0).id()))
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause))
                .compose(isKnown -> isKnown
                        ? requireNotDeleted(log, pipeline, shared.partitions().size())
                        : Future.failedFuture(
                                new StrandlineException.Conflict(pipeline + " was deleted while a member shared it")));
    }

    /** Fails with Conflict if members share several parts of the pipeline: it cannot run as a whole then. */
    static Future<Void> requireWhole(Strandline log, Pipeline pipeline) {
        return pipeline.topology().keys().equals(KeyRange.ALL)
                ? count(log, pipeline)
                        .compose(parts -> parts > 1
                                ? Future.failedFuture(new StrandlineException.Conflict(
                                        pipeline + " has " + parts + " parts, which members share: join them"))
                                : Future.succeededFuture())
                : Future.succeededFuture();
    }

    private static Future<Integer> count(Strandline log, Pipeline pipeline) {
        return log.catalog()
                .describe(streamOf(pipeline.name()).toString())
                .map(described -> described.partitions().size())
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(NONE)
                        : Future.failedFuture(cause));
    }

    /** The parts of a pipeline that has several, none otherwise. */
    static Future<List<Pipeline>> several(Strandline log, Pipeline pipeline) {
        return count(log, pipeline).map(parts -> parts > 1 ? all(pipeline, parts) : List.of());
    }

    /**
     * What runs each part, in the order of their keys: the pipeline itself if it has one.
     *
     * @throws StrandlineException.Invalid if the pipeline loads a table first and is to have several
     */
    public static List<Pipeline> all(Pipeline pipeline, int parts) {
        List<KeyRange> ranges = KeyRange.equalRanges(parts);
        List<Pipeline> all = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            all.add(parts == 1 ? pipeline : part(pipeline, parts, i, ranges.get(i)));
        }
        return all;
    }

    /**
     * Has the log keep the streams that the stages read, from their start, for the parts that have not run yet. It is to be done before
     * a run of any part appends or notes anything. A note of a part that runs is later, so this moves nothing of it.
     *
     * @param catalog of the log
     * @param options as {@link SourceHold} heeds them
     */
    static Future<Void> holdForOthers(Pipeline part, Catalog catalog, PipelineOptions options) {
        Future<Void> last = Future.succeededFuture();
        for (Pipeline stage : part.stages()) {
            boolean isHeld = options.isHoldRetention() || stage.source().isReserved();
            if (isHeld && stage.topology().part().count() > 1) {
                last = last.compose(before -> holdForOthers(stage, catalog));
            }
        }
        return last;
    }

    private static Future<Void> holdForOthers(Pipeline stage, Catalog catalog) {
        String stream = stage.source().toString();
        return catalog.subscribers(stream).compose(known -> {
            List<String> missing = stage.topology().inAllParts().stream()
                    .map(SourceHold::subscriber)
                    .filter(subscriber -> !known.containsKey(subscriber))
                    .toList();
            return missing.isEmpty()
                    ? Future.succeededFuture()
                    : catalog.startCut(stream).compose(start -> Future.all(missing.stream()
                                    .map(subscriber -> catalog.commitConsumed(stream, subscriber, start))
                                    .toList())
                            .mapEmpty());
        });
    }

    /**
     * Refuses more parts than one for a pipeline that cannot have them.
     *
     * @throws StrandlineException.Invalid if the pipeline loads a table first, or if its name and that of a shuffle are too long, and it
     *     is to have several
     */
    public static void requireDivisible(Pipeline pipeline, int parts) {
        if (parts > 1) {
            for (Pipeline stage : all(pipeline, parts).get(parts - 1).stages()) {
                Limits.require(
                        "length of subscriber " + PartLags.subscriber(stage.name()),
                        PartLags.subscriber(stage.name()).length(),
                        1,
                        MAX_SUBSCRIBER_LENGTH);
            }
        }
    }

    /** Has no member share the pipeline any more. To be called when all of its parts are gone. */
    static Future<Void> forget(Strandline log, Pipeline pipeline) {
        return log.catalog()
                .deleteStream(streamOf(pipeline.name()).toString())
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }
}
