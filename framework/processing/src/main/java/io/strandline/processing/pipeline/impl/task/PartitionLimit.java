package io.strandline.processing.pipeline.impl.task;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
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

    public PartitionLimit(Pipeline pipeline, Catalog catalog, PipelineOptions options) {
        this.pipeline = pipeline;
        this.catalog = catalog;
        this.most = options.getMaxPartitions();
    }

    /**
     * Fails with {@link StrandlineException.Invalid} if there are too many.
     *
     * @param source the stream that is read
     * @param standing the partitions where the pipeline is
     */
    public Future<Void> require(StreamDescription source, Collection<Long> standing) {
        return catalog.startCut(pipeline.source().toString()).compose(start -> {
            Set<Long> partitions = new TreeSet<>(standing);
            partitions.addAll(start.offsets().keySet());
            partitions.addAll(source.descendants(partitions));
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
