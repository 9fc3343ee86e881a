package io.strandline.processing.pipeline.impl;

import io.strandline.Appended;
import io.strandline.Catalog;
import io.strandline.EventWriter;
import io.strandline.IfExists;
import io.strandline.Retention;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.operator.MarkKeys;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The internal streams that the stages of a pipeline feed and read: how they come into being, and what is first in them. */
final class ShuffleStreams {

    private ShuffleStreams() {}

    /**
     * Creates the streams that are missing. Completes with nothing for a pipeline of one stage. What its stages have consumed is
     * removed by the log, of a pipeline of several parts what the stages of all parts have.
     *
     * @param catalog of the log, where each stream has all of its partitions
     */
    static Future<?> create(Pipeline pipeline, Catalog catalog, PipelineOptions options) {
        Future<?> last = Future.succeededFuture();
        for (Pipeline stage : pipeline.stages()) {
            if (stage.topology().source() instanceof Operator.Shuffle) {
                last = last.compose(before -> partitions(pipeline, stage, catalog, options))
                        .compose(partitions -> catalog.createReserved(
                                stage.source().toString(),
                                new StreamOptions()
                                        .setPartitions(partitions)
                                        .setRetention(Retention.untilConsumed(0))
                                        .setIfExists(IfExists.KEEP)));
            }
        }
        return last;
    }

    /** As many as the largest stream that feeds it has now, and as there are parts, unless the options name a number. */
    private static Future<Integer> partitions(
            Pipeline pipeline, Pipeline stage, Catalog catalog, PipelineOptions options) {
        if (options.getShufflePartitions() > 0) {
            return Future.succeededFuture(options.getShufflePartitions());
        }
        List<Future<StreamDescription>> inputs = new ArrayList<>();
        for (Pipeline feeder : pipeline.stages()) {
            if (stage.topology().feeders().contains(feeder.name())) {
                inputs.add(catalog.describe(feeder.source().toString()));
            }
        }
        return Future.all(inputs).map(all -> {
            int most = stage.topology().part().count();
            for (Future<StreamDescription> input : inputs) {
                most = Math.max(most, input.result().partitions().size());
            }
            return Math.min(most, MarkKeys.COUNT);
        });
    }

    /**
     * Says in the streams that a stage feeds with which tasks it begins, before any of them passes an event on. What the first
     * run says that feeds a stream is true for good, because ends name all later tasks. The log drops what later runs say.
     *
     * @param standing partitions in which the run begins. Another version may have come there, which did not feed the stream
     */
    static Future<Void> declare(RunSetting run, Collection<Long> standing) {
        Topology stage = run.pipeline().topology();
        Shuffled.Origin first = new Shuffled.Origin(
                stage.name(), standing.stream().map(stage::task).toList());
        List<Future<Void>> declared = new ArrayList<>();
        for (Operator.Shuffle shuffle : stage.feeds()) {
            declared.add(run.log()
                    .createWriter(
                            shuffle.stream().toString(),
                            Shuffled.codec(shuffle),
                            new WriterOptions()
                                    .setId("pipeline/" + run.pipeline().name() + "/origin")
                                    .setRetryTimeoutMillis(run.options().getRetryTimeoutMillis()))
                    .compose(writer -> appendAll(writer, first).eventually(writer::end)));
        }
        return Future.all(declared).mapEmpty();
    }

    private static Future<Void> appendAll(EventWriter<Object> writer, Shuffled.Origin origin) {
        List<Future<Appended>> appended = new ArrayList<>();
        for (String key : MarkKeys.all()) {
            appended.add(writer.append(key, origin, new Sequence(0, appended.size())));
        }
        return Future.join(appended).mapEmpty();
    }

    /** Deletes the stream that a stage reads, if it is an internal one. */
    static Future<Void> delete(Pipeline stage, Catalog catalog) {
        return stage.topology().source() instanceof Operator.Shuffle
                ? catalog.deleteStream(stage.source().toString())
                        .recover(cause -> cause instanceof StrandlineException.NotFound
                                ? Future.succeededFuture()
                                : Future.failedFuture(cause))
                : Future.succeededFuture();
    }
}
