package io.strandline.server.impl.security;

import io.strandline.StreamName;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The streams of partitions, as the log knows them. A partition never changes its stream. Callable from any thread. */
final class PartitionStreams {

    /** Partitions that are remembered. Beyond it all are forgotten, and asked for again. */
    private static final int MOST = 100_000;

    private final LogPort port;
    private final Map<Long, StreamName> known = new ConcurrentHashMap<>();

    PartitionStreams(LogPort port) {
        this.port = port;
    }

    /** Fails with NotFound if no stream has the partition. */
    Future<StreamName> of(long partition) {
        StreamName stream = known.get(partition);
        return stream != null
                ? Future.succeededFuture(stream)
                : port.streamOf(partition).onSuccess(found -> {
                    if (known.size() >= MOST) {
                        known.clear();
                    }
                    known.put(partition, found);
                });
    }
}
