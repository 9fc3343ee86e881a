package io.strandline.processing.group.impl.member;

import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.TimedLag;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how long the events wait that a group has not committed: by one small read for each partition that lags, one after the
 * other.
 */
final class LagTimes {

    private final Strandline log;
    private final LongSupplier wallMillis;

    /** @param wallMillis the clock, in milliseconds since 1970 */
    LagTimes(Strandline log, LongSupplier wallMillis) {
        this.log = log;
        this.wallMillis = wallMillis;
    }

    /** @param committed the positions to which the lag belongs */
    Future<TimedLag> of(GroupLag lag, SortedMap<StreamName, StreamCut> committed) {
        LogPort port = LogPort.of(log);
        if (port == null) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    "the lag in time is found by a log that was made by Strandline.open"));
        }
        SortedMap<StreamName, SortedMap<Long, Long>> millis = new TreeMap<>();
        Future<Integer> looked = Future.succeededFuture(0);
        for (Map.Entry<StreamName, SortedMap<Long, Long>> each :
                lag.partitions().entrySet()) {
            StreamName stream = each.getKey();
            StreamCut cut = committed.get(stream);
            SortedMap<Long, Long> ages = new TreeMap<>();
            millis.put(stream, ages);
            SortedMap<Long, Long> behind = new TreeMap<>(each.getValue());
            behind.values().removeIf(events -> events == 0);
            if (!behind.isEmpty()) {
                looked = looked.compose(count -> port.catalog()
                        .describe(stream.toString())
                        .compose(description -> new Look(port, description, cut, ages).at(behind, count)));
            }
        }
        return looked.map(done -> new TimedLag(lag, millis));
    }

    /** What is found out about one stream. */
    private final class Look {

        private final LogPort port;
        private final StreamDescription stream;
        private final SortedMap<Long, Long> offsets;
        private final SortedMap<Long, Long> ages;

        Look(LogPort port, StreamDescription stream, @Nullable StreamCut committed, SortedMap<Long, Long> ages) {
            this.port = port;
            this.stream = stream;
            this.offsets = committed == null ? new TreeMap<>() : committed.offsets();
            this.ages = ages;
        }

        /** Completes with the number of partitions that were looked at so far. */
        Future<Integer> at(SortedMap<Long, Long> behind, int before) {
            Future<Integer> looked = Future.succeededFuture(before);
            for (long partition : behind.keySet()) {
                looked = looked.compose(count -> count == ReaderGroup.MAX_TIMED_PARTITIONS || !stream.knows(partition)
                        ? Future.succeededFuture(count)
                        : look(stream.partition(partition)).map(done -> count + 1));
            }
            return looked;
        }

        private Future<Void> look(PartitionDescription partition) {
            return port.read(partition, offsets.getOrDefault(partition.id(), 0L), 1)
                    .recover(failure -> failure instanceof StrandlineException.Truncated
                            // The first event that is kept is the first whose stamp is at or above 0.
                            ? port.offsetAt(partition, 0).compose(first -> port.read(partition, first, 1))
                            : Future.failedFuture(failure))
                    .map(slice -> note(partition, slice))
                    .recover(failure -> failure instanceof StrandlineException.NotFound
                                    || failure instanceof StrandlineException.Truncated
                            // It was deleted or truncated meanwhile.
                            ? Future.succeededFuture()
                            : Future.failedFuture(failure));
        }

        private @Nullable Void note(PartitionDescription partition, ReadSlice slice) {
            if (!slice.isEmpty()) {
                ReadSlice.Segment first = slice.segments().get(0);
                long stamp = Batch.stamp(first.bytes(), first.from());
                ages.put(partition.id(), Math.max(0, wallMillis.getAsLong() - stamp));
            }
            return null;
        }
    }
}
