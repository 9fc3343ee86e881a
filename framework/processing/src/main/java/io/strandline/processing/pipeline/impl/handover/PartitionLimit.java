package io.strandline.processing.pipeline.impl.handover;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.operator.MarkKeys;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Refuses to begin in more partitions of a source than a pipeline may have. Each partition has a writer in the sink, and
 * the sink remembers it until nothing of the partition is kept. So these partitions count: those that the source keeps,
 * those where the pipeline is, and all that follow them.
 */
public final class PartitionLimit {

    private final Pipeline pipeline;
    private final Catalog catalog;
    private final int most;
    private final boolean isShuffle;

    public PartitionLimit(Pipeline pipeline, Catalog catalog, PipelineOptions options) {
        this.pipeline = pipeline;
        this.catalog = catalog;
        this.most = options.getMaxPartitions();
        this.isShuffle = pipeline.topology().source() instanceof Operator.Shuffle;
    }

    /** A task that no mark reaches would not hear of tasks upstream that send it no events. */
    private StrandlineException beyondMarks(PartitionDescription partition) {
        return new StrandlineException.Invalid("partition " + partition.id() + " of " + pipeline.source()
                + " has so few"
                + " keys, " + partition.keys() + ", that the " + MarkKeys.COUNT + " marks of event time of " + pipeline
                + " do not reach it: merge it with its neighbour");
    }

    /**
     * Fails with {@link StrandlineException.Invalid} if there are too many, or if one of the internal stream of a shuffle is too
     * small.
     *
     * @param source the stream that is read
     * @param standing the partitions where the pipeline is
     */
    public Future<Void> require(StreamDescription source, Collection<Long> standing) {
        return catalog.startCut(pipeline.source().toString()).compose(start -> {
            Set<Long> partitions = new TreeSet<>(standing);
            partitions.addAll(start.offsets().keySet());
            partitions.addAll(source.descendants(partitions));
            for (PartitionDescription open : source.partitions()) {
                if (isShuffle && !MarkKeys.reach(open.keys())) {
                    return Future.failedFuture(beyondMarks(open));
                }
            }
            return partitions.size() <= most
                    ? Future.succeededFuture()
                    : Future.failedFuture(new StrandlineException.Invalid(pipeline + " has to do with "
                            + partitions.size() + " partitions of " + pipeline.source()
                            + ", open ones and sealed ones that are kept; maxPartitions is " + most
                            + ". Merge partitions, truncate what was read of the sealed ones, or raise it, and"
                            + " writersPerPartition of the sink's log with it"));
        });
    }
}
