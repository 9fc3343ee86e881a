package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Has the sinks forget the writers of tasks that cannot run again, so that they do not remember one for every partition that the
 * source ever had. A task cannot run again when no retained checkpoint names its partition and nothing of that is kept: without
 * its events nobody can repeat its outputs, not even a run that finds no checkpoint whole. So a sink remembers writers of as
 * many sealed partitions as the source.
 *
 * <p>Belongs to the context of the run.
 */
public final class SpentWriters {

    private static final Logger LOG = Logger.of(SpentWriters.class);

    private final Pipeline pipeline;
    private final Strandline strandline;
    private final Set<StreamName> sinks;
    private final Set<Long> retired = new HashSet<>();

    /** What the retained checkpoints named when it was looked last. */
    private Set<Long> seen = Set.of();

    /** @param sinks the streams to which the tasks append */
    public SpentWriters(Pipeline pipeline, Strandline strandline, Set<StreamName> sinks) {
        this.pipeline = pipeline;
        this.strandline = strandline;
        this.sinks = sinks;
    }

    /** Writer id of the task that reads this partition of the source. */
    public static String idOf(Pipeline pipeline, long partition) {
        return "pipeline/" + pipeline.name() + "/" + partition;
    }

    /**
     * Looks for such writers if the retained checkpoints name other partitions than before. A failure is only logged: what is
     * left is found the next time, or by the next run.
     *
     * @param named partitions of the source that a retained checkpoint names
     */
    public Future<Void> retire(Set<Long> named) {
        if (sinks.isEmpty() || named.equals(seen)) {
            return Future.succeededFuture();
        }
        Catalog catalog = strandline.catalog();
        String source = pipeline.source().toString();
        return catalog.startCut(source)
                .compose(start -> catalog.describe(source)
                        .map(described -> spent(described, start.offsets().keySet(), named)))
                .compose(this::retireAll)
                .<Void>map(done -> {
                    seen = Set.copyOf(named);
                    return null;
                })
                .otherwise(cause -> {
                    LOG.warn(
                            "{}: writers of former partitions stay for now in {}: {}",
                            pipeline,
                            sinks,
                            cause.toString());
                    return null;
                });
    }

    /** The sealed partitions in front of everything that the source keeps and that a checkpoint names. */
    private List<Long> spent(StreamDescription source, Set<Long> start, Set<Long> named) {
        Set<Long> spent = source.withAncestors(start);
        spent.removeAll(start);
        spent.retainAll(source.withAncestors(named));
        spent.removeAll(named);
        retired.retainAll(spent);
        spent.removeAll(retired);
        return List.copyOf(spent);
    }

    private Future<?> retireAll(List<Long> spent) {
        List<Future<?>> all = new ArrayList<>();
        for (long partition : spent) {
            List<Future<?>> ofPartition = new ArrayList<>();
            for (StreamName sink : sinks) {
                ofPartition.add(strandline
                        .catalog()
                        .retireWriter(sink.toString(), idOf(pipeline, partition))
                        .recover(SpentWriters::unlessUnknown));
            }
            all.add(Future.join(ofPartition).onSuccess(done -> retired.add(partition)));
        }
        return Future.join(all);
    }

    /** An earlier run may have done it. */
    private static Future<Void> unlessUnknown(Throwable cause) {
        return cause instanceof StrandlineException.NotFound ? Future.succeededFuture() : Future.failedFuture(cause);
    }
}
