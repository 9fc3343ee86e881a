package io.strandline.processing.group.impl.feed;

import io.strandline.Catalog;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.vertx.core.Future;

/** Where a partition begins and ends by now, as the catalog says. */
record PartitionEdges(Catalog catalog, StreamName stream, long partition) {

    /** The stream, if the partition is sealed and has ended before the offset. Otherwise fails with Unavailable. */
    Future<StreamDescription> sealedAt(long offset) {
        return catalog.describe(stream.toString()).compose(description -> {
            SealedPartition sealed = description.sealed(partition);
            return sealed != null && offset >= sealed.endOffset()
                    ? Future.succeededFuture(description)
                    : Future.failedFuture(new StrandlineException.Unavailable("partition " + partition + " of " + stream
                            + " ended at offset " + offset + ", and is not sealed"));
        });
    }

    /** The first offset that is kept. If nothing of a sealed partition is kept, its end offset. */
    Future<Long> firstKept() {
        return catalog.startCut(stream.toString()).compose(start -> {
            Long first = start.offsets().get(partition);
            return first == null ? endOfSealed() : Future.succeededFuture(first);
        });
    }

    private Future<Long> endOfSealed() {
        return catalog.describe(stream.toString()).map(description -> {
            SealedPartition sealed = description.sealed(partition);
            return sealed == null ? 0 : sealed.endOffset();
        });
    }
}
