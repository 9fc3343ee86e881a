package io.strandline.spi;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Looks a partition up in the descriptions of all streams, one after the other. */
final class StreamOfPartition {

    private StreamOfPartition() {}

    static Future<StreamName> find(Catalog catalog, long partition) {
        return catalog.scopes().compose(scopes -> {
            List<String> all = new ArrayList<>(scopes);
            all.add(StreamName.RESERVED_SCOPE);
            return inScopes(catalog, all.iterator(), partition);
        });
    }

    private static Future<StreamName> inScopes(Catalog catalog, Iterator<String> scopes, long partition) {
        if (!scopes.hasNext()) {
            return Future.failedFuture(notFound(partition));
        }
        return unlessGone(catalog.streams(scopes.next()), List.of())
                .compose(streams -> inStreams(catalog, streams.iterator(), partition))
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? inScopes(catalog, scopes, partition)
                        : Future.failedFuture(cause));
    }

    private static Future<StreamName> inStreams(Catalog catalog, Iterator<StreamName> streams, long partition) {
        if (!streams.hasNext()) {
            return Future.failedFuture(notFound(partition));
        }
        StreamName name = streams.next();
        return unlessGone(catalog.describe(name.toString()), new StreamDescription(name, List.of()))
                .compose(stream ->
                        has(stream, partition) ? Future.succeededFuture(name) : inStreams(catalog, streams, partition));
    }

    private static <T> Future<T> unlessGone(Future<T> found, T none) {
        return found.recover(cause -> cause instanceof StrandlineException.NotFound
                ? Future.succeededFuture(none)
                : Future.failedFuture(cause));
    }

    private static boolean has(StreamDescription stream, long partition) {
        if (has(stream.partitions(), partition)) {
            return true;
        }
        for (Scaling scaling : stream.scalings()) {
            if (has(scaling.opened(), partition)
                    || scaling.sealed().stream()
                            .anyMatch(parent -> parent.partition().id() == partition)) {
                return true;
            }
        }
        return false;
    }

    private static boolean has(List<PartitionDescription> partitions, long partition) {
        return partitions.stream().anyMatch(one -> one.id() == partition);
    }

    private static StrandlineException.NotFound notFound(long partition) {
        return new StrandlineException.NotFound("no stream has partition " + partition);
    }
}
