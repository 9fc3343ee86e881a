package io.strandline.server.impl.operation;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.client.operation.ExposedRequests.Lag;
import io.strandline.client.operation.ExposedRequests.PartitionLag;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How far a group lags behind, in events and in time. The time is the age of the first event that the group has not committed, so each
 * partition that lags costs one small read. Callable from any thread.
 */
final class GroupLagMillis {

    /** Partitions of which the time is looked at, at most. For others it is 0. */
    private static final int MAX_MEASURED = 1_000;

    private final LogPort port;

    GroupLagMillis(LogPort port) {
        this.port = port;
    }

    /** A partition that lags. */
    private record Behind(StreamName stream, long partition, long events, long offset) {}

    Future<Lag> of(ReaderGroup group) {
        return group.lag().compose(lag -> group.position().compose(position -> measured(behind(lag, position))));
    }

    private static List<Behind> behind(GroupLag lag, SortedMap<StreamName, StreamCut> position) {
        List<Behind> all = new ArrayList<>();
        for (Map.Entry<StreamName, SortedMap<Long, Long>> stream :
                lag.partitions().entrySet()) {
            StreamCut cut = position.get(stream.getKey());
            stream.getValue().forEach((partition, events) -> {
                Long offset = cut == null ? null : cut.offsets().get(partition);
                all.add(new Behind(stream.getKey(), partition, events, offset == null ? 0 : offset));
            });
        }
        return all;
    }

    private Future<Lag> measured(List<Behind> all) {
        List<PartitionLag> lags = new ArrayList<>();
        Future<Void> chain = Future.succeededFuture();
        int measured = 0;
        for (Behind each : all) {
            if (each.events() == 0 || measured == MAX_MEASURED) {
                lags.add(new PartitionLag(each.stream(), each.partition(), each.events(), 0));
                continue;
            }
            measured++;
            chain = chain.compose(before -> millis(each).map(millis -> {
                lags.add(new PartitionLag(each.stream(), each.partition(), each.events(), millis));
                return null;
            }));
        }
        return chain.map(done -> new Lag(
                lags.stream().mapToLong(PartitionLag::events).sum(),
                lags.stream().mapToLong(PartitionLag::millis).max().orElse(0),
                List.copyOf(lags)));
    }

    /** Age of the first event that is not committed. 0 if it is gone meanwhile. */
    private Future<Long> millis(Behind behind) {
        return port.catalog()
                .describe(behind.stream().toString())
                .map(stream -> stream.partition(behind.partition()))
                .compose(partition -> firstKept(partition, behind.offset()))
                .map(slice -> slice.isEmpty()
                        ? 0L
                        : Math.max(
                                0,
                                System.currentTimeMillis()
                                        - Batch.stamp(
                                                slice.segments().get(0).bytes(),
                                                slice.segments().get(0).from())))
                .recover(failure -> failure instanceof StrandlineException.NotFound
                                || failure instanceof StrandlineException.Truncated
                        ? Future.succeededFuture(0L)
                        : Future.failedFuture(failure));
    }

    private Future<ReadSlice> firstKept(PartitionDescription partition, long offset) {
        return port.read(partition, offset, 1);
    }
}
